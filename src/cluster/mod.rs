//! What does the cluster say? The one place that talks to Kubernetes: it reads, and asks for tokens, and changes nothing.

pub(crate) mod config_map;
pub(crate) mod custom_resource;
pub(crate) mod definition;
pub(crate) mod error;
pub(crate) mod handed_out;
mod header_values;
pub(crate) mod helm;
pub(crate) mod kubeconfig;
mod named_files;
pub(crate) mod operator;
mod pages;
mod plugin;
pub(crate) mod prometheus;
mod reachability;
pub(crate) mod release_name;
mod retried;
pub(crate) mod secret;
pub(crate) mod server;
pub(crate) mod service_account;
mod token_file;
mod trace;

#[cfg(test)]
pub(crate) mod fake;

use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use kube::client::ClientBuilder;
use kube::config::KubeConfigOptions;
use kube::{Client, Config};
use tokio::sync::OnceCell;

use error::ClusterError;
use kubeconfig::{Kubeconfig, KubeconfigContext};
use plugin::SignInPlugin;
use prometheus::{FoundDeployments, Servers};
use retried::{Limits, RequestCredential, RetryLayer};
use token_file::KubeconfigTokenFile;

use crate::environment;
use crate::network::wait_notices::WaitNotices;
use crate::spec::command_line::KubeContext;
use crate::spec::loopback::is_loopback_host;

/// For a connection to the API server, TLS included.
const CONNECT: Duration = Duration::from_secs(10);

/// A cluster's API server, and how we are signed in to it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Kubernetes {
    client: Client,
    server: String,
    /// The context by which kubectl reaches it.
    kube_context: Option<Arc<KubeContext>>,
    seen: Arc<ListCache>,
}

/// What the long lists of the cluster showed, so that they are read once.
#[derive(Default)]
struct ListCache {
    servers: OnceCell<Servers>,
    deployments: OnceCell<Result<FoundDeployments, ClusterError>>,
}

impl Kubernetes {
    /// Signs in as the context says. Runs the kubeconfig's plugin, but asks the API server nothing yet. `notes` hears
    /// when the API server keeps us waiting.
    pub(crate) async fn connect(
        kubeconfig: Kubeconfig,
        context: KubeconfigContext,
        notes: WaitNotices,
    ) -> Result<Self, ClusterError> {
        Self::connect_within(kubeconfig, context, notes, Limits::DEFAULT).await
    }

    async fn connect_within(
        kubeconfig: Kubeconfig,
        context: KubeconfigContext,
        notes: WaitNotices,
        limits: Limits,
    ) -> Result<Self, ClusterError> {
        let mut document = kubeconfig.document;
        let options = KubeConfigOptions {
            context: Some(context.name.clone()),
            ..KubeConfigOptions::default()
        };
        let wants_proxy_of_its_own = context.proxy;
        // A file can be a pipe, which is waited for in a thread of its own.
        let read = move || named_files::read_into(&mut document, &context).map(|()| document);
        let document = tokio::task::spawn_blocking(read).await;
        let document = document.expect("reading files does not panic")?;
        let mut config = Config::from_custom_kubeconfig(document, &options)
            .await
            .map_err(|error| ClusterError::Kubeconfig(error.to_string()))?;
        config.connect_timeout = Some(CONNECT);
        config.default_retry = false;
        if !wants_proxy_of_its_own && !wants_proxy(&config) {
            config.proxy_url = None;
        }
        let server = config.cluster_url.to_string();
        let host = config.cluster_url.host().unwrap_or_default().to_owned();
        let plugin = SignInPlugin::take(&mut config.auth_info, limits.plugin);
        if let Some(plugin) = &plugin {
            let signed_in = plugin.sign_in(&mut config.auth_info);
            let signed_in = notes.while_waiting(&plugin.name, limits.plugin, signed_in);
            signed_in.await?;
        }
        let token_file = KubeconfigTokenFile::take(&mut config.auth_info);
        let credential = token_file.map(|file| Arc::new(file) as Arc<dyn RequestCredential>);
        let credential =
            credential.or(plugin.map(|plugin| Arc::new(plugin) as Arc<dyn RequestCredential>));
        let client = ClientBuilder::try_from(config);
        let client = client.map_err(|error| ClusterError::building(&error))?;
        let client = client.with_layer(&trace::TraceLayer { host: host.clone() });
        let retried = RetryLayer {
            host,
            notes,
            limits,
            credential,
        };
        let client = client.with_layer(&retried).build();
        Ok(Self {
            client,
            server,
            kube_context: None,
            seen: Arc::default(),
        })
    }

