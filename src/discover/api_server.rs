//! How do we get at the cluster's API server? Through the context that was named, one that leads there, or Azure.

use secrecy::ExposeSecret;
use thiserror::Error;
use tokio::sync::Mutex;

use super::clusters::is_named_after;
use crate::azure::error::Refusal;
use crate::azure::managed_clusters::{self, ManagedCluster};
use crate::azure::{AzureError, Reader};
use crate::cluster::Kubernetes;
use crate::cluster::error::ClusterError;
use crate::cluster::handed_out::HandedOut;
use crate::cluster::kubeconfig::{Context, Kubeconfig};
use crate::error::Failure;
use crate::spec::choices::ClusterChoice;
use crate::spec::ids::ResourceId;

/// The least role that may fetch a kubeconfig.
const USER_ROLE: &str = "Azure Kubernetes Service Cluster User Role";

/// No way in: what was tried and what came of it, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", .tried.join("; "))]
pub(crate) struct NoAccess {
    pub(crate) tried: Vec<String>,
    pub(crate) next: Vec<String>,
}

impl NoAccess {
    fn add(&mut self, what: &str, error: &ClusterError) {
        self.tried.push(format!("{what}: {error}"));
        if !self.next.contains(&error.next()) {
            self.next.push(error.next());
        }
    }

    fn add_azure(&mut self, error: AzureError) {
        let said = match error.refusal() {
            Some(Refusal { code, ids, .. }) => format!("Azure answered {code} ({ids})"),
            None => format!("{error}"),
        };
        self.tried
            .push(format!("the user credentials that Azure hands out: {said}"));
        if error.is_forbidden() {
            self.next
                .push(format!("ask for the role {USER_ROLE} on the cluster"));
        } else {
            let failure = Failure::new("fetch the user credentials").azure(error);
            self.next.extend_from_slice(failure.next_steps());
        }
    }
}

/// The API servers that one command has reached: each is signed in to once, and remembers its long lists.
#[derive(Default)]
pub(crate) struct ApiServers {
    reached: Mutex<Vec<ReachedServer>>,
}

struct ReachedServer {
    cluster: ResourceId,
    choice: Option<ClusterChoice>,
    kubernetes: Kubernetes,
}

impl ApiServers {
    /// The API server of `cluster`, reached as `choice` says.
    pub(crate) async fn reach(
        &self,
        azure: &Reader,
        cluster: &ManagedCluster,
        choice: Option<&ClusterChoice>,
    ) -> Result<Kubernetes, NoAccess> {
        let mut reached = self.reached.lock().await;
        // Only a context says how to get there; a name and an id lead to the same place.
        let choice = choice.filter(|choice| matches!(choice, ClusterChoice::Context(_)));
        let is_same =
            |one: &&ReachedServer| one.cluster == cluster.id && one.choice.as_ref() == choice;
        if let Some(known) = reached.iter().find(is_same) {
            return Ok(known.kubernetes.clone());
        }
        let kubernetes = reach(azure, cluster, choice).await?;
        reached.push(ReachedServer {
            cluster: cluster.id.clone(),
            choice: choice.cloned(),
            kubernetes: kubernetes.clone(),
        });
        Ok(kubernetes)
    }
}

/// Signs in to the API server of `cluster`. The current context plays no part, lest another cluster answers.
pub(crate) async fn reach(
    azure: &Reader,
    cluster: &ManagedCluster,
    choice: Option<&ClusterChoice>,
) -> Result<Kubernetes, NoAccess> {
    let mut failed = NoAccess {
        tried: Vec::new(),
        next: Vec::new(),
    };
    let (what, local) = match choice {
        Some(ClusterChoice::Context(name)) => (format!("context `{name}`"), named(name).map(Some)),
        _ => ("the kubeconfig".to_owned(), leading_to(cluster)),
    };
    match local {
        Ok(Some((kubeconfig, context))) => {
            let name = context.name.clone();
            let what = format!("context `{name}`");
            match Kubernetes::connect(kubeconfig, context, azure.http().notes()).await {
                Ok(kubernetes) => return Ok(kubernetes.by_local_context(name)),
                Err(error) => failed.add(&what, &error),
            }
        }
        Ok(None) => failed.tried.push(format!(
            "the kubeconfig: no context leads to {}",
            cluster.fqdn.as_deref().unwrap_or("the cluster")
        )),
        Err(error) => failed.add(&what, &error),
    }
    if matches!(choice, Some(ClusterChoice::Context(_))) {
        return Err(failed);
    }
    match managed_clusters::user_kubeconfig(azure, &cluster.id).await {
        Ok(text) => match handed_out(azure, text.expose_secret()).await {
            Ok(kubernetes) => return Ok(kubernetes),
            Err(error) => failed.add("the user credentials that Azure hands out", &error),
        },
        Err(error) => failed.add_azure(error),
    }
    Err(failed)
}

fn named(name: &str) -> Result<(Kubeconfig, Context), ClusterError> {
    let kubeconfig = Kubeconfig::local()?;
    let context = kubeconfig.context(name)?;
    Ok((kubeconfig, context))
}

fn leading_to(cluster: &ManagedCluster) -> Result<Option<(Kubeconfig, Context)>, ClusterError> {
    let kubeconfig = Kubeconfig::local()?;
    let hosts: Vec<&str> = cluster.fqdn.as_deref().into_iter().collect();
    let context = kubeconfig.context_for(&hosts).or_else(|| {
        let mut contexts = kubeconfig.contexts().into_iter();
        contexts.find(|context| context.is_tunnel() && is_named_after(context, &cluster.id))
    });
    Ok(context.map(|context| (kubeconfig, context)))
}

async fn handed_out(azure: &Reader, text: &str) -> Result<Kubernetes, ClusterError> {
    let HandedOut {
        kubeconfig,
        context,
        program,
    } = HandedOut::read(text, azure.cloud().is_on_this_machine())?;
    if let Some(program) = program {
        azure.note(&format!(
            "running {} to sign in to the cluster, as the kubeconfig from Azure asks",
            program.display()
        ));
    }
    Kubernetes::connect(kubeconfig, context, azure.http().notes()).await
}
