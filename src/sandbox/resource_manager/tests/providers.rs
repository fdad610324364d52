use serde_json::Value;

use super::*;

#[test]
fn an_unregistered_provider_refuses_writes_until_it_is_registered() {
    let azure = TestAzure::of("example");
    let provider = "GET {s}/providers/Microsoft.Monitor?api-version=2021-04-01";

    let refused = make_workspace(&azure);
    let registering =
        azure.asks("POST {s}/providers/Microsoft.Monitor/register?api-version=2021-04-01");
    let states: Vec<Value> = (0..2)
        .map(|_| azure.asks(provider).value()["registrationState"].clone())
        .collect();

    assert_eq!(refused.refusal(), "409 MissingSubscriptionRegistration");
    assert_eq!(
        refused.value()["error"]["details"][0]["target"],
        "Microsoft.Monitor"
    );
    assert_eq!(registering.value()["registrationState"], "Registering");
    assert_eq!(states, ["Registering", "Registered"]);
    assert_eq!(make_workspace(&azure).status, StatusCode::OK);
}

#[test]
fn a_repeated_client_request_id_meets_the_old_refusal_again() {
    let azure = TestAzure::of("example");
    let put_as = |id: &str| {
        azure.answer(
            azure
                .signed(&format!("PUT {WORKSPACE}"))
                .with_json(&json!({"location": "westeurope"}))
                .with_header("x-ms-client-request-id", id),
        )
    };
    put_as("first");
    azure.with_azure(|azure| {
        azure.state.subscriptions[0].register("Microsoft.Monitor", Registration::Registered);
    });

    let same_id = put_as("first");
    let new_id = put_as("second");

    assert_eq!(same_id.refusal(), "409 MissingSubscriptionRegistration");
    assert_eq!(new_id.status, StatusCode::OK);
}

#[test]
fn workspaces_are_offered_in_some_regions_only() {
    let azure = with_monitor_registered(&Options::default());

    let provider = azure.asks("GET {s}/providers/Microsoft.Monitor?api-version=2021-04-01");
    let elsewhere = azure.sends(
        &format!("PUT {WORKSPACE}"),
        &json!({"location": "Poland Central"}),
    );

    let locations = provider.value()["resourceTypes"][0]["locations"].clone();
    assert!(
        locations
            .as_array()
            .unwrap()
            .contains(&json!("West Europe"))
    );
    assert!(
        !locations
            .as_array()
            .unwrap()
            .contains(&json!("Poland Central"))
    );
    assert_eq!(
        elsewhere.refusal(),
        "400 LocationNotAvailableForResourceType"
    );
}
