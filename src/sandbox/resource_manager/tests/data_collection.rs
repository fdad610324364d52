use serde_json::Value;

use super::*;

const ENDPOINT: &str = "{rg}/providers/Microsoft.Insights/dataCollectionEndpoints/e1";
const RULE: &str = "{rg}/providers/Microsoft.Insights/dataCollectionRules/r1";

fn make_endpoint(azure: &TestAzure) -> Value {
    let put = format!("PUT {ENDPOINT}?api-version=2023-03-11");
    azure
        .sends(&put, &json!({"location": "westeurope"}))
        .value()
}

fn make_rule(azure: &TestAzure, location: &str, endpoint: &Value) -> Response {
    let workspace = azure
        .signed("PUT {rg}/providers/Microsoft.Monitor/accounts/w1")
        .path;
    let body = json!({"location": location, "properties": {
        "dataCollectionEndpointId": endpoint["id"],
        "dataSources": {},
        "destinations": {"monitoringAccounts": [{"accountResourceId": workspace, "name": "here"}]},
        "dataFlows": [{"streams": ["Microsoft-PrometheusMetrics"], "destinations": ["here"]}],
    }});
    azure.sends(&format!("PUT {RULE}?api-version=2022-06-01"), &body)
}

#[test]
fn a_rule_keeps_its_immutable_id_until_it_is_deleted() {
    let azure = with_monitor_registered(&Options::default());
    make_workspace(&azure);
    let endpoint = make_endpoint(&azure);
    let immutable_id = |answer: &Response| answer.value()["properties"]["immutableId"].clone();

    let new = make_rule(&azure, "westeurope", &endpoint);
    let again = make_rule(&azure, "westeurope", &endpoint);
    azure.asks(&format!("DELETE {RULE}?api-version=2022-06-01"));
    let recreated = make_rule(&azure, "westeurope", &endpoint);

    assert_eq!(
        (
            new.status.as_u16(),
            again.status.as_u16(),
            recreated.status.as_u16()
        ),
        (200, 200, 200)
    );
    assert_eq!(immutable_id(&new), immutable_id(&again));
    assert_ne!(immutable_id(&new), immutable_id(&recreated));
}

#[test]
fn rule_endpoint_and_workspace_must_be_in_one_region() {
    let azure = with_monitor_registered(&Options::default());
    make_workspace(&azure);
    let endpoint = make_endpoint(&azure);

    let elsewhere = make_rule(&azure, "northeurope", &endpoint);

    assert_eq!(elsewhere.refusal(), "400 InvalidPayload");
    let reason = elsewhere.value()["error"]["details"][0]["message"].clone();
    assert!(reason.as_str().unwrap().contains("one region"), "{reason}");
}

#[test]
fn insights_writes_ids_as_they_were_given_without_tags() {
    let azure = TestAzure::of("example");
    azure.sends(
        "PUT {s}/resourceGroups/RG-Big?api-version=2024-11-01",
        &json!({"location": "westeurope"}),
    );

    let made = azure.sends(
        "PUT {s}/resourceGroups/RG-Big/providers/Microsoft.Insights/dataCollectionEndpoints/e1?api-version=2023-03-11",
        &json!({"location": "westeurope"}),
    );

    let made = made.value();
    let id = made["id"].as_str().unwrap();
    assert!(id.contains("/resourceGroups/RG-Big/"), "{id}");
    assert!(made.get("tags").is_none());
    assert!(made["etag"].as_str().unwrap().starts_with('"'));
}
