//! A cluster's API server, and how we are signed in to it.

use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use kube::client::ClientBuilder;
use kube::config::KubeConfigOptions;
use kube::{Client, Config};
use tokio::sync::OnceCell;

use super::error::ClusterError;
use super::found::{FoundDeployments, Servers};
use super::kubeconfig::{Kubeconfig, KubeconfigContext};
use super::plugin::SignInPlugin;
use super::retried::{Limits, RequestCredential, RetryLayer};
use super::token_file::KubeconfigTokenFile;
use super::{named_files, trace};

use crate::environment;
use crate::network::wait_notices::WaitNotices;
use crate::spec::command_line::KubeContext;
use crate::spec::loopback::is_loopback_host;

/// For a connection to the API server, TLS included.
const CONNECT: Duration = Duration::from_secs(10);

/// A cluster's API server, and how we are signed in to it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Kubernetes {
    pub(super) client: Client,
    pub(super) server: String,
    /// The context by which kubectl reaches it.
    kube_context: Option<Arc<KubeContext>>,
    pub(super) seen: Arc<ListCache>,
}

/// What the long lists of the cluster showed, so that they are read once.
#[derive(Default)]
pub(super) struct ListCache {
    pub(super) servers: OnceCell<Servers>,
    pub(super) deployments: OnceCell<Result<FoundDeployments, ClusterError>>,
}

impl Kubernetes {
    /// Signs in as the context specifies. Runs the kubeconfig's plugin, but asks the API server nothing yet. `notes` hears
    /// when the API server keeps us waiting.
    pub(crate) async fn connect(
        kubeconfig: Kubeconfig,
        context: KubeconfigContext,
        notes: WaitNotices,
    ) -> Result<Self, ClusterError> {
        Self::connect_within(kubeconfig, context, notes, Limits::DEFAULT).await
    }

    pub(super) async fn connect_within(
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
        // Our own layer below sends again: it keeps to one policy, and reports long waits to the user.
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
        // Inside of the layer that sends again, so that the log shows every try.
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
    pub(super) async fn ask<T>(
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
pub(super) fn or_absent<T>(answer: Result<T, ClusterError>) -> Result<Option<T>, ClusterError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(ClusterError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
