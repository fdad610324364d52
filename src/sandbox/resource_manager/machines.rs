//! What virtual machines and scale sets have in common: their identities, and how they are shown.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    arm_resource::{ArmResource, existing},
    call::{ArmCall, found},
    casing, operations,
    refusal::{ArmAnswer, ArmRefusal},
};
use crate::sandbox::{
    authorization::may_act,
    response::Response,
    state::{AzureState, StoredMachine, StoredPrincipal, StoredPrincipalKind, StoredResourceId},
};

const ASSIGN: &str = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";

pub(super) const VERSIONS: &[&str] = &[
    "2019-07-01",
    "2019-12-01",
    "2020-06-01",
    "2020-12-01",
    "2021-03-01",
    "2021-04-01",
    "2021-07-01",
    "2021-11-01",
    "2022-03-01",
    "2022-08-01",
    "2022-11-01",
    "2023-03-01",
    "2023-07-01",
    "2023-09-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-04-01",
    "2025-11-01",
    "2026-03-01",
    "2026-04-01",
];

/// What a PATCH of a machine can change here.
pub(super) const CHANGEABLE: &[&str] =
    &["tags", "identity.type", "identity.userAssignedIdentities"];

/// The first api-version in which machines have an `etag`.
const KNOWS_ENTITY_TAGS_SINCE: &str = "2024-03-01";

/// Changes the tags and the identities, which is all that PATCH changes here.
pub(super) fn patch<R: ArmResource<Stored = StoredMachine>>(call: &mut ArmCall<'_>) -> ArmAnswer {
    let mut machine = existing::<R>(call)?.clone();
    if call.body.get("tags").is_some() {
        machine.tags = call.tags();
    }
    if call.body.get("identity").is_some() {
        change_identity(call, &mut machine)?;
    }
    let operation = operations::begin(call);
    machine.pending = Some(operation);
    machine.writes += 1;
    let location = machine.location.clone();
    let body = R::to_json(call.azure, &machine, call.version());
    call.state().machines.insert(machine);
    // 200, not 202, and an operation all the same (recorded in 20 of 20 changes).
    let response = with_entity_tag(Response::json(StatusCode::OK, &body), &body);
    Ok(operations::with_compute_status(
        call, response, operation, &location,
    ))
}

