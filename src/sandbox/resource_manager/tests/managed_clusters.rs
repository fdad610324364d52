use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::*;

const CLUSTER: &str =
    "{rg}/providers/Microsoft.ContainerService/managedClusters/aks-prod?api-version=2026-06-01";

/// An example world whose cluster has no issuer yet.
fn without_issuer(options: &Options) -> TestAzure {
    let azure = TestAzure::with(options);
    azure.with_azure(|azure| {
        for cluster in azure.state.managed_clusters.iter_mut() {
            cluster
                .properties
                .insert("oidcIssuerProfile".to_owned(), json!({"enabled": false}));
        }
    });
    azure
}

fn read(azure: &TestAzure) -> Value {
    azure.asks(&format!("GET {CLUSTER}")).value()
}

fn with_issuer(mut cluster: Value) -> Value {
    cluster["properties"]["oidcIssuerProfile"] = json!({"enabled": true});
    cluster
}

#[test]
fn the_first_answer_shows_the_issuer_that_the_operation_switches_on() {
    let azure = without_issuer(&Options::default());
    let requested = with_issuer(read(&azure));

    let started = azure.sends(&format!("PUT {CLUSTER}"), &requested);

    assert_eq!(
        started.value()["properties"]["provisioningState"],
        "Updating"
    );
    let first = started.value()["properties"]["oidcIssuerProfile"]["issuerURL"].clone();
    let url = started.header("azure-asyncoperation").unwrap().to_owned();
    let operation = url.split_once("/resource-manager").unwrap().1;
    let polls = [(); 2].map(|()| azure.asks(&format!("GET {operation}")).value()["status"].clone());
    assert_eq!(polls, ["InProgress", "Succeeded"]);
    let issuer = read(&azure)["properties"]["oidcIssuerProfile"]["issuerURL"].clone();
    assert!(issuer.as_str().unwrap().ends_with('/'), "{issuer}");
    assert_eq!(first, issuer);
}

#[test]
fn some_recent_versions_show_no_entity_tag() {
    let azure = TestAzure::of("example");
    let path = CLUSTER.split_once('?').unwrap().0;

    let shown = ["2025-01-01", "2025-02-01", "2025-07-01", "2025-08-01"].map(|version| {
        let read = azure.asks(&format!("GET {path}?api-version={version}"));
        read.value()["eTag"].is_string()
    });

    assert_eq!(shown, [true, false, true, false]);
}

#[test]
fn a_busy_cluster_takes_no_second_write() {
    let azure = without_issuer(&Options::default());
    let requested = with_issuer(read(&azure));
    azure.sends(&format!("PUT {CLUSTER}"), &requested);

    let second = azure.sends(&format!("PUT {CLUSTER}"), &requested);

    assert_eq!(second.refusal(), "409 EtagMismatch");
}

#[test]
fn a_write_based_on_an_old_reading_is_refused() {
    let azure = TestAzure::with(&Options {
        slow_operations: 0,
        ..Options::default()
    });
    let cluster = read(&azure);
    let tag = cluster["eTag"].as_str().unwrap().to_owned();
    azure.sends(
        &format!("PATCH {CLUSTER}"),
        &json!({"tags": {"touched": "yes"}}),
    );
    read(&azure);

    let late = azure.answer(
        azure
            .signed(&format!("PUT {CLUSTER}"))
            .with_json(&cluster)
            .with_header("if-match", &tag),
    );

    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
}

#[test]
fn only_tags_can_be_patched() {
    let azure = TestAzure::of("example");

    let answer = azure.sends(
        &format!("PATCH {CLUSTER}"),
        &json!({"properties": {"oidcIssuerProfile": {"enabled": true}}}),
    );

    assert_eq!(answer.refusal(), "400 InvalidRequestContent");
}

#[test]
fn an_older_api_version_drops_properties_that_it_does_not_have() {
    let azure = TestAzure::with(&Options {
        slow_operations: 0,
        ..Options::default()
    });
    let old = CLUSTER.replace("2026-06-01", "2023-01-01");
    let cluster = azure.asks(&format!("GET {old}")).value();

    azure.sends(&format!("PUT {old}"), &cluster);

    let profile = "nodeResourceGroupProfile";
    assert!(cluster["properties"].get(profile).is_none());
    assert!(read(&azure)["properties"].get(profile).is_none());
}

#[test]
fn the_issuer_cannot_be_switched_off_nor_half_a_cluster_be_written() {
    let azure = TestAzure::of("example");
    let mut without = read(&azure);
    without["properties"]["oidcIssuerProfile"] = json!({"enabled": false});

    let switched_off = azure.sends(&format!("PUT {CLUSTER}"), &without);
    let half = azure.sends(
        &format!("PUT {CLUSTER}"),
        &json!({"location": "westeurope", "properties": {"oidcIssuerProfile": {"enabled": true}}}),
    );

    assert_eq!(
        switched_off.refusal(),
        "400 OIDCIssuerFeatureCannotBeDisabled"
    );
    assert_eq!(half.refusal(), "400 InvalidParameter");
}

