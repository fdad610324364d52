//! Role assignments: who holds which role where.

use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    call::{ArmCall, created, found},
    collection::CollectionHandlers,
    filter::ScopeFilter,
    listing,
    refusal::{ArmAnswer, ArmRefusal},
    route::ArmRoute,
    verb::Verb,
};
use crate::sandbox::{
    response::Response,
    state::{RoleAssignment, StoredPrincipal, StoredPrincipalKind},
};

const VERSIONS: &[&str] = &[
    "2015-07-01",
    "2018-01-01-preview",
    "2018-09-01-preview",
    "2020-04-01-preview",
    "2020-08-01-preview",
    "2020-10-01-preview",
    "2022-04-01",
];

const ALL: &str = "/{scope}/providers/Microsoft.Authorization/roleAssignments";
const ONE: &str = "/{scope}/providers/Microsoft.Authorization/roleAssignments/{name}";

pub(super) static COLLECTION: CollectionHandlers = CollectionHandlers::new(ROUTES)
    .of_type("Microsoft.Authorization/roleAssignments", VERSIONS)
    .with_others(|azure| {
        let held = azure.state.role_assignments.iter();
        held.map(to_json).collect()
    });

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(Verb::Get, ALL, VERSIONS, list)
        .needing("Microsoft.Authorization/roleAssignments/read")
        .with_parameters(&["$filter", listing::SKIP_TOKEN]),
    ArmRoute::new(Verb::Get, ONE, VERSIONS, read)
        .needing("Microsoft.Authorization/roleAssignments/read"),
    ArmRoute::new(Verb::Put, ONE, VERSIONS, put)
        .needing("Microsoft.Authorization/roleAssignments/write")
        .with_fields(&[
            "properties.roleDefinitionId",
            "properties.principalId",
            "properties.principalType",
            "properties.description",
            "properties.condition",
            "properties.conditionVersion",
        ]),
    ArmRoute::new(Verb::Delete, ONE, VERSIONS, delete)
        .needing("Microsoft.Authorization/roleAssignments/delete"),
];

fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
    let scope = call.scope()?;
    let filter = ScopeFilter::of(call)?;
    // Without a filter also those below the scope, such as on each resource of a subscription.
    let assignments = call
        .azure
        .state
        .role_assignments
        .iter()
        .filter(|held| filter.accepts(&scope, &held.scope, Some(held.principal_id)));
    listing::page(call, assignments, to_json)
}

fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    match existing(call)? {
        Some(assignment) => found(&to_json(assignment)),
        None => Err(ArmRefusal::not_found(
            "RoleAssignmentNotFound",
            format!(
                "The role assignment '{}' is not found.",
                call.path.get("name")
            ),
        )),
    }
}

fn put(call: &mut ArmCall<'_>) -> ArmAnswer {
    let requested = requested(call)?;
    let state = &call.azure.state;
    // By the name alone: it is unique in all scopes together.
    let same_name = state
        .role_assignments
        .iter()
        .find(|it| it.name == requested.name);
    if let Some(old) = same_name {
        // An identity that was deleted and made again has another principal: its name here must
        // differ.
        if !is_same_grant(old, &requested) {
            return Err(ArmRefusal::bad_request(
                "RoleAssignmentUpdateNotPermitted",
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
            ));
        }
        let changed = RoleAssignment {
            created: old.created,
            created_by: old.created_by,
            ..requested
        };
        return write(call, changed);
    }
    let twin = state
        .role_assignments
        .iter()
        .find(|it| is_same_grant(it, &requested));
    if let Some(twin) = twin {
        // Logs of 2026 have the id; the recordings, until October 2025, have the first sentence only.
        return Err(ArmRefusal::conflict(
            "RoleAssignmentExists",
            format!(
                "The role assignment already exists. The ID of the existing role assignment is {}.",
                twin.name.simple()
            ),
        ));
    }
    write(call, requested)
}

/// 201 every time, also when the very same assignment is written again (recorded in 288 of 288 writes).
fn write(call: &mut ArmCall<'_>, assignment: RoleAssignment) -> ArmAnswer {
    let mut body = to_json(&assignment);
    let assignments = &mut call.state().role_assignments;
    assignments.retain(|it| it.name != assignment.name);
    assignments.push(assignment);
    // Only later reads contain who made it (recorded in 256 of 262 answers).
    body["properties"]["createdBy"] = Value::Null;
    created(&body)
}

fn is_same_grant(one: &RoleAssignment, other: &RoleAssignment) -> bool {
    // The condition and the description are no part of what must be unique.
    one.scope == other.scope && one.role == other.role && one.principal_id == other.principal_id
}

fn delete(call: &mut ArmCall<'_>) -> ArmAnswer {
    let Some(gone) = existing(call)?.cloned() else {
        // For one that is gone already; one that was there is shown once more, with 200 (recorded).
        return Ok(Response::empty(StatusCode::NO_CONTENT));
    };
    call.state()
        .role_assignments
        .retain(|it| it.name != gone.name);
    found(&to_json(&gone))
}

fn name(call: &ArmCall<'_>) -> Result<Uuid, ArmRefusal> {
    let name = call.path.get("name");
    name.parse().map_err(|_| {
        ArmRefusal::bad_request(
            "InvalidRoleAssignmentId",
            format!("The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."),
        )
    })
}

