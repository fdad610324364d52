//! Role definitions: the built-in roles, and those that the tenant makes.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    call::{ArmCall, created, found},
    collection::CollectionHandlers,
    listing,
    refusal::{ArmAnswer, ArmRefusal},
    route::ArmRoute,
    verb::Verb,
};
use crate::sandbox::{
    response::Response,
    state::{ActionPatterns, CustomRole, Role, RolePermission, StoredResourceId},
};

const VERSIONS: &[&str] = &[
    "2015-07-01",
    "2018-01-01-preview",
    "2022-04-01",
    "2022-05-01-preview",
];

const ALL: &str = "/{scope}/providers/Microsoft.Authorization/roleDefinitions";
const ONE: &str = "/{scope}/providers/Microsoft.Authorization/roleDefinitions/{name}";

/// When the built-in roles were made.
const BUILT_IN_SINCE: &str = "2015-02-02T21:55:09.8806423Z";

pub(super) static COLLECTION: CollectionHandlers = CollectionHandlers::new(ROUTES)
    .of_type("Microsoft.Authorization/roleDefinitions", VERSIONS)
    .with_others(|azure| {
        let made = azure.state.custom_roles.iter();
        made.map(|role| to_json(role, own_subscription(role)))
            .collect()
    });

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(Verb::Get, ALL, VERSIONS, list)
        .needing("Microsoft.Authorization/roleDefinitions/read")
        .with_parameters(&["$filter", listing::SKIP_TOKEN]),
    ArmRoute::new(Verb::Get, ONE, VERSIONS, read)
        .needing("Microsoft.Authorization/roleDefinitions/read"),
    ArmRoute::new(Verb::Put, ONE, VERSIONS, put)
        .needing("Microsoft.Authorization/roleDefinitions/write")
        .with_fields(&[
            "name",
            "properties.roleName",
            "properties.type",
            "properties.description",
            "properties.assignableScopes",
            "properties.permissions.actions",
            "properties.permissions.notActions",
            "properties.permissions.dataActions",
            "properties.permissions.notDataActions",
        ]),
    ArmRoute::new(Verb::Delete, ONE, VERSIONS, delete)
        .needing("Microsoft.Authorization/roleDefinitions/delete"),
];

fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
    let scope = call.scope()?;
    let filter = RoleFilter::of(call)?;
    let state = &call.azure.state;
    let roles = state
        .roles()
        // Built-in roles show at every scope, custom ones only where they can be assigned.
        .filter(|role| role.is_assignable_at(&scope) && filter.accepts(role));
    listing::page(call, roles, |role| to_json(role, subscription_of(call)))
}

/// Which roles a list asks for.
enum RoleFilter {
    Everything,
    Named(String),
    /// `BuiltInRole` or `CustomRole`.
    OfType(String),
}

impl RoleFilter {
    fn of(call: &ArmCall<'_>) -> Result<Self, ArmRefusal> {
        let Some(filter) = call.request.query("$filter") else {
            return Ok(Self::Everything);
        };
        let value_of = |property: &str| {
            let rest = filter.strip_prefix(property)?;
            Some(rest.strip_prefix(" eq '")?.strip_suffix('\'')?.to_owned())
        };
        let named = value_of("roleName").map(Self::Named);
        let of_type = || value_of("type").map(Self::OfType);
        named.or_else(of_type).ok_or_else(|| {
            ArmRefusal::bad_request(
                "UnsupportedQuery",
                format!(
                    "The filter '{filter}' is not supported. Supported filters are roleName eq '{{name}}' and type eq '{{type}}'."
                ),
            )
        })
    }

    fn accepts(&self, role: &Role) -> bool {
        match self {
            Self::Everything => true,
            Self::Named(name) => role.name.eq_ignore_ascii_case(name),
            Self::OfType(kind) => kind_of(role).eq_ignore_ascii_case(kind),
        }
    }
}

fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    let id = name(call)?;
    match call.azure.state.role_with_id(id) {
        Some(role) => found(&to_json(role, subscription_of(call))),
        None => Err(ArmRefusal::not_found(
            "RoleDefinitionDoesNotExist",
            format!("The specified role definition with ID '{id}' does not exist."),
        )),
    }
}

/// 201 every time, for a change too (recorded in 5 of 5 writes).
fn put(call: &mut ArmCall<'_>) -> ArmAnswer {
    call.scope()?;
    let old = custom(call)?.cloned();
    let role = requested(call, old.and_then(|it| it.custom))?;
    // Names are unique in the whole tenant, whatever the scopes of the roles.
    let taken = |it: &Role| it.id != role.id && it.name.eq_ignore_ascii_case(&role.name);
    if call.azure.state.roles().any(taken) {
        return Err(ArmRefusal::conflict(
            "RoleDefinitionWithSameNameExists",
            format!(
                "A role definition cannot be updated with a name that already exists: '{}'.",
                role.name
            ),
        ));
    }
    let mut body = to_json(&role, subscription_of(call));
    // Only later reads contain who made it.
    body["properties"]["createdBy"] = Value::Null;
    let roles = &mut call.state().custom_roles;
    roles.retain(|it| it.id != role.id);
    roles.push(role);
    created(&body)
}

