//! How a write on an AKS cluster begins: by whom it may be made, and what it answers before it is over.

use http::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    call::ArmCall,
    operations,
    refusal::{ArmAnswer, ArmRefusal},
};
use crate::sandbox::{
    response::Response,
    state::{
        ClusterWrite, PendingWrite, StoredCluster, StoredPrincipal, StoredPrincipalKind,
        StoredResourceId,
    },
};

/// The cluster, when no other write on it is under way and the caller has seen its latest state.
pub(super) fn writable(
    call: &ArmCall<'_>,
    cluster: &StoredCluster,
) -> Result<StoredCluster, ArmRefusal> {
    if cluster.pending.is_some() {
        // 409 with the code EtagMismatch, although no eTag was sent (recorded).
        return Err(ArmRefusal::conflict(
            "EtagMismatch",
            format!(
                "Failed to save managed cluster {} in subscription {}, resource group {}. \
                 Operation is not allowed: Another operation is in progress",
                cluster.id.name(),
                call.subscription_id(),
                cluster.id.resource_group().unwrap_or_default(),
            ),
        )
        .with_detail(json!({
            "code": "Unspecified",
            "message": "rpc error: code = FailedPrecondition desc = Etag mismatched",
        }))
        .unwrapped("PutManagedClusterAndAgentPools_FailedPrecondition"));
    }
    matches_entity_tag(call, cluster)?;
    Ok(cluster.clone())
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

/// Stores the cluster with the write under way; the operation ends it.
pub(super) fn begin(
    call: &mut ArmCall<'_>,
    mut cluster: StoredCluster,
    kind: ClusterWrite,
    properties: Map<String, Value>,
) -> (StoredCluster, Uuid) {
    let operation = operations::begin(call);
    cluster.revision += 1;
    cluster.failed = false;
    cluster.pending = Some(PendingWrite {
        operation,
        kind,
        properties,
    });
    call.state().managed_clusters.insert(cluster.clone());
    (cluster, operation)
}

/// The answer to a write: with the address of its operation, and without `Retry-After` (recorded).
pub(super) fn begun(
    call: &ArmCall<'_>,
    kind: ClusterWrite,
    (cluster, operation): &(StoredCluster, Uuid),
    body: &Value,
) -> ArmAnswer {
    let status = match kind {
        ClusterWrite::Creation => StatusCode::CREATED,
        ClusterWrite::Change => StatusCode::OK,
        ClusterWrite::Deletion => {
            let accepted = Response::empty(StatusCode::ACCEPTED);
            return Ok(operations::with_cluster_result(
                call,
                accepted,
                *operation,
                &cluster.location,
            ));
        }
    };
    let response = Response::json(status, body);
    Ok(operations::with_cluster_status(
        call,
        response,
        *operation,
        &cluster.location,
    ))
}

/// The identity that the body asks for, with the ids that Azure gives it; one that stays keeps its ids.
pub(super) fn identity(
    call: &mut ArmCall<'_>,
    id: &StoredResourceId,
    old: Option<&Value>,
) -> Result<Option<Value>, ArmRefusal> {
    let requested = call.body["identity"].clone();
    let kind = requested["type"].as_str().unwrap_or_default();
    let tenant = call.azure.state.directory.tenant_id;
    match kind {
        "SystemAssigned" => {
            let kept = old.and_then(|old| old["principalId"].as_str());
            let principal = match kept {
                Some(principal) => principal.to_owned(),
                None => add_principal(call, id.name()).to_string(),
            };
            Ok(Some(
                json!({"type": kind, "principalId": principal, "tenantId": tenant}),
            ))
        }
        "UserAssigned" => {
            let entries = requested["userAssignedIdentities"].as_object();
            let mut shown = Map::new();
            for identity in entries.into_iter().flatten().map(|(id, _)| id) {
                let stored = call
                    .azure
                    .state
                    .identities
                    .get(&StoredResourceId::new(identity));
                let stored = stored.ok_or_else(|| no_identity(identity))?;
                let ids = json!({"clientId": stored.client_id, "principalId": stored.principal_id});
                shown.insert(identity.clone(), ids);
            }
            if shown.is_empty() {
                return Err(no_identity(""));
            }
            Ok(Some(json!({"type": kind, "userAssignedIdentities": shown})))
        }
        _ => Ok(None),
    }
}

fn no_identity(id: &str) -> ArmRefusal {
    ArmRefusal::bad_request(
        "FailedIdentityOperation",
        format!("The user-assigned identity '{id}' does not exist."),
    )
}

fn add_principal(call: &mut ArmCall<'_>, name: &str) -> Uuid {
    let (object_id, app_id) = (call.fresh_guid(), call.fresh_guid());
    let created = call.now();
    call.state().directory.principals.push(StoredPrincipal {
        object_id,
        app_id: Some(app_id),
        display_name: name.to_owned(),
        kind: StoredPrincipalKind::ServicePrincipal,
        passwords: Vec::new(),
        created,
    });
    object_id
}
