use super::*;
use crate::sandbox::state::{LockLevel, Policy, StoredLock, StoredResourceId, role_named};
use crate::sandbox::testing::start_time;

/// An example world in which the signed-in application holds this one role.
fn signed_in_as(role: &str) -> TestAzure {
    let azure = with_monitor_registered(&Options::default());
    azure.with_azure(|azure| {
        azure.state.role_assignments.truncate(1);
        azure.state.role_assignments[0].role = role_named(role).id;
    });
    azure
}

const ASSIGNMENT: &str = "{rg}/providers/Microsoft.Authorization/roleAssignments/\
    11111111-2222-4333-8444-555555555555?api-version=2022-04-01";

#[test]
fn a_contributor_makes_workspaces_but_grants_nothing() {
    let azure = signed_in_as("Contributor");

    let workspace = make_workspace(&azure);
    let grant = azure.sends(&format!("PUT {ASSIGNMENT}"), &json!({"properties": {}}));

    assert_eq!(workspace.status, StatusCode::OK);
    assert_eq!(grant.refusal(), "403 AuthorizationFailed");
    let message = grant.value()["error"]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(message.contains("with object id '"), "{message}");
    assert!(
        message.contains("action 'Microsoft.Authorization/roleAssignments/write'"),
        "{message}"
    );
}

#[test]
fn a_reader_looks_and_does_not_touch() {
    let azure = signed_in_as("Reader");

    let read = azure.asks("GET {rg}?api-version=2024-11-01");
    let write = make_workspace(&azure);
    let permissions =
        azure.asks("GET {rg}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01");

    assert_eq!(read.status, StatusCode::OK);
    assert_eq!(write.refusal(), "403 AuthorizationFailed");
    assert_eq!(
        permissions.value()["value"][0]["actions"],
        json!(["*/read"])
    );
}

#[test]
fn without_any_role_a_subscription_is_not_even_listed() {
    let azure = signed_in_as("Owner");
    azure.with_azure(|azure| azure.state.role_assignments.clear());

    let list = azure.asks("GET /subscriptions?api-version=2022-12-01");
    let one = azure.asks("GET {s}?api-version=2022-12-01");

    assert_eq!(list.value()["value"], json!([]));
    assert_eq!(one.refusal(), "403 AuthorizationFailed");
}

#[test]
fn a_read_only_lock_stops_even_an_owner_and_permissions_know_nothing_of_it() {
    let azure = signed_in_as("Owner");
    azure.with_azure(|azure| {
        let subscription = azure.state.subscriptions[0].id;
        let group = StoredResourceId::group(subscription, "rg-prod");
        let lock = StoredLock::new(group, "frozen", LockLevel::ReadOnly, start_time());
        azure.state.locks.insert(lock);
    });

    let write = make_workspace(&azure);
    let kubeconfig = azure.asks(
        "POST {rg}/providers/Microsoft.ContainerService/managedClusters/aks-prod/listClusterUserCredential?api-version=2025-01-01",
    );
    let permissions =
        azure.asks("GET {rg}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01");
    let locks =
        azure.asks("GET {rg}/providers/Microsoft.Authorization/locks?api-version=2016-09-01");

    assert_eq!(write.refusal(), "409 ScopeLocked");
    assert_eq!(kubeconfig.refusal(), "409 ScopeLocked");
    assert_eq!(permissions.value()["value"][0]["actions"], json!(["*"]));
    assert_eq!(locks.value()["value"][0]["properties"]["level"], "ReadOnly");
}

#[test]
fn a_policy_on_resource_groups_stops_a_workspace_too() {
    let azure = signed_in_as("Owner");
    azure.with_azure(|azure| {
        let subscription = azure.state.subscriptions[0].id;
        azure.state.policies.push(Policy {
            name: "no-new-groups".to_owned(),
            scope: StoredResourceId::subscription_scope(subscription),
            resource_type: "microsoft.resources/subscriptions/resourcegroups".to_owned(),
        });
    });

    let denied = make_workspace(&azure);

    assert_eq!(denied.refusal(), "403 RequestDisallowedByPolicy");
    let info = denied.value()["error"]["additionalInfo"][0]["info"].clone();
    assert_eq!(info["policyAssignmentName"], "no-new-groups");
}

#[test]
fn a_disabled_subscription_can_be_read_but_not_written() {
    let azure = signed_in_as("Owner");
    azure.with_azure(|azure| azure.state.subscriptions[0].state = "Disabled");

    let read = azure.asks("GET {rg}?api-version=2024-11-01");
    let write = make_workspace(&azure);

    assert_eq!(read.status, StatusCode::OK);
    assert_eq!(write.refusal(), "409 ReadOnlyDisabledSubscription");
}

#[test]
fn a_subscription_of_another_tenant_names_that_tenant() {
    let azure = signed_in_as("Owner");
    let home = azure.with_azure(|azure| {
        azure.state.subscriptions[0].tenant_id = crate::sandbox::state::guid_for("elsewhere");
        azure.state.subscriptions[0].tenant_id
    });

    let answer = azure.asks("GET {s}?api-version=2022-12-01");

    assert_eq!(answer.refusal(), "401 InvalidAuthenticationTokenTenant");
    assert!(
        answer.value()["error"]["message"]
            .as_str()
            .unwrap()
            .contains(&home.to_string())
    );
}

#[test]
fn the_managed_group_can_be_read_and_granted_on_but_not_changed() {
    let azure = with_monitor_registered(&Options::default());
    make_workspace(&azure);
    let group = "{s}/resourceGroups/MA_w1_westeurope_managed";

    let read = azure.asks(&format!("GET {group}?api-version=2024-11-01"));
    let delete = azure.asks(&format!("DELETE {group}?api-version=2024-11-01"));
    let denied = azure.asks(&format!(
        "GET {group}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01"
    ));

    assert!(
        read.value()["managedBy"]
            .as_str()
            .unwrap()
            .ends_with("/accounts/w1")
    );
    assert_eq!(delete.refusal(), "403 DenyAssignmentAuthorizationFailed");
    assert_eq!(
        denied.value()["value"][0]["properties"]["principals"][0]["type"],
        "SystemDefined"
    );
}
