//! The permissions of a caller at a scope, and the deny assignments that restrict them.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    call::{ArmCall, found},
    collection::CollectionHandlers,
    filter::ScopeFilter,
    listing,
    refusal::ArmAnswer,
    route::ArmRoute,
    verb::Verb,
};
use crate::sandbox::{
    authorization::roles_at,
    state::{Role, StoredDenyAssignment},
};

/// Older versions know `actions` and `notActions` only.
const KNOWS_DATA_ACTIONS_SINCE: &str = "2022-04-01";

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::new(ROUTES).with_others(|azure| {
        let denied = azure.state.deny_assignments.iter();
        denied.map(deny_assignment_to_json).collect()
    });

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(
        Verb::Get,
        "/{scope}/providers/Microsoft.Authorization/permissions",
        &[
            "2015-07-01",
            "2018-01-01-preview",
            "2022-04-01",
            "2022-05-01-preview",
        ],
        permissions,
    ),
    ArmRoute::new(
        Verb::Get,
        "/{scope}/providers/Microsoft.Authorization/denyAssignments",
        &["2018-07-01-preview", "2022-04-01", "2024-07-01-preview"],
        deny_assignments,
    )
    .needing("Microsoft.Authorization/denyAssignments/read")
    .with_parameters(&["$filter", listing::SKIP_TOKEN]),
];

/// One element per role that the caller holds here or above; it knows nothing of denials, locks and policies.
fn permissions(call: &mut ArmCall<'_>) -> ArmAnswer {
    let scope = call.scope()?;
    // One element for each role, since exclusions count within their own element only.
    let elements: Vec<Value> = roles_at(&call.azure.state, call.caller.object_id, &scope)
        .filter_map(|held| call.azure.state.role_with_id(held.role))
        .map(|role| permission_to_json(role, call.version()))
        .collect();
    let mut page = json!({"value": elements});
    if call.version() >= KNOWS_DATA_ACTIONS_SINCE {
        page["nextLink"] = Value::Null;
    }
    found(&page)
}

fn permission_to_json(role: &Role, version: &str) -> Value {
    if version < KNOWS_DATA_ACTIONS_SINCE {
        return json!({
            "actions": role.permission.actions,
            "notActions": role.permission.not_actions,
        });
    }
    json!({
        "actions": role.permission.actions,
        "notActions": role.permission.not_actions,
        "dataActions": role.permission.data_actions,
        "notDataActions": role.permission.not_data_actions,
        // A role with a condition is a "maybe": only the write itself shows whether it holds.
        "condition": null,
        "conditionVersion": null,
    })
}

fn deny_assignments(call: &mut ArmCall<'_>) -> ArmAnswer {
    let scope = call.scope()?;
    let filter = ScopeFilter::of(call)?;
    let denied = call
        .azure
        .state
        .deny_assignments
        .iter()
        .filter(|it| filter.accepts(&scope, &it.scope, None));
    listing::page(call, denied, deny_assignment_to_json)
}

fn deny_assignment_to_json(denied: &StoredDenyAssignment) -> Value {
    let excluded: Vec<Value> = denied
        .excluded_principals
        .iter()
        .map(|id| json!({"id": id, "type": "ServicePrincipal"}))
        .collect();
    json!({
        "id": format!("{}/providers/Microsoft.Authorization/denyAssignments/{}", denied.scope, denied.name),
        "name": denied.name,
        "type": "Microsoft.Authorization/denyAssignments",
        "properties": {
            "denyAssignmentName": denied.display_name,
            "permissions": [{
                "actions": denied.actions,
                "notActions": denied.not_actions,
                "dataActions": [],
                "notDataActions": [],
            }],
            "scope": denied.scope,
            "doNotApplyToChildScopes": false,
            // The nil GUID means everyone; exceptions are in `excludePrincipals`.
            "principals": [{"id": Uuid::nil(), "type": "SystemDefined"}],
            "excludePrincipals": excluded,
            "isSystemProtected": true,
        },
    })
}