#[test]
fn an_operation_can_be_made_to_fail() {
    let azure = without_issuer(&Options {
        faults: vec![
            "failed-operation:PUT:code=ControlPlaneNotFound"
                .parse()
                .unwrap(),
        ],
        slow_operations: 0,
        ..Options::default()
    });
    let requested = with_issuer(read(&azure));

    let started = azure.sends(&format!("PUT {CLUSTER}"), &requested);

    let url = started.header("azure-asyncoperation").unwrap().to_owned();
    let operation = url.split_once("/resource-manager").unwrap().1;
    let ended = azure.asks(&format!("GET {operation}")).value();
    assert_eq!(ended["status"], "Failed");
    assert_eq!(ended["error"]["code"], "ControlPlaneNotFound");
    assert_eq!(read(&azure)["properties"]["provisioningState"], "Failed");
}

#[test]
fn a_kubeconfig_leads_to_the_clusters_own_api_server() {
    let azure = TestAzure::of("example");

    let answer = azure.asks(
        "POST {rg}/providers/Microsoft.ContainerService/managedClusters/aks-prod/listClusterUserCredential?api-version=2026-06-01",
    );

    let encoded = answer.value()["kubeconfigs"][0]["value"]
        .as_str()
        .unwrap()
        .to_owned();
    let kubeconfig = String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap();
    assert!(
        kubeconfig.contains(r#""tls-server-name": "aks-prod-dns-"#),
        "{kubeconfig}"
    );
}

/// What a PUT of the cluster with that change is answered.
fn answer_to_change(change: impl FnOnce(&mut Value)) -> String {
    let azure = TestAzure::of("example");
    let mut cluster = read(&azure);
    change(&mut cluster);
    azure.sends(&format!("PUT {CLUSTER}"), &cluster).refusal()
}

#[test]
fn a_cluster_is_written_with_all_that_it_needs_and_with_the_types_of_its_fields() {
    let without = |name: &'static str| {
        answer_to_change(move |it| {
            it.as_object_mut().unwrap().remove(name);
        })
    };
    let with = |name: &'static str, value: Value| {
        answer_to_change(move |it| it["properties"][name] = value)
    };

    assert_eq!(without("location"), "400 LocationRequired");
    assert_eq!(without("identity"), "400 InvalidParameter");
    assert_eq!(with("agentPoolProfiles", json!([])), "400 InvalidParameter");
    assert_eq!(with("oidcIssuerProfiles", json!({})), "400 UnmarshalError");
    assert_eq!(with("oidcIssuerProfile", json!(true)), "400 UnmarshalError");
    assert_eq!(with("enableRBAC", json!("true")), "400 UnmarshalError");
}

#[test]
fn what_a_cluster_was_made_with_never_changes() {
    let with = |pointer: &'static str, value: Value| {
        answer_to_change(move |it| *it.pointer_mut(pointer).unwrap() = value)
    };

    for (pointer, value) in [
        ("/properties/dnsPrefix", json!("other")),
        ("/properties/nodeResourceGroup", json!("other")),
        ("/properties/enableRBAC", json!(false)),
        (
            "/properties/networkProfile/serviceCidr",
            json!("10.1.0.0/16"),
        ),
        (
            "/properties/agentPoolProfiles/0/vmSize",
            json!("Standard_A1"),
        ),
    ] {
        assert_eq!(
            with(pointer, value),
            "400 PropertyChangeNotAllowed",
            "{pointer}"
        );
    }
    assert_eq!(
        with("/location", json!("northeurope")),
        "409 InvalidResourceLocation"
    );
}

#[test]
fn fields_that_a_client_does_not_set_may_be_null() {
    let azure = TestAzure::with(&Options {
        slow_operations: 0,
        ..Options::default()
    });
    let mut cluster = read(&azure);
    cluster["properties"]["windowsProfile"] = Value::Null;
    cluster["location"] = "West Europe".into();

    let answer = azure.sends(&format!("PUT {CLUSTER}"), &cluster);

    assert_eq!(answer.status, StatusCode::OK);
    assert!(read(&azure)["properties"].get("windowsProfile").is_none());
}

#[test]
fn a_node_pool_is_a_resource_below_its_cluster() {
    let azure = TestAzure::of("example");
    let pools = CLUSTER.replace("aks-prod", "aks-prod/agentPools");
    let one = CLUSTER.replace("aks-prod", "aks-prod/agentPools/user");

    let all = azure.asks(&format!("GET {pools}")).value();
    let user = azure.asks(&format!("GET {one}")).value();
    let none = azure.asks(&format!("GET {}", one.replace("/user", "/other")));

    assert_eq!(all["value"].as_array().unwrap().len(), 2);
    assert_eq!(all["value"][1], user);
    assert_eq!(user["properties"]["mode"], "User");
    assert!(user["properties"].get("name").is_none());
    assert_eq!(none.refusal(), "404 NotFound");
}
