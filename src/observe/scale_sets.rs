//! Which identities do the nodes of a cluster carry?

use super::Unobserved;
use crate::azure::{Reader, scale_sets as sets};
use crate::facts::{ManagedCluster, ScaleSet};

/// `None` when Azure names no node resource group for the cluster.
pub(crate) async fn scale_sets(
    azure: &Reader,
    cluster: &ManagedCluster,
) -> Result<Option<Vec<ScaleSet>>, Unobserved> {
    // The default name is `MC_<group>_<cluster>_<region>`, but it can be chosen when the cluster is made, so it is read
    // and never computed.
    let Some(group) = &cluster.node_resource_group else {
        return Ok(None);
    };
    let found = sets::list(azure, group).await;
    found.map(Some).map_err(|error| {
        let doing = format!("list the scale sets of cluster `{}`", cluster.id.name());
        Unobserved::new(doing, error)
    })
}
