//! The built-in roles.

use serde_json::{Value, json};

use super::{
    call::{ArmCall, found},
    collection::CollectionHandlers,
    listing,
    refusal::{ArmAnswer, ArmRefusal},
    route::ArmRoute,
    verb::Verb,
};
use crate::sandbox::state::{ROLES, Role, StoredResourceId};

const VERSIONS: &[&str] = &[
    "2015-07-01",
    "2018-01-01-preview",
    "2022-04-01",
    "2022-05-01-preview",
];

pub(super) static COLLECTION: CollectionHandlers = CollectionHandlers::new(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(
        Verb::Get,
        "/{scope}/providers/Microsoft.Authorization/roleDefinitions",
        VERSIONS,
        list,
    )
    .needing("Microsoft.Authorization/roleDefinitions/read")
    .with_parameters(&["$filter", listing::SKIP_TOKEN]),
    ArmRoute::new(
        Verb::Get,
        "/{scope}/providers/Microsoft.Authorization/roleDefinitions/{name}",
        VERSIONS,
        read,
    )
    .needing("Microsoft.Authorization/roleDefinitions/read"),
];

fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
    let wanted = wanted_name(call)?;
    let roles = ROLES
        .iter()
        .filter(|role| wanted.is_none_or(|name| role.name.eq_ignore_ascii_case(name)));
    listing::page(call, roles, |role| to_json(call, role))
}

/// The name in `roleName eq '…'`, the only filter there is here.
fn wanted_name<'c>(call: &'c ArmCall<'_>) -> Result<Option<&'c str>, ArmRefusal> {
    let Some(filter) = call.request.query("$filter") else {
        return Ok(None);
    };
    let name = filter
        .strip_prefix("roleName eq '")
        .and_then(|rest| rest.strip_suffix('\''));
    match name {
        Some(name) => Ok(Some(name)),
        None => Err(ArmRefusal::bad_request(
            "UnsupportedQuery",
            format!(
                "The filter '{filter}' is not supported. The supported filter is roleName eq '{{name}}'."
            ),
        )),
    }
}

fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    let name = call.path.get("name");
    let role = ROLES
        .iter()
        .find(|role| role.id.to_string().eq_ignore_ascii_case(name));
    match role {
        Some(role) => found(&to_json(call, role)),
        None => Err(ArmRefusal::not_found(
            "RoleDefinitionDoesNotExist",
            format!("The specified role definition with ID '{name}' does not exist."),
        )),
    }
}

fn to_json(call: &ArmCall<'_>, role: &Role) -> Value {
    let scope = StoredResourceId::new(call.path.get("scope"));
    let subscription = scope.subscription().unwrap_or_default();
    json!({
        "id": format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{}", role.id),
        "name": role.id,
        "type": "Microsoft.Authorization/roleDefinitions",
        "properties": {
            "roleName": role.name,
            "type": "BuiltInRole",
            "assignableScopes": ["/"],
            "permissions": [{
                "actions": role.permission.actions,
                "notActions": role.permission.not_actions,
                "dataActions": role.permission.data_actions,
                "notDataActions": [],
            }],
        },
    })
}