/// The type decides which kinds stay; entries of the map are added, those with `null` removed, the others kept.
fn change_identity(call: &mut ArmCall<'_>, machine: &mut StoredMachine) -> Result<(), ArmRefusal> {
    let requested = &call.body["identity"];
    let kind = requested["type"]
        .as_str()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let kinds: Vec<&str> = kind.split(',').map(str::trim).collect();
    if let Some(unknown) = kinds
        .iter()
        .find(|it| !["none", "systemassigned", "userassigned"].contains(it))
    {
        return Err(invalid(format!(
            "The identity type '{unknown}' is invalid."
        )));
    }
    let entries = requested["userAssignedIdentities"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    if kinds.contains(&"userassigned") {
        merge(call, machine, &entries)?;
    } else if entries.is_empty() {
        // The type alone takes all user-assigned identities off (recorded in 2021 and 2024).
        machine.identities.clear();
    } else {
        return Err(invalid(format!(
            "User-assigned identities cannot be given together with the identity type '{kind}'."
        )));
    }
    let wants_system_identity = kinds.contains(&"systemassigned");
    switch_system_identity(call, machine, wants_system_identity);
    Ok(())
}

fn merge(
    call: &ArmCall<'_>,
    machine: &mut StoredMachine,
    entries: &Map<String, Value>,
) -> Result<(), ArmRefusal> {
    for (id, entry) in entries {
        let id = StoredResourceId::new(id);
        machine.identities.retain(|identity| *identity != id);
        if !entry.is_null() {
            let identity = assignable(call, machine, &id)?;
            machine.identities.push(identity);
        }
    }
    if machine.identities.is_empty() {
        Err(invalid(
            "The identity type 'UserAssigned' needs at least one user-assigned identity."
                .to_owned(),
        ))
    } else {
        Ok(())
    }
}

/// The identity, when it exists and the caller may assign it.
fn assignable(
    call: &ArmCall<'_>,
    machine: &StoredMachine,
    id: &StoredResourceId,
) -> Result<StoredResourceId, ArmRefusal> {
    let (state, caller) = (&call.azure.state, &call.caller);
    // Asked for each identity in the body, those that the machine already has included.
    if !may_act(state, caller.object_id, ASSIGN, id) {
        return Err(ArmRefusal::forbidden(
            "LinkedAuthorizationFailed",
            format!(
                "The client '{}' with object id '{}' has permission to perform action '{}/write' on scope \
                 '{}'; however, it does not have permission to perform action(s) '{ASSIGN}' on the linked \
                 scope(s) '{id}' (respectively) or the linked scope(s) are invalid.",
                caller.name, caller.object_id, machine.kind, machine.id,
            ),
        ));
    }
    match state.identities.get(id) {
        Some(identity) => Ok(identity.id.clone()),
        None => Err(ArmRefusal::bad_request(
            "FailedIdentityOperation",
            format!(
                "Identity operation for resource '{}' failed: the identity '{id}' does not exist.",
                machine.id
            ),
        )),
    }
}

fn switch_system_identity(call: &mut ArmCall<'_>, machine: &mut StoredMachine, wanted: bool) {
    match (machine.system_identity, wanted) {
        (None, true) => {
            let object_id = call.fresh_guid();
            let app_id = call.fresh_guid();
            let created = call.now();
            call.state().directory.principals.push(StoredPrincipal {
                object_id,
                app_id: Some(app_id),
                display_name: machine.id.name().to_owned(),
                kind: StoredPrincipalKind::ServicePrincipal,
                passwords: Vec::new(),
                created,
            });
            machine.system_identity = Some(object_id);
        }
        // The identity dies with the switch: turned on again, it is another principal.
        (Some(gone), false) => {
            let principals = &mut call.state().directory.principals;
            principals.retain(|principal| principal.object_id != gone);
            machine.system_identity = None;
        }
        _ => {}
    }
}

fn invalid(message: String) -> ArmRefusal {
    ArmRefusal::bad_request("InvalidParameter", message).about("identity")
}

/// A machine as its own collection and Resource Graph show it.
pub(super) fn to_json(state: &AzureState, machine: &StoredMachine, version: &str) -> Value {
    let provisioning_state = match machine.pending {
        Some(_) => "Updating",
        None => "Succeeded",
    };
    let mut properties = machine.properties.clone();
    properties.insert("provisioningState".to_owned(), provisioning_state.into());
    let mut body = json!({
        "id": machine.id,
        "name": machine.id.name(),
        "type": machine.kind,
        "location": machine.location,
        "tags": machine.tags,
        "properties": properties,
    });
    if let Some(identity) = identity_to_json(state, machine) {
        body["identity"] = identity;
    }
    if version >= KNOWS_ENTITY_TAGS_SINCE {
        // A count with quotes inside it.
        body["etag"] = format!("\"{}\"", machine.writes).into();
    }
    body
}

/// A time as Compute writes it inside properties: with an offset, where others write `Z`.
pub(super) fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.f+00:00").to_string()
}

/// The answer of a GET: the entity tag is a header too.
pub(super) fn read_answer(body: &Value) -> ArmAnswer {
    Ok(with_entity_tag(found(body)?, body))
}

fn with_entity_tag(response: Response, body: &Value) -> Response {
    match body["etag"].as_str() {
        Some(tag) => response.with_header("etag", tag),
        None => response,
    }
}

fn identity_to_json(state: &AzureState, machine: &StoredMachine) -> Option<Value> {
    let kind = match (machine.system_identity, machine.identities.is_empty()) {
        // After the type `None` the machine has no key `identity` (recorded).
        (None, true) => return None,
        (Some(_), true) => "SystemAssigned",
        (None, false) => "UserAssigned",
        (Some(_), false) => "SystemAssigned, UserAssigned",
    };
    let mut identity = json!({"type": kind});
    if let Some(principal) = machine.system_identity {
        identity["principalId"] = principal.to_string().into();
        identity["tenantId"] = state.directory.tenant_id.to_string().into();
    }
    let entries: Map<String, Value> = machine
        .identities
        .iter()
        .filter_map(|id| state.identities.get(id))
        .map(|it| {
            let ids = json!({"principalId": it.principal_id, "clientId": it.client_id});
            // These keys are ids, and come back in other letter case than they were sent.
            (casing::compute(&it.id), ids)
        })
        .collect();
    if !entries.is_empty() {
        identity["userAssignedIdentities"] = entries.into();
    }
    Some(identity)
}
