use serde_json::Value;

use super::*;
use crate::sandbox::state::{StoredDenyAssignment, StoredResourceId, guid_for, role_named};

const POOL: &str = "{s}/resourceGroups/MC_rg-prod_aks-prod_westeurope/providers/Microsoft.Compute/\
    virtualMachineScaleSets/aks-user-10000002-vmss?api-version=2024-11-01";

/// Makes an identity; returns its id.
fn make_identity(azure: &TestAzure) -> String {
    let put = "PUT {rg}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id1?api-version=2024-11-30";
    let made = azure.sends(put, &json!({"location": "westeurope"})).value();
    made["id"].as_str().unwrap().to_owned()
}

fn identities(azure: &TestAzure) -> (Value, Vec<String>) {
    let identity = azure.asks(&format!("GET {POOL}")).value()["identity"].clone();
    let assigned = identity["userAssignedIdentities"].as_object();
    let names = assigned.into_iter().flatten();
    let names = names.map(|(id, _)| id.rsplit('/').next().unwrap().to_owned());
    (identity["type"].clone(), names.collect())
}

fn patch(azure: &TestAzure, identity: &Value) -> Response {
    azure.sends(&format!("PATCH {POOL}"), &json!({"identity": identity}))
}

#[test]
fn an_identity_is_added_to_the_others_and_null_removes_it() {
    let azure = TestAzure::of("example");
    let id = make_identity(&azure);
    let before = identities(&azure).1.len();

    patch(
        &azure,
        &json!({"type": "UserAssigned", "userAssignedIdentities": {id.clone(): {}}}),
    );
    let with = identities(&azure).1;
    patch(
        &azure,
        &json!({"type": "UserAssigned", "userAssignedIdentities": {id: null}}),
    );
    let without = identities(&azure).1;

    assert_eq!(with.len(), before + 1);
    assert!(with.contains(&"id1".to_owned()));
    assert_eq!(without.len(), before);
}

#[test]
fn a_type_sent_alone_wipes_what_it_leaves_out() {
    let azure = TestAzure::of("example");

    patch(&azure, &json!({"type": "SystemAssigned"}));

    assert_eq!(identities(&azure), (json!("SystemAssigned"), vec![]));
}

#[test]
fn ids_come_back_with_the_group_in_capitals() {
    let azure = TestAzure::of("example");
    let id = make_identity(&azure);

    let answer = patch(
        &azure,
        &json!({"type": "UserAssigned", "userAssignedIdentities": {id: {}}}),
    );

    let keys = answer.value()["identity"]["userAssignedIdentities"].to_string();
    assert!(keys.contains("/resourceGroups/RG-PROD/"), "{keys}");
}

#[test]
fn an_update_takes_its_time() {
    let azure = TestAzure::of("example");

    let accepted = patch(&azure, &json!({"type": "SystemAssigned, UserAssigned"}));

    assert_eq!(accepted.status, StatusCode::OK);
    assert_eq!(
        accepted.value()["properties"]["provisioningState"],
        "Updating"
    );
    let url = accepted.header("azure-asyncoperation").unwrap().to_owned();
    let operation = url.split_once("/resource-manager").unwrap().1;
    let polls = [(); 2].map(|()| azure.asks(&format!("GET {operation}")).value()["status"].clone());
    assert_eq!(polls, ["InProgress", "Succeeded"]);
    let ended = azure.asks(&format!("GET {POOL}")).value();
    assert_eq!(ended["properties"]["provisioningState"], "Succeeded");
}

#[test]
fn assigning_takes_a_right_on_the_identity_as_well() {
    let azure = TestAzure::of("example");
    let id = make_identity(&azure);
    azure.with_azure(|azure| {
        azure.state.role_assignments[0].role = role_named("Virtual Machine Contributor").id;
    });

    let answer = patch(
        &azure,
        &json!({"type": "UserAssigned", "userAssignedIdentities": {id: {}}}),
    );

    assert_eq!(answer.refusal(), "403 LinkedAuthorizationFailed");
}

#[test]
fn a_locked_down_node_group_denies_the_patch() {
    let azure = TestAzure::of("example");
    azure.with_azure(|azure| {
        let subscription = azure.state.subscriptions[0].id;
        azure.state.deny_assignments.push(StoredDenyAssignment {
            name: guid_for("lock-down"),
            display_name: "node group lock-down".to_owned(),
            scope: StoredResourceId::group(subscription, "MC_rg-prod_aks-prod_westeurope"),
            actions: vec!["*/write"],
            not_actions: Vec::new(),
            excluded_principals: Vec::new(),
        });
    });

    let answer = patch(&azure, &json!({"type": "None"}));

    assert_eq!(answer.refusal(), "403 DenyAssignmentAuthorizationFailed");
}
