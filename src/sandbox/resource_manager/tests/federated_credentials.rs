use std::time::Duration;

use serde_json::Value;

use super::*;

const IDENTITY: &str = "{rg}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id1";

fn with_identity(options: &Options) -> TestAzure {
    let azure = TestAzure::with(options);
    let put = format!("PUT {IDENTITY}?api-version=2024-11-30");
    azure.sends(&put, &json!({"location": "westeurope"}));
    azure
}

fn line(name: &str) -> String {
    format!("PUT {IDENTITY}/federatedIdentityCredentials/{name}?api-version=2024-11-30")
}

fn trust_in(subject: &str) -> Value {
    json!({"properties": {
        "issuer": "https://westeurope.oic.prod-aks.azure.com/t/c/",
        "subject": subject,
        "audiences": ["api://AzureADTokenExchange"],
    }})
}

#[test]
fn issuer_and_subject_are_trusted_under_one_name_only() {
    let azure = with_identity(&Options::default());

    let new = azure.sends(&line("one"), &trust_in("a"));
    let changed = azure.sends(&line("one"), &trust_in("b"));
    let twin = azure.sends(&line("two"), &trust_in("b"));
    let unlike = azure.sends(&line("two"), &trust_in("B"));

    assert_eq!((new.status.as_u16(), changed.status.as_u16()), (201, 200));
    assert_eq!(twin.refusal(), "409 Conflict");
    assert_eq!(unlike.status, StatusCode::CREATED);
}

#[test]
fn what_a_credential_must_have_is_checked() {
    let azure = with_identity(&Options::default());
    let two_audiences = json!({"properties": {
        "issuer": "https://x/", "subject": "a", "audiences": ["a", "b"],
    }});

    let audiences = azure.sends(&line("one"), &two_audiences);
    let subject = azure.sends(&line("one"), &trust_in(""));
    let name = azure.sends(&line("-x"), &trust_in("a"));

    for answer in [audiences, subject, name] {
        assert_eq!(answer.refusal(), "400 BadRequest");
    }
}

#[test]
fn a_twenty_first_credential_is_one_too_many() {
    let azure = with_identity(&Options::default());
    for number in 0..20 {
        let made = azure.sends(
            &line(&format!("c-{number}")),
            &trust_in(&number.to_string()),
        );
        assert_eq!(made.status, StatusCode::CREATED);
    }

    let one_more = azure.sends(&line("c-20"), &trust_in("20"));

    assert_eq!(
        one_more.refusal(),
        "400 TooManyFederatedIdentityCredentials"
    );
}

#[test]
fn two_writes_at_once_on_one_identity_collide() {
    let azure = with_identity(&Options::default());
    let second = azure.signed(&line("two")).with_json(&trust_in("b"));
    azure.waits(Duration::from_millis(5));
    azure.sends(&line("one"), &trust_in("a"));

    let collided = azure.answer(second);

    let code = "409 ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity";
    assert_eq!(collided.refusal(), code);
}

#[test]
fn writes_can_be_held_to_one_in_four_seconds() {
    let azure = with_identity(&Options {
        throttle_credentials: true,
        ..Options::default()
    });
    azure.sends(&line("one"), &trust_in("a"));

    let hasty = azure.sends(&line("two"), &trust_in("b"));
    azure.waits(Duration::from_secs(4));
    let patient = azure.sends(&line("two"), &trust_in("b"));

    assert_eq!(hasty.refusal(), "429 TooManyRequests");
    assert!(hasty.header("retry-after").is_some());
    assert_eq!(patient.status, StatusCode::CREATED);
}

#[test]
fn a_list_has_pages_of_the_requested_size() {
    let azure = with_identity(&Options::default());
    for subject in ["a", "b", "c"] {
        azure.sends(&line(&format!("for-{subject}")), &trust_in(subject));
    }

    let first = azure.asks(&format!(
        "GET {IDENTITY}/federatedIdentityCredentials?api-version=2024-11-30&$top=2"
    ));
    let link = first.value()["nextLink"].as_str().unwrap().to_owned();
    let path = link
        .strip_prefix("http://127.0.0.1:4041/resource-manager")
        .unwrap();
    let second = azure.asks(&format!("GET {path}"));

    assert_eq!(first.value()["value"].as_array().unwrap().len(), 2);
    assert_eq!(second.value()["value"].as_array().unwrap().len(), 1);
    assert!(second.value().get("nextLink").is_none());
}
