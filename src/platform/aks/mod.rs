//! A managed cluster of Azure Kubernetes Service.

mod choose;
mod user_entry;

use async_trait::async_trait;

use super::source::{FoundPlatform, ListedPlatform, PlatformSource};
use crate::azure::resource_graph::ResourceRow;
use crate::azure::{Reader, resource_graph};
use crate::cluster::kubeconfig::{Kubeconfig, KubeconfigContext};
use crate::error::Failure;
use crate::facts::{Fact, Facts, ManagedCluster};
use crate::observe;
use crate::spec::choices::{ClusterChoice, PlatformKind};
use crate::spec::ids::SubscriptionId;
use crate::spec::platform::Platform;
use choose::NoCluster;
use user_entry::api_server;

pub(super) const SOURCE: AksSource = AksSource;

pub(super) struct AksSource;

#[async_trait(?Send)]
impl PlatformSource for AksSource {
    fn kind(&self) -> PlatformKind {
        PlatformKind::Aks
    }

    async fn find(
        &self,
        azure: &Reader,
        choice: Option<&ClusterChoice>,
        only: Option<&[SubscriptionId]>,
    ) -> Result<FoundPlatform, Failure> {
        let cluster = cluster(azure, choice, only).await?;
        Ok(FoundPlatform {
            platform: Platform::Aks {
                cluster: cluster.id.clone(),
                region: cluster.region.clone(),
            },
            api_server: Some(api_server(&cluster.id, cluster.fqdn.clone())),
            warnings: warnings(&cluster),
            facts: Facts {
                cluster: Fact::Known(cluster),
                ..Facts::default()
            },
        })
    }

    async fn list(
        &self,
        azure: &Reader,
        only: Option<&[SubscriptionId]>,
    ) -> Result<Vec<ListedPlatform>, Failure> {
        let mut rows = rows(azure, only).await?;
        rows.retain(|row| choose::is_aks(&row.id));
        let listed = rows.into_iter().map(|row| ListedPlatform {
            api_server: Some(api_server(&row.id, None)),
            platform: Platform::Aks {
                cluster: row.id,
                region: row.region,
            },
        });
        Ok(listed.collect())
    }
}

async fn cluster(
    azure: &Reader,
    choice: Option<&ClusterChoice>,
    only: Option<&[SubscriptionId]>,
) -> Result<ManagedCluster, Failure> {
    let refuse = |why: NoCluster| why.into_failure(choice);
    let id = match choice {
        Some(ClusterChoice::Id(id)) => choose::aks(id.clone()).map_err(refuse)?,
        Some(ClusterChoice::Context(name)) => return behind_context(azure, name, only).await,
        Some(ClusterChoice::Name(_)) | None => {
            let rows = rows(azure, only).await?;
            let name = choice.map(ToString::to_string);
            choose::choose(&rows, name.as_deref(), &searched(azure, only)).map_err(refuse)?
        }
    };
    // Resource Graph lags behind by seconds to minutes, so the chosen cluster is read from Resource Manager itself.
    let found = observe::managed_cluster(azure, &id).await?;
    found.ok_or_else(|| refuse(NoCluster::Gone(id)))
}

async fn behind_context(
    azure: &Reader,
    name: &str,
    only: Option<&[SubscriptionId]>,
) -> Result<ManagedCluster, Failure> {
    let context = Kubeconfig::local()
        .and_then(|kubeconfig| kubeconfig.context(name))
        .map_err(|error| Failure::usage(format!("use context `{name}`")).problem(error.into()))?;
    // The rows of Resource Graph have no host name, so each candidate is read: the one that the user entry names, or
    // those of one region.
    for id in choose::behind(&rows(azure, only).await?, &context) {
        match observe::managed_cluster(azure, &id).await? {
            Some(cluster) if is_behind(&context, &cluster) => return Ok(cluster),
            _ => {}
        }
    }
    let unknown = NoCluster::UnknownServer {
        server: context.server,
        searched: searched(azure, only),
    };
    Err(unknown.into_failure(Some(&ClusterChoice::Context(name.to_owned()))))
}

fn is_behind(context: &KubeconfigContext, cluster: &ManagedCluster) -> bool {
    let host = context.host();
    let same_host = cluster
        .fqdn
        .as_ref()
        .is_some_and(|fqdn| host.is_some_and(|host| host.eq_ignore_ascii_case(fqdn)));
    same_host || api_server(&cluster.id, None).is_user_of(context)
}

async fn rows(
    azure: &Reader,
    only: Option<&[SubscriptionId]>,
) -> Result<Vec<ResourceRow>, Failure> {
    let rows = resource_graph::clusters(azure, only).await;
    rows.map_err(|error| Failure::new("list the clusters").azure(error))
}

fn searched(azure: &Reader, only: Option<&[SubscriptionId]>) -> String {
    match only {
        Some([one]) => format!("subscription {one} to {}", azure.caller()),
        Some(some) => format!("{} subscriptions to {}", some.len(), azure.caller()),
        None => format!("any subscription to {}", azure.caller()),
    }
}

fn warnings(cluster: &ManagedCluster) -> Vec<String> {
    let name = cluster.id.name();
    let mut warnings: Vec<String> = cluster.collects_itself().into_iter().collect();
    // A stopped cluster still answers in Resource Manager; its API server does not.
    if cluster.power.as_deref() == Some("Stopped") {
        warnings.push(format!(
            "{name} is stopped: its Prometheus cannot be looked at, and nothing arrives until it runs"
        ));
    }
    warnings
}
