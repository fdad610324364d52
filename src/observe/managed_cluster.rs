//! What kind of AKS cluster is it, and does it issue tokens?

use super::Unobserved;
use crate::azure::{Reader, managed_clusters};
use crate::facts::ManagedCluster;
use crate::spec::ids::ResourceId;

/// `None` when it does not exist, or may not be seen.
pub(crate) async fn managed_cluster(
    azure: &Reader,
    id: &ResourceId,
) -> Result<Option<ManagedCluster>, Unobserved> {
    let found = managed_clusters::get(azure, id).await;
    found.map_err(|error| Unobserved::new(format!("read cluster `{}`", id.name()), error))
}
