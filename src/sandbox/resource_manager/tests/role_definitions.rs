use serde_json::Value;

use super::*;
use crate::sandbox::state::{RoleAssignment, role_named};

const NAME: &str = "11111111-2222-4333-8444-777777777777";

fn line(method: &str) -> String {
    format!(
        "{method} {{s}}/providers/Microsoft.Authorization/roleDefinitions/{NAME}?api-version=2022-04-01"
    )
}

fn reader_of_workspaces(name: &str) -> Value {
    json!({"properties": {
        "roleName": name,
        "assignableScopes": ["/subscriptions/11111111-1111-4111-8111-111111111111"],
        "permissions": [{"actions": ["Microsoft.Monitor/accounts/read"]}],
    }})
}

/// The role with the subscription of the sandbox as its scope.
fn make(azure: &TestAzure, name: &str) -> Response {
    let subscription = azure.with_azure(|azure| azure.state.subscriptions[0].id);
    let mut role = reader_of_workspaces(name);
    role["properties"]["assignableScopes"] = json!([format!("/subscriptions/{subscription}")]);
    azure.sends(&line("PUT"), &role)
}

#[test]
fn a_custom_role_is_made_listed_and_removed() {
    let azure = TestAzure::of("example");
    let listed = "GET {s}/providers/Microsoft.Authorization/roleDefinitions?$filter=type eq 'CustomRole'&api-version=2022-04-01";

    let made = make(&azure, "Workspace reader");
    let changed = make(&azure, "Reader of workspaces");
    let list = azure.asks(listed).value();
    let gone = azure.asks(&line("DELETE"));
    let again = azure.asks(&line("DELETE"));

    assert_eq!((made.status.as_u16(), changed.status.as_u16()), (201, 201));
    assert_eq!(made.value()["properties"]["type"], "CustomRole");
    assert_eq!(made.value()["properties"]["createdBy"], Value::Null);
    assert_eq!(list["value"].as_array().unwrap().len(), 1);
    assert_eq!(
        list["value"][0]["properties"]["roleName"],
        "Reader of workspaces"
    );
    assert_eq!((gone.status.as_u16(), again.status.as_u16()), (200, 204));
    assert_eq!(
        azure.asks(&line("GET")).refusal(),
        "404 RoleDefinitionDoesNotExist"
    );
}

#[test]
fn a_custom_role_allows_its_own_actions_only() {
    let azure = TestAzure::of("example");
    make(&azure, "Workspace reader");
    azure.with_azure(|azure| {
        azure.state.role_assignments.truncate(1);
        azure.state.role_assignments[0].role = NAME.parse().unwrap();
    });

    let read = azure.asks("GET {s}/providers/Microsoft.Monitor/accounts?api-version=2023-04-03");
    let other = azure.asks("GET {s}/resourceGroups?api-version=2024-11-01");

    assert_eq!(read.status.as_u16(), 200);
    assert_eq!(other.refusal(), "403 AuthorizationFailed");
}

#[test]
fn a_role_that_is_held_cannot_be_removed() {
    let azure = TestAzure::of("example");
    make(&azure, "Workspace reader");
    azure.with_azure(|azure| azure.state.role_assignments[0].role = NAME.parse().unwrap());

    let kept = azure.asks(&line("DELETE"));

    assert_eq!(kept.refusal(), "403 AuthorizationFailed");
    azure.with_azure(|azure| {
        let owner = azure.state.role_assignments[0].clone();
        let role = role_named("Owner").id;
        azure
            .state
            .role_assignments
            .push(RoleAssignment { role, ..owner });
    });
    assert_eq!(
        azure.asks(&line("DELETE")).refusal(),
        "400 RoleDefinitionHasAssignments"
    );
}

#[test]
fn a_role_needs_a_free_name_a_scope_and_one_set_of_permissions() {
    let azure = TestAzure::of("example");
    let without = |field: &str| {
        let mut role = reader_of_workspaces("Workspace reader");
        role["properties"].as_object_mut().unwrap().remove(field);
        azure.sends(&line("PUT"), &role).refusal()
    };

    assert_eq!(
        make(&azure, "reader").refusal(),
        "409 RoleDefinitionWithSameNameExists"
    );
    for field in ["roleName", "assignableScopes", "permissions"] {
        assert_eq!(without(field), "400 InvalidRequestContent");
    }
}

#[test]
fn a_role_is_assigned_by_its_full_id() {
    let azure = TestAzure::of("example");
    let assign = |definition: &str| {
        let put = "PUT {rg}/providers/Microsoft.Authorization/roleAssignments/11111111-2222-4333-8444-555555555555?api-version=2022-04-01";
        let principal = azure.with_azure(|azure| azure.state.directory.principals[0].object_id);
        let properties = json!({"roleDefinitionId": definition, "principalId": principal});
        azure
            .sends(put, &json!({"properties": properties}))
            .refusal()
    };
    let prefix = "/providers/Microsoft.Authorization/roleDefinitions/";

    assert_eq!(
        assign("acdd72a7-3385-48ef-bd42-f606fba81ae7"),
        "400 BadRequestFormat"
    );
    assert_eq!(
        assign(&format!("{prefix}acdd72a7|")),
        "400 InvalidRoleDefinitionId"
    );
    assert_eq!(
        assign(&format!("{prefix}{NAME}")),
        "400 RoleDefinitionDoesNotExist"
    );
}
