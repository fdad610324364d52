//! Virtual machine scale sets: read, and given other identities.

use http::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    arm_resource::{ArmResource, existing},
    call::ArmCall,
    casing,
    collection::CollectionHandlers,
    operations,
    refusal::{ArmAnswer, ArmRefusal},
    route::ArmRoute,
};
use crate::sandbox::{
    authorization::may_act,
    azure::Azure,
    response::Response,
    state::{AzureState, StoredPrincipal, StoredPrincipalKind, StoredResourceId, StoredScaleSet},
};

const ASSIGN: &str = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::in_graph::<ScaleSets>(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::list_in_subscription::<ScaleSets>(),
    ArmRoute::list::<ScaleSets>(),
    ArmRoute::read::<ScaleSets>(),
    ArmRoute::patch::<ScaleSets>(
        &["tags", "identity.type", "identity.userAssignedIdentities"],
        patch,
    ),
];

struct ScaleSets;

impl ArmResource for ScaleSets {
    type Stored = StoredScaleSet;
    const KIND: &'static str = "Microsoft.Compute/virtualMachineScaleSets";
    const VERSIONS: &'static [&'static str] = &[
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

    fn to_json(azure: &Azure, scale_set: &StoredScaleSet, _: &str) -> Value {
        to_json(&azure.state, scale_set)
    }

    fn pending(scale_set: &StoredScaleSet) -> Option<Uuid> {
        scale_set.pending
    }
}

fn patch(call: &mut ArmCall<'_>) -> ArmAnswer {
    let mut scale_set = existing::<ScaleSets>(call)?.clone();
    if call.body.get("tags").is_some() {
        scale_set.tags = call.tags();
    }
    if call.body.get("identity").is_some() {
        change_identity(call, &mut scale_set)?;
    }
    let operation = operations::begin(call);
    scale_set.pending = Some(operation);
    let location = scale_set.location.clone();
    let body = to_json(&call.azure.state, &scale_set);
    call.state().scale_sets.insert(scale_set);
    // 200, not 202, and an operation all the same (recorded in 16 of 16 changes).
    let response = Response::json(StatusCode::OK, &body);
    Ok(operations::with_compute_status(
        call, response, operation, &location,
    ))
}

/// The type says which kinds stay; entries of the map are added, those with `null` removed, the others kept.
fn change_identity(
    call: &mut ArmCall<'_>,
    scale_set: &mut StoredScaleSet,
) -> Result<(), ArmRefusal> {
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
        merge(call, scale_set, &entries)?;
    } else if entries.is_empty() {
        scale_set.identities.clear();
    } else {
        return Err(invalid(format!(
            "User-assigned identities cannot be given together with the identity type '{kind}'."
        )));
    }
    let wants_system_identity = kinds.contains(&"systemassigned");
    switch_system_identity(call, scale_set, wants_system_identity);
    Ok(())
}

fn merge(
    call: &ArmCall<'_>,
    scale_set: &mut StoredScaleSet,
    entries: &Map<String, Value>,
) -> Result<(), ArmRefusal> {
    for (id, entry) in entries {
        let id = StoredResourceId::new(id);
        scale_set.identities.retain(|identity| *identity != id);
        if !entry.is_null() {
            let identity = assignable(call, &scale_set.id, &id)?;
            scale_set.identities.push(identity);
        }
    }
    if scale_set.identities.is_empty() {
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
    scale_set: &StoredResourceId,
    id: &StoredResourceId,
) -> Result<StoredResourceId, ArmRefusal> {
    let (state, caller) = (&call.azure.state, &call.caller);
    if !may_act(state, caller.object_id, ASSIGN, id) {
        return Err(ArmRefusal::forbidden(
            "LinkedAuthorizationFailed",
            format!(
                "The client '{}' with object id '{}' has permission to perform action '{}/write' on scope \
                 '{scale_set}'; however, it does not have permission to perform action(s) '{ASSIGN}' on the linked \
                 scope(s) '{id}' (respectively) or the linked scope(s) are invalid.",
                caller.name,
                caller.object_id,
                ScaleSets::KIND
            ),
        ));
    }
    match state.identities.get(id) {
        Some(identity) => Ok(identity.id.clone()),
        None => Err(ArmRefusal::bad_request(
            "FailedIdentityOperation",
            format!(
                "Identity operation for resource '{scale_set}' failed: the identity '{id}' does not exist."
            ),
        )),
    }
}

fn switch_system_identity(call: &mut ArmCall<'_>, scale_set: &mut StoredScaleSet, wanted: bool) {
    match (scale_set.system_identity, wanted) {
        (None, true) => {
            let object_id = call.fresh_guid();
            let app_id = call.fresh_guid();
            let created = call.now();
            call.state().directory.principals.push(StoredPrincipal {
                object_id,
                app_id: Some(app_id),
                display_name: scale_set.id.name().to_owned(),
                kind: StoredPrincipalKind::ServicePrincipal,
                passwords: Vec::new(),
                created,
            });
            scale_set.system_identity = Some(object_id);
        }
        (Some(gone), false) => {
            let principals = &mut call.state().directory.principals;
            principals.retain(|principal| principal.object_id != gone);
            scale_set.system_identity = None;
        }
        _ => {}
    }
}

fn invalid(message: String) -> ArmRefusal {
    ArmRefusal::bad_request("InvalidParameter", message).about("identity")
}

/// A scale set as its own collection and Resource Graph show it.
fn to_json(state: &AzureState, scale_set: &StoredScaleSet) -> Value {
    let provisioning_state = match scale_set.pending {
        Some(_) => "Updating",
        None => "Succeeded",
    };
    let mut properties = scale_set.properties.clone();
    properties.insert("provisioningState".to_owned(), provisioning_state.into());
    let mut body = json!({
        "id": scale_set.id,
        "name": scale_set.id.name(),
        "type": ScaleSets::KIND,
        "location": scale_set.location,
        "tags": scale_set.tags,
        "sku": {"name": "Standard_D4s_v5", "tier": "Standard", "capacity": 2},
        "properties": properties,
    });
    if let Some(identity) = identity_to_json(state, scale_set) {
        body["identity"] = identity;
    }
    body
}

fn identity_to_json(state: &AzureState, scale_set: &StoredScaleSet) -> Option<Value> {
    let kind = match (scale_set.system_identity, scale_set.identities.is_empty()) {
        (None, true) => return None,
        (Some(_), true) => "SystemAssigned",
        (None, false) => "UserAssigned",
        (Some(_), false) => "SystemAssigned, UserAssigned",
    };
    let mut identity = json!({"type": kind});
    if let Some(principal) = scale_set.system_identity {
        identity["principalId"] = principal.to_string().into();
        identity["tenantId"] = state.directory.tenant_id.to_string().into();
    }
    let entries: Map<String, Value> = scale_set
        .identities
        .iter()
        .filter_map(|id| state.identities.get(id))
        .map(|it| {
            let ids = json!({"principalId": it.principal_id, "clientId": it.client_id});
            (casing::compute(&it.id), ids)
        })
        .collect();
    if !entries.is_empty() {
        identity["userAssignedIdentities"] = entries.into();
    }
    Some(identity)
}
