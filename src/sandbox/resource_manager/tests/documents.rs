use serde_json::Value;

use super::*;

pub(super) fn register(azure: &TestAzure, namespace: &str) {
    azure.with_azure(|azure| {
        azure.state.subscriptions[0].register(namespace, Registration::Registered);
    });
}

#[test]
fn a_rule_group_is_kept_as_it_was_written() {
    let azure = with_monitor_registered(&Options::default());
    register(&azure, "Microsoft.AlertsManagement");
    let group =
        "{rg}/providers/Microsoft.AlertsManagement/prometheusRuleGroups/g?api-version=2023-03-01";
    let body = json!({"location": "westeurope", "properties": {
        "scopes": ["/a/workspace"],
        "rules": [{"record": "job:up:sum", "expression": "sum by (job) (up)"}],
    }});

    let made = azure.sends(&format!("PUT {group}"), &body);
    let without_rules = azure.sends(&format!("PUT {group}"), &json!({"location": "westeurope"}));
    let deleted = [(); 2].map(|()| azure.asks(&format!("DELETE {group}")).status.as_u16());

    assert_eq!(made.status, StatusCode::OK);
    assert_eq!(made.value()["properties"], body["properties"]);
    assert_eq!(without_rules.refusal(), "400 BadRequest");
    assert_eq!(deleted, [200, 204]);
}

#[test]
fn an_association_needs_one_thing_that_exists_and_is_missed_with_a_code_alone() {
    let azure = with_monitor_registered(&Options::default());
    register(&azure, "Microsoft.Insights");
    let cluster = "{rg}/providers/Microsoft.ContainerService/managedClusters/aks-prod";
    let association = format!(
        "{cluster}/providers/Microsoft.Insights/dataCollectionRuleAssociations/a?api-version=2022-06-01"
    );
    let endpoint = "{rg}/providers/Microsoft.Insights/dataCollectionEndpoints/e";
    let made = azure.sends(
        &format!("PUT {endpoint}?api-version=2023-03-11"),
        &json!({"location": "westeurope"}),
    );
    let to = |id: &Value| json!({"properties": {"dataCollectionEndpointId": id}});

    let missed = azure.asks(&format!("GET {association}"));
    let nowhere = azure.sends(&format!("PUT {association}"), &to(&json!("/none")));
    let associated = azure.sends(&format!("PUT {association}"), &to(&made.value()["id"]));
    let list = format!(
        "GET {cluster}/providers/Microsoft.Insights/dataCollectionRuleAssociations?api-version=2022-06-01"
    );

    assert_eq!(
        missed.value(),
        json!({"error": {"code": "ResourceNotFound"}})
    );
    assert_eq!(missed.header("x-ms-failure-cause"), None);
    assert_eq!(nowhere.refusal(), "400 InvalidPayload");
    assert_eq!(associated.status, StatusCode::OK);
    assert_eq!(azure.asks(&list).value()["value"][0]["name"], "a");
}

#[test]
fn a_fresh_workspace_refuses_its_metrics_container_for_some_tries() {
    let azure = with_monitor_registered(&Options::default());
    make_workspace(&azure);
    let container = "{rg}/providers/Microsoft.Monitor/accounts/W1/metricsContainers/default?api-version=2025-10-03";

    let tries = [(); 4].map(|()| azure.sends(&format!("PUT {container}"), &json!({})));

    assert_eq!(tries[2].refusal(), "500 DependencyFailure");
    assert_eq!(tries[2].header("x-ms-failure-cause"), Some("service"));
    assert_eq!(tries[3].status, StatusCode::OK);
    let id = tries[3].value()["id"].as_str().unwrap().to_owned();
    assert!(id.ends_with("/microsoft.monitor/accounts/w1/metricscontainers/default"));
}

#[test]
fn a_lock_holds_until_it_is_deleted_itself() {
    let azure = with_monitor_registered(&Options::default());
    let lock = "{rg}/providers/Microsoft.Authorization/locks/frozen?api-version=2016-09-01";
    let body = json!({"properties": {"level": "ReadOnly"}});

    let written = [(); 2].map(|()| azure.sends(&format!("PUT {lock}"), &body).status.as_u16());
    let held = make_workspace(&azure);
    let deleted = [(); 2].map(|()| azure.asks(&format!("DELETE {lock}")).status.as_u16());

    assert_eq!(written, [201, 200]);
    assert_eq!(held.refusal(), "409 ScopeLocked");
    assert_eq!(deleted, [200, 204]);
    assert_eq!(make_workspace(&azure).status, StatusCode::OK);
}

#[test]
fn a_connected_cluster_is_made_by_an_operation_of_the_tenant() {
    let azure = TestAzure::of("example");
    register(&azure, "Microsoft.Kubernetes");
    let cluster =
        "{rg}/providers/Microsoft.Kubernetes/connectedClusters/arc?api-version=2021-10-01";
    let body = json!({"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": {
        "agentPublicKeyCertificate": "key",
    }});

    let made = azure.sends(&format!("PUT {cluster}"), &body);
    let url = made.header("azure-asyncoperation").unwrap().to_owned();
    let operation = url.split_once("/resource-manager").unwrap().1;
    let polls = [(); 2].map(|()| azure.asks(&format!("GET {operation}")).value()["status"].clone());
    let read = azure.asks(&format!("GET {cluster}")).value();
    let deleted = azure.asks(&format!("DELETE {cluster}"));

    assert_eq!(made.status, StatusCode::CREATED);
    assert!(operation.starts_with("/providers/Microsoft.Kubernetes/locations/WESTEUROPE/"));
    assert_eq!(polls, ["Accepted", "Succeeded"]);
    assert_eq!(read["type"], "microsoft.kubernetes/connectedclusters");
    assert_eq!(read["properties"]["provisioningState"], "Succeeded");
    assert!(read["properties"].get("oidcIssuerProfile").is_none());
    assert_eq!(deleted.value(), Value::Null);
}

#[test]
fn an_alert_may_be_global() {
    let azure = TestAzure::of("example");
    register(&azure, "Microsoft.Insights");
    let alert = "PUT {rg}/providers/Microsoft.Insights/metricAlerts/a?api-version=2018-03-01";

    let made = azure.sends(
        alert,
        &json!({"location": "global", "properties": {"severity": 0}}),
    );

    assert_eq!(made.value()["location"], "global");
    assert_eq!(made.value()["properties"]["actions"], json!([]));
}