    /// The same cluster with the context by which kubectl reaches it.
    pub(crate) fn reached_by(self, context: KubeContext) -> Self {
        let context = context.in_file(environment::kubeconfig_flag());
        Self {
            kube_context: Some(Arc::new(context)),
            ..self
        }
    }

    /// The context of printed commands.
    pub(crate) fn kube_context(&self) -> Option<&KubeContext> {
        self.kube_context.as_deref()
    }

    /// Sends one question; `doing` completes "not allowed to …".
    async fn ask<T>(
        &self,
        doing: &str,
        question: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, ClusterError> {
        let answer = question.await;
        answer.map_err(|error| ClusterError::sort(&error, &self.server, doing))
    }
}

/// Whether the environment sends this server through a proxy. The client's own rule looks for the proxy's host in
/// NO_PROXY instead of the server's (kube 5.0), and knows no loopback.
fn wants_proxy(config: &Config) -> bool {
    let host = config.cluster_url.host().unwrap_or_default();
    !is_loopback_host(host) && Matcher::from_env().intercept(&config.cluster_url).is_some()
}

/// A thing that is not there is an answer, not a failure.
fn or_absent<T>(answer: Result<T, ClusterError>) -> Result<Option<T>, ClusterError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(ClusterError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::fake::{FakeApiServer, kubeconfig, quickly};
    use super::*;
    use crate::spec::ServiceAccount;
    use crate::spec::resource_kind::ResourceKind;

    fn prometheus() -> ServiceAccount {
        ServiceAccount::parse("monitoring/prometheus").unwrap()
    }

    #[tokio::test]
    async fn a_cluster_without_the_operator_still_shows_its_plain_servers() {
        let kubernetes = FakeApiServer::default()
            .answering("GET /apis/apps/v1/statefulsets", 403, json!("no"))
            .answering(
                "GET /apis/apps/v1/deployments",
                200,
                json!({"kind": "DeploymentList", "apiVersion": "apps/v1", "metadata": {}, "items": [{
                    "metadata": {"name": "prometheus-server", "namespace": "monitoring"},
                    "spec": {"selector": {}, "template": {"spec": {"containers": [
                        {"name": "server", "image": "quay.io/prometheus/prometheus:v3.5.0"}]}}},
                }]}),
            )
            .connected()
            .await;

        let servers = kubernetes.prometheus_servers().await;

        assert_eq!(servers.found[0].reference(), "monitoring/prometheus-server");
        assert!(matches!(
            servers.unseen.as_slice(),
            [ClusterError::Forbidden { .. }]
        ));
    }

    #[tokio::test]
    async fn a_named_prometheus_is_looked_for_as_each_kind_in_turn() {
        let server = FakeApiServer::default();

        let found = server
            .connected()
            .await
            .prometheus("monitoring", "main")
            .await;

        assert_eq!(found, Ok(None));
        assert_eq!(
            server.asked(),
            [
                "GET /apis/monitoring.coreos.com/v1/namespaces/monitoring/prometheuses/main",
                "GET /apis/monitoring.coreos.com/v1alpha1/namespaces/monitoring/prometheusagents/main",
                "GET /apis/apps/v1/namespaces/monitoring/statefulsets/main",
                "GET /apis/apps/v1/namespaces/monitoring/deployments/main",
            ]
        );
    }

    #[tokio::test]
    async fn an_agent_is_listed_with_the_servers_and_found_by_its_name() {
        let agent = json!({"metadata": {"name": "edge", "namespace": "monitoring"}, "spec": {"version": "v3.14.0"}});
        let list = json!({"kind": "PrometheusAgentList", "apiVersion": "monitoring.coreos.com/v1alpha1",
                          "metadata": {}, "items": [agent]});
        let path = "GET /apis/monitoring.coreos.com/v1alpha1/prometheusagents";
        let one =
            "GET /apis/monitoring.coreos.com/v1alpha1/namespaces/monitoring/prometheusagents/edge";
        let kubernetes = FakeApiServer::default()
            .answering(path, 200, list)
            .answering(one, 200, agent)
            .connected()
            .await;

        let listed = kubernetes.prometheus_servers().await.found;
        let named = kubernetes.prometheus("monitoring", "edge").await.unwrap();

        assert_eq!(listed.as_slice(), named.as_slice());
        assert_eq!(
            listed[0].resource_kind(),
            Some(ResourceKind::PrometheusAgent)
        );
        assert_eq!(
            listed[0].service_account.subject(),
            "system:serviceaccount:monitoring:default"
        );
    }

    #[tokio::test]
    async fn a_server_is_found_by_someone_who_may_not_read_agents() {
        let agents =
            "GET /apis/monitoring.coreos.com/v1alpha1/namespaces/monitoring/prometheusagents/main";
        let set = json!({"metadata": {"name": "main", "namespace": "monitoring"},
                         "spec": {"serviceName": "", "selector": {}, "template": {"spec": {"containers": []}}}});
        let server = FakeApiServer::default().answering(agents, 403, json!("no"));
        let with_set = server.clone().answering(
            "GET /apis/apps/v1/namespaces/monitoring/statefulsets/main",
            200,
            set,
        );

        let found = with_set
            .connected()
            .await
            .prometheus("monitoring", "main")
            .await;
        let unseen = server
            .connected()
            .await
            .prometheus("monitoring", "main")
            .await;

        assert_eq!(found.unwrap().unwrap().name, "main");
        assert!(matches!(unseen, Err(ClusterError::Forbidden { .. })));
    }

    #[tokio::test]
    async fn a_refusal_names_the_missing_right_and_the_next_step() {
        let question = "POST /api/v1/namespaces/monitoring/serviceaccounts/prometheus/token";
        let kubernetes = FakeApiServer::default()
            .answering(question, 403, json!("user ada cannot create resource"))
            .connected()
            .await;

        let error = kubernetes
            .request_token(&prometheus(), "api://AzureADTokenExchange")
            .await
            .unwrap_err();

        assert_eq!(
            error.to_string(),
            "not allowed to create a token for service account monitoring/prometheus (403): user ada cannot create resource"
        );
        assert!(error.next().line().contains("administrator"), "{error:?}");
    }

    #[tokio::test]
    async fn the_issuer_keeps_its_trailing_slash() {
        let kubernetes = FakeApiServer::default()
            .answering(
                "GET /.well-known/openid-configuration",
                200,
                json!({"issuer": "https://issuer.example.com/a/"}),
            )
            .connected()
            .await;

        let issuer = kubernetes.issuer().await.unwrap();

        assert_eq!(issuer.as_deref(), Some("https://issuer.example.com/a/"));
    }

    #[tokio::test]
    async fn an_absent_server_differs_from_one_that_refuses() {
        let gone = "http://127.0.0.1:9";
        let kubeconfig = Kubeconfig::from_text(&kubeconfig(gone)).unwrap();
        let context = kubeconfig.context("fake").unwrap();
        let kubernetes = quickly(kubeconfig, context).await.unwrap();

        let error = kubernetes.service_account(&prometheus()).await.unwrap_err();

        assert!(matches!(error, ClusterError::Unreachable { .. }));
        assert!(error.to_string().contains("refused"), "{error}");
    }

    #[tokio::test]
    async fn a_sign_in_plugin_that_prints_nothing_is_given_up_and_named() {
        let text = kubeconfig("https://127.0.0.1:9").replace(
            r#""token":"kubernetes-token""#,
            r#""exec":{"apiVersion":"client.authentication.k8s.io/v1","command":"sleep","args":["2"],"interactiveMode":"Never"}"#,
        );
        let kubeconfig = Kubeconfig::from_text(&text).unwrap();
        let context = kubeconfig.context("fake").unwrap();
        let limits = Limits {
            plugin: Duration::from_millis(100),
            ..Limits::DEFAULT
        };

        let notes = WaitNotices::default();
        let connected = Kubernetes::connect_within(kubeconfig, context, notes, limits).await;

        assert_eq!(
            connected.err().unwrap().to_string(),
            "the kubeconfig's sign-in plugin `sleep` failed: it printed nothing within 0.1 s"
        );
    }

    #[tokio::test]
    async fn a_missing_sign_in_plugin_is_named_with_how_to_install_it() {
        let text = kubeconfig("https://127.0.0.1:9").replace(
            r#""token":"kubernetes-token""#,
            r#""exec":{"apiVersion":"client.authentication.k8s.io/v1","command":"/nowhere/kubelogin","interactiveMode":"Never"}"#,
        );
        let kubeconfig = Kubeconfig::from_text(&text).unwrap();
        let context = kubeconfig.context("fake").unwrap();

        let error = quickly(kubeconfig, context).await.err().unwrap();

        assert_eq!(
            error,
            ClusterError::PluginMissing("/nowhere/kubelogin".into())
        );
        assert!(error.next().line().contains("az aks install-cli"));
    }
}
