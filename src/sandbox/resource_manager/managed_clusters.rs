//! AKS clusters: created, read whole, written whole, deleted, and slow in all of it.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    arm_resource::{ArmResource, RemovedByDelete, existing},
    call::{ArmCall, found},
    collection::CollectionHandlers,
    managed_cluster_body::{FIELDS, changed_properties, new_properties},
    managed_cluster_versions::VERSIONS,
    managed_cluster_view::to_json,
    managed_cluster_write,
    refusal::{ArmAnswer, ArmRefusal},
    route::{ArmRoute, in_group},
    verb::Verb,
};
use crate::sandbox::{
    azure::Azure,
    kubeconfig::{kubeconfig, with_plugin},
    response::Response,
    state::{ClusterWrite, StoredCluster, StoredResourceId},
};

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::in_graph::<ManagedClusters>(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::list_in_subscription::<ManagedClusters>(),
    ArmRoute::list::<ManagedClusters>(),
    ArmRoute::read::<ManagedClusters>(),
    ArmRoute::put_with::<ManagedClusters>(FIELDS, put),
    ArmRoute::patch::<ManagedClusters>(&["tags"], patch),
    ArmRoute::delete::<ManagedClusters>(),
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

    fn missing(call: &ArmCall<'_>, id: &StoredResourceId) -> ArmRefusal {
        if !call.azure.state.removed_clusters.contains(id) {
            return call.no_resource(id);
        }
        // Of a cluster that was deleted just now Resource Manager still asks AKS, which has other words (recorded).
        ArmRefusal::not_found(
            "NotFound",
            format!(
                "Could not find managed cluster resource: {} in subscription: {}, resourceGroup: {}.",
                id.name(),
                call.subscription_id(),
                id.resource_group().unwrap_or_default(),
            ),
        )
        .with_detail(json!({
            "code": "Unspecified",
            "message": "rpc error: code = NotFound desc = Managed Cluster not found",
        }))
        .unwrapped("GetManagedCluster_NotFound_HCPServerError")
    }
}

/// Creates a cluster, or puts the whole document in the old one's place once the operation is over: what is not sent
/// gets its default, and that includes what the request's api-version does not have.
fn put(call: &mut ArmCall<'_>) -> ArmAnswer {
    let id = ManagedClusters::id(call)?;
    let old = match call.azure.state.managed_clusters.get(&id) {
        Some(cluster) => Some(managed_cluster_write::writable(call, cluster)?),
        None => None,
    };
    let properties = match &old {
        Some(cluster) => changed_properties(&call.body, cluster)?,
        None => new_properties(call, &id)?,
    };
    let mut cluster = match old.clone() {
        Some(cluster) => cluster,
        None => created_cluster(call, id, &properties)?,
    };
    cluster.attributes = attributes(call, &cluster)?;
    cluster.tags = call.tags();
    let kind = match old {
        Some(_) => ClusterWrite::Change,
        None => ClusterWrite::Creation,
    };
    write(call, cluster, kind, properties)
}

fn patch(call: &mut ArmCall<'_>) -> ArmAnswer {
    let cluster = existing::<ManagedClusters>(call)?;
    let mut cluster = managed_cluster_write::writable(call, cluster)?;
    cluster.tags = call.tags();
    let properties = cluster.properties.clone();
    write(call, cluster, ClusterWrite::Change, properties)
}

fn write(
    call: &mut ArmCall<'_>,
    cluster: StoredCluster,
    kind: ClusterWrite,
    properties: Map<String, Value>,
) -> ArmAnswer {
    let begun = managed_cluster_write::begin(call, cluster, kind, properties);
    let body = to_json(call.azure, &begun.0, call.version());
    managed_cluster_write::begun(call, kind, &begun, &body)
}

/// A cluster of which the operation that makes its nodes has not begun.
fn created_cluster(
    call: &ArmCall<'_>,
    id: StoredResourceId,
    properties: &Map<String, Value>,
) -> Result<StoredCluster, ArmRefusal> {
    Ok(StoredCluster {
        id,
        location: call.location()?.to_owned(),
        tags: Map::new(),
        attributes: Map::new(),
        properties: properties.clone(),
        revision: 0,
        failed: false,
        pending: None,
        created: call.now(),
    })
}

/// What is at the level of `properties` in the body.
fn attributes(
    call: &mut ArmCall<'_>,
    cluster: &StoredCluster,
) -> Result<Map<String, Value>, ArmRefusal> {
    let old = &cluster.attributes;
    let mut attributes = Map::new();
    let identity = managed_cluster_write::identity(call, &cluster.id, old.get("identity"))?;
    let free = json!({"name": "Base", "tier": "Free"});
    let sku = call.body.get("sku").filter(|it| !it.is_null());
    let sku = sku.or(old.get("sku")).unwrap_or(&free).clone();
    attributes.insert("sku".to_owned(), sku);
    let kind = call.body.get("kind").filter(|it| !it.is_null());
    for (name, value) in [("identity", identity), ("kind", kind.cloned())] {
        if let Some(value) = value {
            attributes.insert(name.to_owned(), value);
        }
    }
    Ok(attributes)
}

impl RemovedByDelete for ManagedClusters {
    fn delete(call: &mut ArmCall<'_>) -> ArmAnswer {
        let id = Self::id(call)?;
        let Some(cluster) = call.azure.state.managed_clusters.get(&id) else {
            return Ok(Response::empty(StatusCode::NO_CONTENT));
        };
        let cluster = managed_cluster_write::writable(call, cluster)?;
        let properties = cluster.properties.clone();
        write(call, cluster, ClusterWrite::Deletion, properties)
    }
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
