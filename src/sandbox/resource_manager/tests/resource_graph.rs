use std::time::Duration;

use serde_json::Value;

use super::*;

const GRAPH: &str = "POST /providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01";

const CLUSTERS: &str = "resources
    | where type in~ ('microsoft.containerservice/managedclusters','microsoft.kubernetes/connectedclusters')
    | project id, name, type, resourceGroup,
              issuer = coalesce(tostring(properties.oidcIssuerProfile.issuerURL), tostring(properties.oidcIssuerProfile.issuerUrl)),
              workloadIdentity = tobool(properties.securityProfile.workloadIdentity.enabled)
    | order by id asc";

const WORKSPACES: &str =
    "resources | where type =~ 'microsoft.monitor/accounts' | project id, name";

fn ask(azure: &TestAzure, query: &str) -> Response {
    azure.sends(
        GRAPH,
        &json!({"query": query, "options": {"resultFormat": "objectArray", "$top": 1000}}),
    )
}

#[test]
fn clusters_are_found_with_the_columns_asked_for() {
    let azure = TestAzure::of("example");

    let answer = ask(&azure, CLUSTERS).value();

    assert_eq!(answer["resultTruncated"], "false");
    assert_eq!(answer["count"], 1);
    let row = &answer["data"][0];
    assert_eq!(row["type"], "microsoft.containerservice/managedclusters");
    assert_eq!(row["workloadIdentity"], true);
    assert!(row["issuer"].as_str().unwrap().ends_with('/'));
}

#[test]
fn a_new_workspace_stays_invisible_for_a_while() {
    let azure = with_monitor_registered(&Options {
        replication_lag: Duration::from_secs(60),
        ..Options::default()
    });
    make_workspace(&azure);

    let at_once = ask(&azure, WORKSPACES).value();
    azure.waits(Duration::from_secs(60));
    let later = ask(&azure, WORKSPACES).value();

    assert_eq!(at_once["data"], json!([]));
    assert_eq!(later["data"][0]["name"], "w1");
}

#[test]
fn what_may_not_be_read_is_not_there() {
    let azure = TestAzure::of("example");
    azure.with_azure(|azure| azure.state.role_assignments.clear());

    let answer = ask(&azure, CLUSTERS);

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.value()["data"], json!([]));
}

#[test]
fn a_query_about_unknown_types_or_in_unknown_words_is_refused() {
    let azure = TestAzure::of("example");
    let code = |query: &str| ask(&azure, query).value()["error"]["details"][0]["code"].clone();

    assert_eq!(
        code("resources | where type =~ 'microsoft.monitor/account'"),
        "InvalidQuery"
    );
    assert_eq!(
        code("resources | where type =~ 'x' | summarize count()"),
        "ParserFailure"
    );
    assert_eq!(code("advisorresources | project id"), "InvalidQuery");
}

#[test]
fn pages_follow_one_another_to_the_end() {
    let azure = TestAzure::of("example");
    let query = "resources | where type =~ 'microsoft.compute/virtualmachinescalesets' | project id, name | order by id asc";
    let page = |token: Value| {
        let mut options = json!({"$top": 1});
        if !token.is_null() {
            options["$skipToken"] = token;
        }
        azure
            .sends(GRAPH, &json!({"query": query, "options": options}))
            .value()
    };

    let first = page(Value::Null);
    let second = page(first["$skipToken"].clone());

    assert_eq!(
        (&first["resultTruncated"], &second["resultTruncated"]),
        (&json!("true"), &json!("false"))
    );
    assert_eq!(first["data"][0]["name"], "aks-system-10000001-vmss");
    assert_eq!(second["data"][0]["name"], "aks-user-10000002-vmss");
}
