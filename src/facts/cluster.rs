//! What was seen of an AKS cluster?

use crate::spec::ids::{Region, ResourceId};

/// An AKS cluster, as Azure describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ManagedCluster {
    pub(crate) id: ResourceId,
    pub(crate) region: Region,
    /// The API server's host name; the private one for a private cluster.
    pub(crate) fqdn: Option<String>,
    /// The resource group that holds the nodes; its name can be custom, so it is read and never built.
    pub(crate) node_resource_group: Option<ResourceId>,
    /// The URL of its token issuer, with the trailing slash: Entra compares byte for byte. `None` while the issuer is off.
    pub(crate) issuer: Option<String>,
    /// Whether the webhook that hands tokens to pods is on.
    pub(crate) workload_identity: bool,
    /// Whether the managed Prometheus add-on is on, which ships metrics already: remote write would come on top.
    pub(crate) managed_prometheus: bool,
    /// `Running` or `Stopped`.
    pub(crate) power: Option<String>,
    /// Whether a deny assignment keeps everybody from changing the nodes: AKS Automatic, or a locked node resource group.
    pub(crate) node_group_locked: bool,
}

impl ManagedCluster {
    /// Azure's add-on (`ama-metrics`) scrapes on its own, whatever this Prometheus sends.
    pub(crate) fn collects_itself(&self) -> Option<String> {
        self.managed_prometheus.then(|| {
            format!(
                "{} already sends metrics through Azure's managed Prometheus add-on: series that both collect are stored, \
                 and paid for, twice",
                self.id.name()
            )
        })
    }
}
