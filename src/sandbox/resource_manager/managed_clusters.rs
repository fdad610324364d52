//! AKS clusters: read whole, written whole, and slow to change.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    arm_resource::{ArmResource, existing},
    call::{ArmCall, found},
    collection::CollectionHandlers,
    managed_cluster_body::{FIELDS, requested_properties},
    managed_cluster_versions::VERSIONS,
    managed_cluster_view::to_json,
    operations,
    refusal::{ArmAnswer, ArmRefusal},
    route::{ArmRoute, in_group},
    verb::Verb,
};
use crate::sandbox::{
    azure::Azure,
    kubeconfig::{kubeconfig, with_plugin},
    response::Response,
    state::{PendingWrite, StoredCluster},
};

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::in_graph::<ManagedClusters>(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::list_in_subscription::<ManagedClusters>(),
    ArmRoute::list::<ManagedClusters>(),
    ArmRoute::read::<ManagedClusters>(),
    ArmRoute::put_with::<ManagedClusters>(FIELDS, put),
    ArmRoute::patch::<ManagedClusters>(&["tags"], patch),
    ArmRoute::new(
        Verb::Post,
        in_group!("Microsoft.ContainerService/managedClusters/{name}/listClusterUserCredential"),
        ManagedClusters::VERSIONS,
        user_credential,
    )
    .needing("Microsoft.ContainerService/managedClusters/listClusterUserCredential/action")
    .with_parameters(&["server-fqdn", "format"]),
    ArmRoute::new(
        Verb::Post,
        in_group!("Microsoft.ContainerService/managedClusters/{name}/listClusterAdminCredential"),
        ManagedClusters::VERSIONS,
        admin_credential,
    )
    .needing("Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action")
    .with_parameters(&["server-fqdn"]),
];

pub(super) struct ManagedClusters;

impl ArmResource for ManagedClusters {
    type Stored = StoredCluster;
    const KIND: &'static str = "Microsoft.ContainerService/managedClusters";
    const VERSIONS: &'static [&'static str] = VERSIONS;

    fn to_json(azure: &Azure, cluster: &StoredCluster, version: &str) -> Value {
        to_json(azure, cluster, version)
    }

    fn pending(cluster: &StoredCluster) -> Option<Uuid> {
        Some(cluster.pending.as_ref()?.operation)
    }
}

/// Puts the whole document in the old one's place once the operation is over: what is not sent is gone,
/// and that includes what the request's api-version does not have.
fn put(call: &mut ArmCall<'_>) -> ArmAnswer {
    let cluster = writable(call)?;
    matches_entity_tag(call, &cluster)?;
    let properties = requested_properties(&call.body, &cluster)?;
    let mut attributes = Map::new();
    // These are at the level of `properties` in the body, and PUT replaces them too.
    for name in ["sku", "identity", "kind"] {
        if let Some(value) = call.body.get(name) {
            attributes.insert(name.to_owned(), value.clone());
        }
    }
    let tags = call.tags();
    let written = StoredCluster {
        tags,
        attributes,
        ..cluster
    };
    begin_write(call, written, properties)
}

fn patch(call: &mut ArmCall<'_>) -> ArmAnswer {
    let cluster = writable(call)?;
    matches_entity_tag(call, &cluster)?;
    let properties = cluster.properties.clone();
    let tagged = StoredCluster {
        tags: call.tags(),
        ..cluster
    };
    begin_write(call, tagged, properties)
}

fn begin_write(
    call: &mut ArmCall<'_>,
    mut cluster: StoredCluster,
    properties: Map<String, Value>,
) -> ArmAnswer {
    let operation = operations::begin(call);
    cluster.revision += 1;
    cluster.failed = false;
    cluster.pending = Some(PendingWrite {
        operation,
        properties,
    });
    let location = cluster.location.clone();
    let version = call.version();
    let body = to_json(call.azure, &cluster, version);
    call.state().managed_clusters.insert(cluster);
    // 200 for a change; 201 is for a new cluster, and neither has `Retry-After` (recorded).
    let response = Response::json(StatusCode::OK, &body);
    Ok(operations::with_cluster_status(
        call, response, operation, &location,
    ))
}

fn user_credential(call: &mut ArmCall<'_>) -> ArmAnswer {
    let cluster = existing::<ManagedClusters>(call)?.clone();
    let kubeconfig = kubeconfig(call.azure, &[&cluster], &call.caller, call.now());
    let api = call.state().kubernetes.get(&cluster.label());
    let kubeconfig = match api.and_then(|api| api.sign_in_plugin) {
        Some(program) => with_plugin(&kubeconfig, program),
        None => kubeconfig,
    };
    // Base64 within JSON, as AKS answers.
    let kubeconfig = STANDARD.encode(kubeconfig);
    found(&json!({"kubeconfigs": [{"name": "clusterUser", "value": kubeconfig}]}))
}

/// A cluster without local accounts returns no certificate of an administrator.
fn admin_credential(call: &mut ArmCall<'_>) -> ArmAnswer {
    let cluster = existing::<ManagedClusters>(call)?.clone();
    if cluster.properties.get("disableLocalAccounts") == Some(&Value::Bool(true)) {
        return Err(ArmRefusal::bad_request(
            "BadRequest",
            "Getting static credential is not allowed because this cluster is set to disable local accounts.",
        ));
    }
    let kubeconfig = kubeconfig(call.azure, &[&cluster], &call.caller, call.now());
    let kubeconfig = STANDARD.encode(kubeconfig);
    found(&json!({"kubeconfigs": [{"name": "clusterAdmin", "value": kubeconfig}]}))
}

/// The cluster, when no other write on it is under way. The sandbox makes no new ones.
fn writable(call: &ArmCall<'_>) -> Result<StoredCluster, ArmRefusal> {
    let cluster = existing::<ManagedClusters>(call)?.clone();
    match cluster.pending {
        // 409 with the code EtagMismatch, although no eTag was sent (recorded).
        Some(_) => Err(ArmRefusal::conflict(
            "EtagMismatch",
            "Operation is not allowed: Another operation (Updating) is in progress, \
             please wait for it to finish before starting a new operation.",
        )
        .unwrapped("PutManagedClusterAndAgentPools_FailedPrecondition")),
        None => Ok(cluster),
    }
}

fn matches_entity_tag(call: &ArmCall<'_>, cluster: &StoredCluster) -> Result<(), ArmRefusal> {
    let expected = cluster.entity_tag();
    match call.request.header("if-match") {
        // `*` asks only that the cluster exists.
        Some(given) if given != "*" && given.trim_matches('"') != expected => Err(ArmRefusal::new(
            StatusCode::PRECONDITION_FAILED,
            "EtagMismatch",
            format!(
                "The cluster's eTag is '{expected}', not '{given}': it has changed since it was read."
            ),
        )
        .unwrapped("EtagMismatch")),
        _ => Ok(()),
    }
}
