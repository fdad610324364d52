use std::time::Duration;

use super::*;
use crate::sandbox::{testing::request, tokens::TokenCaller};

const AUDIENCE: &str = "https://management.azure.com";

#[test]
fn what_the_sandbox_does_not_know_is_an_error_that_names_it() {
    let azure = TestAzure::of("example");

    let path = azure.asks("GET {rg}/providers/Microsoft.Web/sites?api-version=2022-12-01");
    let method = azure.asks("DELETE {s}?api-version=2022-12-01");
    let parameter = azure.asks("GET /subscriptions?api-version=2022-12-01&$expand=all");
    let field = azure.sends(
        "PUT {s}/resourceGroups/new?api-version=2024-11-01",
        &json!({"location": "westeurope", "tag": {}}),
    );

    assert_eq!(path.refusal(), "404 InvalidResourceType");
    assert_eq!(method.refusal(), "405 MethodNotAllowed");
    assert_eq!(parameter.value()["error"]["target"], "$expand");
    assert_eq!(field.value()["error"]["target"], "tag");
}

#[test]
fn an_api_version_is_needed_and_must_be_one_of_the_collection() {
    let azure = TestAzure::of("example");

    let none = azure.asks("GET /subscriptions");
    let malformed = azure.asks("GET /subscriptions?api-version=newest");
    let unknown = azure.asks("GET /subscriptions?api-version=2019-02-03");

    assert_eq!(none.refusal(), "400 MissingApiVersionParameter");
    assert_eq!(malformed.refusal(), "400 InvalidApiVersionParameter");
    assert_eq!(unknown.refusal(), "400 NoRegisteredProviderFound");
}

#[test]
fn a_body_must_be_json_and_have_its_content_type() {
    let azure = TestAzure::of("example");
    let put = azure.signed("PUT {s}/resourceGroups/new?api-version=2024-11-01");

    let unlabelled = azure.answer(put.clone().with_body("{}"));
    let broken = azure.answer(put.with_body("{"));

    assert_eq!(unlabelled.refusal(), "415 UnsupportedMediaType");
    assert_eq!(broken.refusal(), "400 InvalidRequestContent");
}

#[test]
fn an_unknown_caller_learns_the_tenant_and_nothing_else() {
    let azure = TestAzure::of("example");
    let tenant = azure.with_azure(|azure| azure.state.directory.tenant_id);
    let path = azure.signed("GET {s}").path;

    let answer = azure.answer(request(&format!("GET {path}?api-version=2022-12-01")));

    assert_eq!(answer.refusal(), "401 AuthenticationFailed");
    let challenge = answer.header("www-authenticate").unwrap();
    let authority = format!(r#"authorization_uri="http://127.0.0.1:4041/entra/{tenant}""#);
    assert!(challenge.contains(&authority), "{challenge}");
}

#[test]
fn a_token_for_another_audience_or_from_the_past_is_refused() {
    let azure = TestAzure::of("example");
    let good = azure.signed("GET /subscriptions?api-version=2022-12-01");
    let foreign = good
        .clone()
        .bearing(&azure.token("https://graph.microsoft.com"));

    let foreign = azure.answer(foreign);
    azure.waits(Duration::from_secs(3601));
    let expired = azure.answer(good);

    assert_eq!(foreign.refusal(), "401 InvalidAuthenticationToken");
    assert_eq!(expired.refusal(), "401 ExpiredAuthenticationToken");
}

#[test]
fn a_claims_challenge_goes_away_only_with_a_token_that_answers_it() {
    let azure = TestAzure::with(&Options {
        faults: vec!["insufficient-claims".parse().unwrap()],
        ..Options::default()
    });

    let list = azure.signed("GET /subscriptions?api-version=2022-12-01");
    let answering = azure.with_azure(|azure| {
        let caller = TokenCaller {
            met_claims: true,
            ..azure
                .tokens
                .verify(list.bearer().unwrap(), &[AUDIENCE], list.now)
                .unwrap()
        };
        let later = list.now + jiff::SignedDuration::from_hours(1);
        azure.tokens.mint(&caller, AUDIENCE, list.now, later)
    });

    let challenged = azure.answer(list.clone());
    let content = azure.answer(list.bearing(&answering));

    assert_eq!(challenged.status, StatusCode::UNAUTHORIZED);
    let challenge = challenged.header("www-authenticate").unwrap();
    assert!(
        challenge.contains(r#"error="insufficient_claims", claims=""#),
        "{challenge}"
    );
    assert_eq!(content.status, StatusCode::OK);
}

#[test]
fn a_resource_group_can_be_asked_for_without_a_body() {
    let azure = TestAzure::of("example");

    let there = azure.asks("HEAD {rg}?api-version=2024-11-01");
    let missing = azure.asks("HEAD {s}/resourceGroups/none?api-version=2024-11-01");

    assert_eq!((there.status.as_u16(), missing.status.as_u16()), (204, 404));
    assert!(there.body.is_empty() && missing.body.is_empty());
}
