//! Action groups, Grafana instances and cluster extensions.

use http::StatusCode;
use serde_json::json;

use super::documents::register;
use crate::sandbox::testing::TestAzure;

const GROUP: &str = "{rg}/providers/Microsoft.Insights/actionGroups/oncall?api-version=2023-01-01";
const GRAFANA: &str = "{rg}/providers/Microsoft.Dashboard/grafana/shop?api-version=2023-09-01";

#[test]
fn an_action_group_shows_each_list_of_receivers() {
    let azure = TestAzure::of("example");
    register(&azure, "Microsoft.Insights");
    let body = |name: &str| {
        json!({"location": "global", "properties": {
            "groupShortName": name,
            "emailReceivers": [{"name": "ada", "emailAddress": "ada@example.com"}],
        }})
    };

    let long = azure.sends(&format!("PUT {GROUP}"), &body("much-too-long-name"));
    let made = azure.sends(&format!("PUT {GROUP}"), &body("oncall"));
    let again = azure.sends(&format!("PUT {GROUP}"), &body("oncall"));
    let deleted = azure.asks(&format!("DELETE {GROUP}"));

    assert_eq!(long.refusal(), "400 BadRequest");
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(again.status, StatusCode::OK);
    let properties = &made.value()["properties"];
    assert_eq!(properties["emailReceivers"][0]["name"], "ada");
    assert_eq!(properties["smsReceivers"], json!([]));
    assert_eq!(properties["enabled"], true);
    assert_eq!(deleted.status, StatusCode::OK);
}

#[test]
fn a_grafana_instance_reads_workspaces_that_exist() {
    let azure = TestAzure::of("example");
    register(&azure, "Microsoft.Dashboard");
    register(&azure, "Microsoft.Monitor");
    let workspace = "{rg}/providers/Microsoft.Monitor/accounts/amw?api-version=2023-04-03";
    let id = azure
        .sends(
            &format!("PUT {workspace}"),
            &json!({"location": "westeurope"}),
        )
        .value()["id"]
        .clone();
    let reads = |id: &serde_json::Value| {
        json!({"properties": {"grafanaIntegrations": {"azureMonitorWorkspaceIntegrations":
            [{"azureMonitorWorkspaceResourceId": id}]}}})
    };
    let body = json!({"location": "westeurope", "identity": {"type": "SystemAssigned"}});

    let made = azure.sends(&format!("PUT {GRAFANA}"), &body);
    let url = made.header("azure-asyncoperation").unwrap().to_owned();
    let operation = url.split_once("/resource-manager").unwrap().1;
    let polls = [(); 2].map(|()| azure.asks(&format!("GET {operation}")).value()["status"].clone());
    let missing = azure.sends(
        &format!("PATCH {GRAFANA}"),
        &reads(&format!("{}x", id.as_str().unwrap()).into()),
    );
    let connected = azure.sends(&format!("PATCH {GRAFANA}"), &reads(&id));
    let read = azure.asks(&format!("GET {GRAFANA}")).value();

    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(made.value()["properties"]["provisioningState"], "Creating");
    assert_eq!(polls, ["InProgress", "Succeeded"]);
    assert_eq!(missing.refusal(), "400 BadRequest");
    assert_eq!(connected.status, StatusCode::OK);
    assert_eq!(read["properties"]["provisioningState"], "Succeeded");
    assert_eq!(read["sku"]["name"], "Standard");
    assert!(read["identity"]["principalId"].is_string());
    assert_eq!(
        read["properties"]["grafanaIntegrations"]["azureMonitorWorkspaceIntegrations"][0]["azureMonitorWorkspaceResourceId"],
        id
    );
}

#[test]
fn a_cluster_has_extensions_and_hides_their_protected_settings() {
    let azure = TestAzure::of("example");
    register(&azure, "Microsoft.KubernetesConfiguration");
    let cluster = "{rg}/providers/Microsoft.ContainerService/managedClusters/aks-prod";
    let of = |scope: &str| {
        format!(
            "{scope}/providers/Microsoft.KubernetesConfiguration/extensions/monitor?api-version=2023-05-01"
        )
    };
    let body = json!({"properties": {
        "extensionType": "Microsoft.AzureMonitor.Containers.Metrics",
        "configurationSettings": {"azure-monitor-metrics.KubeStateMetrics.MetricLabelsAllowlist": ""},
        "configurationProtectedSettings": {"token": "hidden"},
    }});

    let made = azure.sends(&format!("PUT {}", of(cluster)), &body);
    let url = made.header("azure-asyncoperation").unwrap().to_owned();
    let operation = url.split_once("/resource-manager").unwrap().1;
    let polls = [(); 2].map(|()| azure.asks(&format!("GET {operation}")).value()["status"].clone());
    let read = azure.asks(&format!("GET {}", of(cluster))).value();
    let elsewhere = azure.sends(
        &format!(
            "PUT {}",
            of("{rg}/providers/Microsoft.Compute/virtualMachines/vm")
        ),
        &body,
    );

    assert_eq!(made.status, StatusCode::CREATED);
    assert!(!made.value().to_string().contains("hidden"));
    assert_eq!(polls, ["Creating", "Succeeded"]);
    assert_eq!(read["properties"]["provisioningState"], "Succeeded");
    assert_eq!(
        read["properties"]["configurationProtectedSettings"]["token"],
        ""
    );
    assert!(elsewhere.status.is_client_error());
}