fn existing<'c>(call: &'c ArmCall<'_>) -> Result<Option<&'c RoleAssignment>, ArmRefusal> {
    let (scope, name) = (call.scope()?, name(call)?);
    let mut assignments = call.azure.state.role_assignments.iter();
    Ok(assignments.find(|held| held.name == name && held.scope == scope))
}

fn requested(call: &ArmCall<'_>) -> Result<RoleAssignment, ArmRefusal> {
    let principal = principal(call)?;
    Ok(RoleAssignment {
        name: name(call)?,
        scope: call.scope()?,
        role: role(call)?,
        principal_id: principal.object_id,
        principal_type: principal.kind.name(),
        description: call.text("/properties/description"),
        condition: call.text("/properties/condition"),
        condition_version: call.text("/properties/conditionVersion"),
        created: call.now(),
        created_by: call.caller.object_id,
    })
}

/// The role that the body names by its full id, which must be assignable at the scope.
fn role(call: &ArmCall<'_>) -> Result<Uuid, ArmRefusal> {
    let id = call
        .text("/properties/roleDefinitionId")
        .unwrap_or_default();
    let Some(name) = definition_name(&id) else {
        return Err(ArmRefusal::bad_request(
            "BadRequestFormat",
            "The request was incorrectly formatted.",
        ));
    };
    let Ok(role) = name.parse::<Uuid>() else {
        return Err(ArmRefusal::bad_request(
            "InvalidRoleDefinitionId",
            format!("The role definition ID '{name}' is not valid."),
        ));
    };
    let scope = call.scope()?;
    let known = call.azure.state.role_with_id(role);
    // A custom role exists only at its assignable scopes.
    match known.filter(|it| it.is_assignable_at(&scope)) {
        Some(known) => Ok(known.id),
        None => Err(ArmRefusal::bad_request(
            "RoleDefinitionDoesNotExist",
            format!("The specified role definition with ID '{name}' does not exist."),
        )),
    }
}

/// The name in `[SCOPE]/providers/Microsoft.Authorization/roleDefinitions/NAME`.
fn definition_name(id: &str) -> Option<&str> {
    const COLLECTION: &str = "/providers/microsoft.authorization/roledefinitions/";
    // The same role has an id for each subscription: only the last segment tells roles apart.
    let at = id.to_ascii_lowercase().rfind(COLLECTION)?;
    Some(&id[at + COLLECTION.len()..])
}

/// The principal, found at once when the type is given as service principal; else only once the directory has
/// replicated, since Azure then has to look the type up.
fn principal<'c>(call: &'c ArmCall<'_>) -> Result<&'c StoredPrincipal, ArmRefusal> {
    let directory = &call.azure.state.directory;
    let id = call.text("/properties/principalId").unwrap_or_default();
    let kind = call.text("/properties/principalType");
    let skips_lookup = kind.as_deref() == Some(StoredPrincipalKind::ServicePrincipal.name());
    let is_known =
        |it: &&StoredPrincipal| skips_lookup || call.azure.has_replicated(it.created, call.now());
    let Ok(object_id) = id.parse::<Uuid>() else {
        return Err(ArmRefusal::bad_request(
            "InvalidPrincipalId",
            format!("The Principal ID '{id}' is not valid. Principal ID must be a GUID."),
        ));
    };
    let principal = directory.principal(object_id);
    let Some(principal) = principal.filter(is_known) else {
        return Err(ArmRefusal::bad_request(
            "PrincipalNotFound",
            format!(
                "Principal {} does not exist in the directory {}. Check that you have the correct principal ID. \
                 If you are creating this principal and then immediately assigning a role, this error might be related \
                 to a replication delay. In this case, set the role assignment principalType property to a value, \
                 such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype",
                // Without hyphens, unlike the ids of other messages (recorded).
                object_id.simple(),
                directory.tenant_id
            ),
        ));
    };
    match kind {
        Some(kind) if kind != principal.kind.name() => Err(ArmRefusal::bad_request(
            // The spelling and the spaces are Azure's (recorded 26 times).
            "UnmatchedPrincipalType",
            format!(
                "The PrincipalId '{}' has type '{}' , which is different from specified PrinciaplType '{kind}'.",
                object_id.simple(),
                principal.kind.name()
            ),
        )),
        _ => Ok(principal),
    }
}

fn to_json(held: &RoleAssignment) -> Value {
    let subscription = held.scope.subscription().unwrap_or_default();
    let definitions = "providers/Microsoft.Authorization/roleDefinitions";
    json!({
        "id": format!("{}/providers/Microsoft.Authorization/roleAssignments/{}", held.scope, held.name),
        "name": held.name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "roleDefinitionId": format!("/subscriptions/{subscription}/{definitions}/{}", held.role),
            "principalId": held.principal_id,
            "principalType": held.principal_type,
            "scope": held.scope,
            "condition": held.condition,
            "conditionVersion": held.condition_version,
            // Present and null, like the condition: this provider leaves no key out (recorded).
            "delegatedManagedIdentityResourceId": null,
            "description": held.description,
            "createdOn": held.created.to_string(),
            "updatedOn": held.created.to_string(),
            "createdBy": held.created_by,
            "updatedBy": held.created_by,
        },
    })
}
