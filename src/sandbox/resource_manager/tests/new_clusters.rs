use serde_json::Value;

use super::*;

const VERSION: &str = "api-version=2025-10-01";

fn cluster_path(name: &str) -> String {
    format!("{{rg}}/providers/Microsoft.ContainerService/managedClusters/{name}")
}

fn body() -> Value {
    json!({
        "location": "westeurope",
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "dnsPrefix": "new",
            "oidcIssuerProfile": {"enabled": true},
            "agentPoolProfiles": [
                {"name": "system", "mode": "System", "count": 2, "vmSize": "Standard_D4s_v5", "osDiskSizeGB": 0, "nodeTaints": null},
            ],
        },
    })
}

fn created(azure: &TestAzure) -> Response {
    azure.sends(
        &format!("PUT {}?{VERSION}", cluster_path("aks-new")),
        &body(),
    )
}

/// Polls the operation of an answer once; the first poll finds it in progress.
fn poll(azure: &TestAzure, answer: &Response, header: &str) -> Response {
    let url = answer.header(header).unwrap().to_owned();
    let (_, operation) = url.split_once("/resource-manager").unwrap();
    azure.asks(&format!("GET {operation}"))
}

fn ended(azure: &TestAzure, answer: &Response) {
    let polls =
        [(); 2].map(|()| poll(azure, answer, "azure-asyncoperation").value()["status"].clone());
    assert_eq!(polls, ["InProgress", "Succeeded"]);
}

fn read(azure: &TestAzure) -> Response {
    azure.asks(&format!("GET {}?{VERSION}", cluster_path("aks-new")))
}

#[test]
fn a_cluster_is_created_with_its_nodes_and_its_issuer() {
    let azure = TestAzure::of("example");

    let answer = created(&azure);

    assert_eq!(answer.status, StatusCode::CREATED);
    assert!(answer.header("retry-after").is_none());
    let first = answer.value();
    assert_eq!(first["properties"]["provisioningState"], "Creating");
    assert!(first["properties"].get("identityProfile").is_none());
    assert_eq!(
        first["properties"]["agentPoolProfiles"][0]["osDiskSizeGB"],
        128
    );
    ended(&azure, &answer);
    let cluster = read(&azure).value();
    let properties = &cluster["properties"];
    assert_eq!(properties["provisioningState"], "Succeeded");
    assert_eq!(
        properties["oidcIssuerProfile"],
        first["properties"]["oidcIssuerProfile"]
    );
    let kubelet = properties["identityProfile"]["kubeletidentity"]["resourceId"].as_str();
    assert!(
        kubelet
            .unwrap()
            .contains("/resourcegroups/MC_rg-prod_aks-new_westeurope/")
    );
    let nodes = properties["nodeResourceGroup"].as_str().unwrap();
    let sets = azure.asks(&format!(
        "GET {{s}}/resourceGroups/{nodes}/providers/Microsoft.Compute/virtualMachineScaleSets?api-version=2024-11-01"
    ));
    let sets = sets.value();
    assert_eq!(sets["value"].as_array().unwrap().len(), 1);
    assert_eq!(sets["value"][0]["tags"]["aks-managed-poolName"], "system");
}

#[test]
fn a_new_cluster_needs_a_region_a_name_an_identity_and_a_system_pool() {
    let azure = TestAzure::of("example");
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut body = body();
        change(&mut body);
        let path = cluster_path("aks-new");
        azure
            .sends(&format!("PUT {path}?{VERSION}"), &body)
            .refusal()
    };

    assert_eq!(
        refused(&|it| it["location"] = Value::Null),
        "400 LocationRequired"
    );
    assert_eq!(
        refused(&|it| it["identity"] = Value::Null),
        "400 InvalidParameter"
    );
    assert_eq!(
        refused(&|it| it["properties"]["dnsPrefix"] = Value::Null),
        "400 InvalidParameter"
    );
    let pool = |it: &mut Value, name: &str, value: &str| {
        it["properties"]["agentPoolProfiles"][0][name] = value.into();
    };
    assert_eq!(
        refused(&|it| pool(it, "mode", "User")),
        "400 InvalidParameter"
    );
    assert_eq!(
        refused(&|it| pool(it, "name", "System")),
        "400 InvalidParameter"
    );
}

#[test]
fn a_deleted_cluster_takes_its_nodes_with_it_and_is_missed_in_the_words_of_aks() {
    let azure = TestAzure::of("example");
    let never = read(&azure).refusal();
    ended(&azure, &created(&azure));
    let nodes = read(&azure).value()["properties"]["nodeResourceGroup"].clone();

    let answer = azure.asks(&format!("DELETE {}?{VERSION}", cluster_path("aks-new")));

    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let again = azure.asks(&format!("DELETE {}?{VERSION}", cluster_path("aks-new")));
    assert_eq!(again.refusal(), "409 EtagMismatch");
    assert_eq!(
        poll(&azure, &answer, "location").status,
        StatusCode::ACCEPTED
    );
    assert_eq!(
        poll(&azure, &answer, "location").status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(never, "404 ResourceNotFound");
    assert_eq!(read(&azure).refusal(), "404 NotFound");
    let group = azure.asks(&format!(
        "GET {{s}}/resourceGroups/{}?api-version=2022-09-01",
        nodes.as_str().unwrap()
    ));
    assert_eq!(group.refusal(), "404 ResourceGroupNotFound");
}

#[test]
fn a_pool_comes_and_goes_with_its_scale_set() {
    let azure = TestAzure::of("example");
    let pool = format!("{}/agentPools/extra?{VERSION}", cluster_path("aks-prod"));
    let extra = || {
        azure.with_azure(|azure| {
            let mut machines = azure.state.machines.iter();
            machines.any(|it| it.id.name().starts_with("aks-extra-"))
        })
    };

    let added = azure.sends(
        &format!("PUT {pool}"),
        &json!({"properties": {"count": 1, "vmSize": "Standard_D4s_v5", "mode": "User"}}),
    );

    assert_eq!(added.status, StatusCode::CREATED);
    assert_eq!(added.value()["properties"]["provisioningState"], "Creating");
    ended(&azure, &added);
    assert!(extra());
    let removed = azure.asks(&format!("DELETE {pool}"));
    assert_eq!(removed.status, StatusCode::ACCEPTED);
    ended(&azure, &removed);
    assert!(!extra());
    let last = azure.asks(&format!("DELETE {}", pool.replace("extra", "system")));
    assert_eq!(last.refusal(), "400 InvalidParameter");
}
