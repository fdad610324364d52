//! What does the cluster contain? The one place that talks to Kubernetes: it reads, and asks for tokens, and changes nothing.

pub(crate) mod azure_kubeconfig;
mod client;
pub(crate) mod config_map;
pub(crate) mod custom_resource;
pub(crate) mod definition;
pub(crate) mod error;
mod found;
mod header_values;
pub(crate) mod helm;
pub(crate) mod kubeconfig;
mod metadata;
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
mod service;
pub(crate) mod service_account;
mod token_file;
mod trace;

#[cfg(test)]
pub(crate) mod fake;

pub(crate) use client::Kubernetes;
pub(crate) use found::Servers;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::fake::{FakeApiServer, kubeconfig, quickly};
    use super::*;
    use crate::cluster::error::ClusterError;
    use crate::cluster::kubeconfig::Kubeconfig;
    use crate::cluster::retried::Limits;
    use crate::network::wait_notices::WaitNotices;
    use crate::problem::Problem;
    use crate::spec::ServiceAccount;
    use crate::target::resource_kind::ResourceKind;
    use std::time::Duration;

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
        assert!(
            Problem::from(&error).next_steps()[0]
                .line()
                .contains("administrator"),
            "{error:?}"
        );
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
        assert!(
            Problem::from(&error).next_steps()[0]
                .line()
                .contains("az aks install-cli")
        );
    }
}
