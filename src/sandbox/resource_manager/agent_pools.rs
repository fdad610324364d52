//! The node pools of an AKS cluster, each as a resource of its own. A write on a pool is a write on its cluster.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    arm_resource::existing,
    call::{ArmCall, found},
    casing,
    collection::CollectionHandlers,
    listing,
    managed_cluster_body::{check_pool_name, differs, has_a_system_pool, not_changeable},
    managed_cluster_versions::VERSIONS,
    managed_cluster_view::pool_to_json,
    managed_cluster_write,
    managed_clusters::ManagedClusters,
    refusal::{ArmAnswer, ArmRefusal},
    route::{ArmRoute, in_group},
    verb::Verb,
};
use crate::sandbox::{
    response::Response,
    state::{ClusterWrite, StoredCluster, complete_pool, pod_limit, pools_of},
};

const KIND: &str = "Microsoft.ContainerService/managedClusters/agentPools";
const ONE: &str = in_group!("Microsoft.ContainerService/managedClusters/{name}/agentPools/{pool}");

const READ: &str = "Microsoft.ContainerService/managedClusters/agentPools/read";
const WRITE: &str = "Microsoft.ContainerService/managedClusters/agentPools/write";
const DELETE: &str = "Microsoft.ContainerService/managedClusters/agentPools/delete";

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
    ArmRoute::new(Verb::Get, ONE, VERSIONS, read).needing(READ),
    ArmRoute::new(Verb::Put, ONE, VERSIONS, put)
        .needing(WRITE)
        .with_fields(&["id", "name", "type", "properties"]),
    ArmRoute::new(Verb::Delete, ONE, VERSIONS, delete).needing(DELETE),
];

fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
    let cluster = existing::<ManagedClusters>(call)?.clone();
    let version = call.version();
    let pools = pools_of(cluster.shown_properties()).iter();
    listing::page(call, pools, |pool| to_json(&cluster, pool, version))
}

fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    let pending = existing::<ManagedClusters>(call)?.pending.clone();
    if let Some(pending) = pending {
        call.state().look_at(pending.operation);
    }
    let cluster = existing::<ManagedClusters>(call)?.clone();
    let wanted = call.path.get("pool");
    let pool = named(pools_of(cluster.shown_properties()), wanted).ok_or_else(|| {
        ArmRefusal::not_found(
            "NotFound",
            format!("Could not find the agentpool: {wanted} in the managed cluster."),
        )
    })?;
    found(&to_json(&cluster, pool, call.version()))
}

fn put(call: &mut ArmCall<'_>) -> ArmAnswer {
    let cluster = existing::<ManagedClusters>(call)?;
    let cluster = managed_cluster_write::writable(call, cluster)?;
    let name = call.path.get("pool").to_owned();
    check_pool_name(&name)?;
    let Some(requested) = call.body["properties"].as_object().cloned() else {
        return Err(ArmRefusal::bad_content(
            "A pool is written whole: 'properties' is missing.",
        ));
    };
    let mut properties = cluster.properties.clone();
    let mut pools = pools_of(&properties).to_vec();
    let place = pools.iter().position(|pool| pool["name"] == name.as_str());
    let before = place.map(|place| pools.remove(place));
    let pool = completed(&properties, &name, requested, before.as_ref())?;
    is_the_only_managed_pool(&pool, &pools)?;
    pools.insert(place.unwrap_or(pools.len()), pool.clone());
    has_a_system_pool(&pools)?;
    properties.insert("agentPoolProfiles".to_owned(), pools.into());
    let begun = managed_cluster_write::begin(call, cluster, ClusterWrite::Change, properties);
    let body = to_json(&begun.0, &pool, call.version());
    let answered_as = match before {
        Some(_) => ClusterWrite::Change,
        None => ClusterWrite::Creation,
    };
    managed_cluster_write::begun(call, answered_as, &begun, &body)
}

fn delete(call: &mut ArmCall<'_>) -> ArmAnswer {
    let name = call.path.get("pool").to_owned();
    let cluster = existing::<ManagedClusters>(call)?;
    if named(pools_of(&cluster.properties), &name).is_none() {
        return Ok(Response::empty(StatusCode::NO_CONTENT));
    }
    let cluster = managed_cluster_write::writable(call, cluster)?;
    let mut properties = cluster.properties.clone();
    let mut pools = pools_of(&properties).to_vec();
    pools.retain(|pool| pool["name"] != name.as_str());
    has_a_system_pool(&pools)?;
    properties.insert("agentPoolProfiles".to_owned(), pools.into());
    let begun = managed_cluster_write::begin(call, cluster, ClusterWrite::Change, properties);
    managed_cluster_write::begun(call, ClusterWrite::Deletion, &begun, &Value::Null)
}

/// The pool that the body asks for, with what AKS adds.
fn completed(
    cluster: &Map<String, Value>,
    name: &str,
    mut requested: Map<String, Value>,
    before: Option<&Value>,
) -> Result<Value, ArmRefusal> {
    let changed = ["vmSize", "osType"].into_iter().find(|field| {
        let old = before.and_then(|pool| pool.get(*field));
        differs(old, requested.get(*field))
    });
    if let Some(field) = changed {
        return Err(not_changeable(&format!("properties.{field}")));
    }
    for computed in ["provisioningState", "currentOrchestratorVersion", "eTag"] {
        requested.remove(computed);
    }
    requested.insert("name".to_owned(), name.into());
    let version = cluster.get("kubernetesVersion").and_then(Value::as_str);
    let limit = pod_limit(cluster.get("networkProfile").unwrap_or(&Value::Null));
    let mut pool = Value::Object(requested);
    complete_pool(&mut pool, before, version.unwrap_or_default(), limit);
    Ok(pool)
}

/// AKS runs at most one pool of that mode (recorded).
fn is_the_only_managed_pool(pool: &Value, others: &[Value]) -> Result<(), ArmRefusal> {
    let is_managed = |pool: &Value| pool["mode"] == "ManagedSystem";
    if !is_managed(pool) || !others.iter().any(is_managed) {
        return Ok(());
    }
    Err(ArmRefusal::bad_request(
        "InvalidParameter",
        "'ManagedSystem' pool is limited to one per cluster",
    )
    .about("agentPoolProfile.mode")
    .unwrapped(""))
}

fn named<'p>(pools: &'p [Value], name: &str) -> Option<&'p Value> {
    pools.iter().find(|pool| pool["name"] == name)
}

/// What the cluster has about the pool in one object, without the name, which a resource has outside of its properties.
fn to_json(cluster: &StoredCluster, pool: &Value, version: &str) -> Value {
    let name = pool["name"].as_str().unwrap_or_default();
    let mut properties = pool_to_json(cluster, pool, version);
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
