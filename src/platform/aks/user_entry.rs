//! How a kubeconfig names the user of an AKS cluster, by which its context is recognised.

use crate::platform::source::ApiServerIdentity;
use crate::spec::ids::ResourceId;

/// `az aks get-credentials` names the user entry of a context after the resource group and the cluster.
pub(super) fn api_server(cluster: &ResourceId, host: Option<String>) -> ApiServerIdentity {
    let group = cluster.resource_group_name().unwrap_or_default();
    let user = |kind| format!("{kind}_{group}_{}", cluster.name());
    ApiServerIdentity {
        host,
        // The context itself can be renamed (`--context`); the entry of the user keeps this name:
        // clusterUser_<group>_<cluster>.
        users: vec![user("clusterUser"), user("clusterAdmin")],
    }
}
