//! The node pools of an AKS cluster, each as a resource of its own. The sandbox changes them with the cluster only.

use serde_json::{Value, json};

use super::{
    arm_resource::existing,
    call::{ArmCall, found},
    casing,
    collection::CollectionHandlers,
    listing,
    managed_cluster_versions::VERSIONS,
    managed_clusters::ManagedClusters,
    refusal::{ArmAnswer, ArmRefusal},
    route::{ArmRoute, in_group},
    verb::Verb,
};
use crate::sandbox::state::StoredCluster;

const KIND: &str = "Microsoft.ContainerService/managedClusters/agentPools";

const READ: &str = "Microsoft.ContainerService/managedClusters/agentPools/read";

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::new(ROUTES).of_type(KIND, VERSIONS);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(
        Verb::Get,
        in_group!("Microsoft.ContainerService/managedClusters/{name}/agentPools"),
        VERSIONS,
        list,
    )
    .needing(READ),
    ArmRoute::new(
        Verb::Get,
        in_group!("Microsoft.ContainerService/managedClusters/{name}/agentPools/{pool}"),
        VERSIONS,
        read,
    )
    .needing(READ),
];

fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
    let cluster = existing::<ManagedClusters>(call)?.clone();
    let pools = pools(&cluster).iter();
    listing::page(call, pools, |pool| to_json(&cluster, pool))
}

fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    let cluster = existing::<ManagedClusters>(call)?.clone();
    let wanted = call.path.get("pool");
    let pool = pools(&cluster).iter().find(|pool| pool["name"] == wanted);
    let pool = pool.ok_or_else(|| {
        ArmRefusal::not_found(
            "NotFound",
            format!("Could not find the agentpool: {wanted} in the managed cluster."),
        )
    })?;
    found(&to_json(&cluster, pool))
}

fn pools(cluster: &StoredCluster) -> &[Value] {
    let pools = cluster.properties.get("agentPoolProfiles");
    pools.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// What the cluster has about the pool in one object, without the name, which a resource has outside of its properties.
fn to_json(cluster: &StoredCluster, pool: &Value) -> Value {
    let name = pool["name"].as_str().unwrap_or_default();
    let mut properties = pool.clone();
    if let Some(properties) = properties.as_object_mut() {
        // Here AKS has `name` at the level of `properties`; in the cluster it is one of them.
        properties.remove("name");
    }
    json!({
        "id": format!("{}/agentPools/{name}", casing::lower_case_segment(&cluster.id)),
        "name": name,
        "type": KIND,
        "properties": properties,
    })
}