fn delete(call: &mut ArmCall<'_>) -> ArmAnswer {
    call.scope()?;
    let Some(gone) = custom(call)?.cloned() else {
        return Ok(Response::empty(http::StatusCode::NO_CONTENT));
    };
    let held = call.azure.state.role_assignments.iter();
    // Azure keeps a role that someone holds.
    let in_use = held.filter(|it| it.role == gone.id).count();
    if in_use > 0 {
        return Err(ArmRefusal::bad_request(
            "RoleDefinitionHasAssignments",
            format!(
                "There are existing role assignments referencing role (code: RoleDefinitionHasAssignments): {in_use}."
            ),
        ));
    }
    call.state().custom_roles.retain(|it| it.id != gone.id);
    found(&to_json(&gone, subscription_of(call)))
}

/// The name in the path, which must be a GUID.
fn name(call: &ArmCall<'_>) -> Result<Uuid, ArmRefusal> {
    let name = call.path.get("name");
    name.parse().map_err(|_| {
        ArmRefusal::bad_request(
            "InvalidRoleDefinitionId",
            format!("The role definition ID '{name}' is not valid."),
        )
    })
}

/// The custom role that the path names, if it exists; a built-in role cannot be changed.
fn custom<'c>(call: &'c ArmCall<'_>) -> Result<Option<&'c Role>, ArmRefusal> {
    let role = call.azure.state.role_with_id(name(call)?);
    match role {
        Some(role) if role.custom.is_none() => Err(ArmRefusal::bad_content(format!(
            "The role '{}' is built in and cannot be changed.",
            role.name
        ))),
        role => Ok(role),
    }
}

fn requested(call: &ArmCall<'_>, old: Option<CustomRole>) -> Result<Role, ArmRefusal> {
    let required = |field: &str| {
        ArmRefusal::bad_content(format!("The property '{field}' of a role is required."))
    };
    let properties = &call.body["properties"];
    let name = call
        .text("/properties/roleName")
        .filter(|it| !it.is_empty());
    let scopes = texts(&properties["assignableScopes"]);
    if scopes.is_empty() {
        return Err(required("assignableScopes"));
    }
    let [permission] = properties["permissions"]
        .as_array()
        .map_or(&[][..], Vec::as_slice)
    else {
        return Err(ArmRefusal::bad_content(
            "A role has one element in 'permissions'.",
        ));
    };
    let (now, caller) = (call.now(), call.caller.object_id);
    let (made, made_by) = old.map_or((now, caller), |it| (it.created, it.created_by));
    Ok(Role {
        name: name.ok_or_else(|| required("roleName"))?.into(),
        id: self::name(call)?,
        description: call.text("/properties/description").map(Into::into),
        permission: permission_of(permission),
        custom: Some(CustomRole {
            assignable_scopes: scopes.into_iter().map(StoredResourceId::new).collect(),
            created: made,
            created_by: made_by,
            updated: now,
            updated_by: caller,
        }),
    })
}

fn permission_of(requested: &Value) -> RolePermission {
    // What is left out is an empty list: a role without `dataActions` allows none.
    let patterns = |field: &str| ActionPatterns::Custom(texts(&requested[field]));
    RolePermission {
        actions: patterns("actions"),
        not_actions: patterns("notActions"),
        data_actions: patterns("dataActions"),
        not_data_actions: patterns("notDataActions"),
    }
}

fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn kind_of(role: &Role) -> &'static str {
    match role.custom {
        Some(_) => "CustomRole",
        None => "BuiltInRole",
    }
}

/// The subscription of the path, in which the id of the role is written.
fn subscription_of<'c>(call: &'c ArmCall<'_>) -> &'c str {
    // The same role comes back with the id of whichever subscription was asked.
    let mut segments = call.path.get("scope").trim_matches('/').split('/').skip(1);
    segments.next().unwrap_or_default()
}

/// The subscription of the first scope where a custom role can be assigned.
fn own_subscription(role: &Role) -> &str {
    let scopes = role.custom.iter().flat_map(|it| &it.assignable_scopes);
    scopes
        .filter_map(StoredResourceId::subscription)
        .next()
        .unwrap_or_default()
}

fn to_json(role: &Role, subscription: &str) -> Value {
    let mut properties = json!({
        "roleName": role.name,
        "type": kind_of(role),
        "description": role.description,
        // A built-in role can be assigned everywhere.
        "assignableScopes": ["/"],
        "permissions": [{
            "actions": role.permission.actions,
            "notActions": role.permission.not_actions,
            "dataActions": role.permission.data_actions,
            "notDataActions": role.permission.not_data_actions,
        }],
        "createdOn": BUILT_IN_SINCE,
        "updatedOn": BUILT_IN_SINCE,
        "createdBy": null,
        "updatedBy": null,
    });
    if let Some(custom) = &role.custom {
        properties["assignableScopes"] = json!(custom.assignable_scopes);
        properties["createdOn"] = custom.created.to_string().into();
        properties["updatedOn"] = custom.updated.to_string().into();
        properties["createdBy"] = json!(custom.created_by);
        properties["updatedBy"] = json!(custom.updated_by);
    }
    json!({
        "properties": properties,
        "id": format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{}", role.id),
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role.id,
    })
}
