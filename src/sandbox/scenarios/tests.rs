use super::*;
use crate::sandbox::testing::TestAzure;

const WORKSPACE: &str =
    "PUT {rg}/providers/Microsoft.Monitor/accounts/amw-aks-prod?api-version=2025-10-03";

/// What comes of making the usual workspace in a scenario whose provider is registered.
fn making_a_workspace(scenario: &str) -> String {
    let azure = TestAzure::of(scenario);
    azure.asks("POST {s}/providers/Microsoft.Monitor/register?api-version=2021-04-01");
    for _ in 0..2 {
        azure.asks("GET {s}/providers/Microsoft.Monitor?api-version=2021-04-01");
    }
    let made = azure.sends(WORKSPACE, &json!({"location": "westeurope"}));
    match made.status.as_u16() {
        200 => "made".to_owned(),
        _ => made.refusal(),
    }
}

#[test]
fn each_scenario_stops_a_workspace_in_its_own_way_or_not_at_all() {
    for (scenario, outcome) in [
        ("example", "made"),
        ("contributor-only", "made"),
        ("reader-only", "403 AuthorizationFailed"),
        ("policy-denies-workspace", "403 RequestDisallowedByPolicy"),
        ("locked-resource-group", "409 ScopeLocked"),
        ("delete-locked", "made"),
        ("workspace-elsewhere", "409 InvalidResourceLocation"),
        ("subscription-disabled", "409 ReadOnlyDisabledSubscription"),
        ("other-tenant", "401 InvalidAuthenticationTokenTenant"),
    ] {
        assert_eq!(making_a_workspace(scenario), outcome, "{scenario}");
    }
}

#[test]
fn scenarios_have_a_name_and_a_line_of_their_own() {
    let mut names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
    names.sort_unstable();
    names.dedup();

    assert_eq!(names.len(), SCENARIOS.len());
    assert_eq!(SCENARIOS[0].name, "example");
    assert!(
        SCENARIOS
            .iter()
            .all(|it| !it.about.is_empty() && !it.about.contains('\n'))
    );
}

#[test]
fn clusters_of_one_name_can_be_distinguished() {
    let azure = TestAzure::of("two-clusters");

    let list = azure.asks(
        "GET {s}/providers/Microsoft.ContainerService/managedClusters?api-version=2025-01-01",
    );

    let list = list.value();
    let [one, other] = list["value"].as_array().unwrap().as_slice() else {
        panic!("there are two clusters");
    };
    assert_eq!(one["name"], other["name"]);
    assert_ne!(one["properties"]["fqdn"], other["properties"]["fqdn"]);
    assert_ne!(
        one["properties"]["oidcIssuerProfile"]["issuerURL"],
        other["properties"]["oidcIssuerProfile"]["issuerURL"]
    );
}

#[test]
fn two_builds_of_a_scenario_have_the_same_ids() {
    let build = || {
        format!(
            "{:?}",
            named("two-subscriptions")
                .unwrap()
                .build(Timestamp::UNIX_EPOCH)
                .identities
        )
    };

    assert_eq!(build(), build());
}
