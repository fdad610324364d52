//! Other clouds than the public one: each part that takes a part in signing in names the same audience.

use crate::support::{World, pod_identity};

const ACCOUNT: &str = "monitoring/kube-prometheus-stack-prometheus";
const SCOPE: &str = "https://monitor.azure.us//.default";

/// Prometheus 3.10 looks for its token in one place only, so the values of the chart project it there.
fn values_for_us_government(world: &mut World) -> serde_yaml::Value {
    let run = world
        .run("init --yes --cloud us-government --prometheus-version 3.10.0")
        .succeeds();
    serde_yaml::from_str(run.stdout()).unwrap()
}

#[test]
fn entra_takes_the_token_that_the_written_values_project_into_the_pod() {
    let mut world = World::new().scenario("us-government");
    let values = values_for_us_government(&mut world);
    let spec = &values["prometheus"]["prometheusSpec"];
    let source = &spec["volumes"][0]["projected"]["sources"][0]["serviceAccountToken"];
    let azuread = &spec["additionalRemoteWrite"][0]["azureAd"];
    let client = azuread["workloadIdentity"]["clientId"].as_str().unwrap();

    let token =
        pod_identity::projected_token(&world, ACCOUNT, source["audience"].as_str().unwrap());
    let answer = pod_identity::exchange(&world, client, &token, SCOPE);

    assert!(answer["access_token"].is_string(), "{answer}");
    assert_eq!(azuread["cloud"], "AzureGovernment");
}

#[test]
fn entra_refuses_a_token_with_the_audience_of_another_cloud() {
    let mut world = World::new().scenario("us-government");
    let values = values_for_us_government(&mut world);
    let entry = &values["prometheus"]["prometheusSpec"]["additionalRemoteWrite"][0];
    let client = entry["azureAd"]["workloadIdentity"]["clientId"]
        .as_str()
        .unwrap();

    let token = pod_identity::projected_token(&world, ACCOUNT, "api://AzureADTokenExchange");
    let answer = pod_identity::exchange(&world, client, &token, SCOPE);

    assert_eq!(answer["error_codes"][0], 700_212, "{answer}");
}

#[test]
fn a_run_for_the_public_cloud_gets_no_token_of_another_clouds_entra() {
    let mut world = World::new().scenario("us-government");

    world
        .run("plan --cloud public")
        .ends_with(5)
        .mentions(&["AADSTS500011"]);
}
