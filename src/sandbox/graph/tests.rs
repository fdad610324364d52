//! An application from its making to its end, and what can go wrong on the way.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use super::answer;
use crate::sandbox::{
    azure::Azure,
    response::Response,
    service::Service,
    testing::{example, request, start_time},
    tokens::TokenCaller,
};

/// A token of the signed-in application, which administers applications in the example.
fn token(azure: &Azure) -> String {
    let directory = &azure.state.directory;
    let caller = TokenCaller {
        object_id: directory.application_administrators[0],
        app_id: None,
        tenant_id: directory.tenant_id,
        name: "signed in".to_owned(),
        met_claims: false,
    };
    let expires = start_time() + jiff::SignedDuration::from_hours(1);
    azure.tokens.mint(
        &caller,
        "https://graph.microsoft.com",
        start_time(),
        expires,
    )
}

fn send_after(azure: &mut Azure, seconds: i64, line: &str, body: &Value) -> Response {
    let mut asked = request(line)
        .to(Service::Graph)
        .bearing(&token(azure))
        .after(seconds);
    if !body.is_null() {
        asked = asked.with_body(body.to_string());
    }
    answer(&asked, azure)
}

fn send(azure: &mut Azure, line: &str, body: &Value) -> Response {
    send_after(azure, 0, line, body)
}

fn create(azure: &mut Azure) -> Value {
    send(
        azure,
        "POST /v1.0/applications",
        &json!({"displayName": "amw-rw-prod", "tags": ["amw-rw"]}),
    )
    .value()
}

fn code(response: &Response) -> String {
    response.value()["error"]["code"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn an_application_and_its_service_principal_have_three_different_ids() {
    let mut azure = example();

    let application = create(&mut azure);
    let principal = json!({"appId": application["appId"]});
    let principal = send(&mut azure, "POST /v1.0/servicePrincipals", &principal).value();

    assert_ne!(application["id"], application["appId"]);
    assert_ne!(application["id"], principal["id"]);
    assert_eq!(application["appId"], principal["appId"]);
    let by_name = send(
        &mut azure,
        "GET /v1.0/applications?$filter=displayName eq 'amw-rw-prod'",
        &Value::Null,
    );
    let found = &by_name.value()["value"][0];
    assert_eq!(found["id"], application["id"]);
    assert_eq!(
        found["signInAudience"],
        "AzureADandPersonalMicrosoftAccount"
    );
}

#[test]
fn what_is_new_is_named_in_a_location_and_can_be_changed_and_purged() {
    let mut azure = example();
    let body = json!({"displayName": "amw-rw-prod", "signInAudience": "AzureADMyOrg"});
    let made = send(&mut azure, "POST /v1.0/applications", &body);
    let id = made.value()["id"].as_str().unwrap().to_owned();

    let change = json!({"api": {"requestedAccessTokenVersion": 2}});
    let changed = send(
        &mut azure,
        &format!("PATCH /v1.0/applications/{id}"),
        &change,
    );
    let read = send(
        &mut azure,
        &format!("GET /v1.0/applications/{id}"),
        &Value::Null,
    )
    .value();
    send(
        &mut azure,
        &format!("DELETE /v1.0/applications/{id}"),
        &Value::Null,
    );
    let deleted = format!("DELETE /v1.0/directory/deletedItems/{id}");
    let purged = [(); 2].map(|()| send(&mut azure, &deleted, &Value::Null).status.as_u16());

    let location = made.header("location").unwrap();
    assert!(location.ends_with("/Microsoft.DirectoryServices.Application"));
    assert!(made.header("request-id").is_some());
    assert_eq!(changed.status, StatusCode::NO_CONTENT);
    assert_eq!(read["api"]["requestedAccessTokenVersion"], 2);
    assert!(read["api"]["oauth2PermissionScopes"].is_array());
    assert_eq!(read["signInAudience"], "AzureADMyOrg");
    assert_eq!(purged, [204, 404]);
}

#[test]
fn a_secret_is_shown_once_and_never_again() {
    let mut azure = example();
    let id = create(&mut azure)["id"].as_str().unwrap().to_owned();
    let requested = json!({"passwordCredential": {"displayName": "amw-rw", "endDateTime": "2026-07-01T00:00:00Z"}});

    let made = send(
        &mut azure,
        &format!("POST /v1.0/applications/{id}/addPassword"),
        &requested,
    )
    .value();
    let seen = send(
        &mut azure,
        &format!("GET /v1.0/applications/{id}"),
        &Value::Null,
    )
    .value();

    let listed = &seen["passwordCredentials"][0];
    let secret = made["secretText"].as_str().unwrap();
    assert_eq!(made["endDateTime"], "2026-07-01T00:00:00Z");
    assert_eq!(listed["keyId"], made["keyId"]);
    assert!(secret.len() > 30 && !seen.to_string().contains(secret));

    let removed = json!({"keyId": made["keyId"]});
    let removed = send(
        &mut azure,
        &format!("POST /v1.0/applications/{id}/removePassword"),
        &removed,
    );
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
}

#[test]
fn what_was_just_made_is_not_found_until_it_has_replicated() {
    let mut azure = example();
    azure.options.replication_lag = Duration::from_secs(20);
    let application = create(&mut azure);
    let get = format!(
        "GET /v1.0/applications(appId='{}')",
        application["appId"].as_str().unwrap()
    );
    let principal = json!({"appId": application["appId"]});

    let early = send_after(&mut azure, 19, &get, &Value::Null);
    let orphan = send_after(&mut azure, 19, "POST /v1.0/servicePrincipals", &principal);
    let late = send_after(&mut azure, 20, &get, &Value::Null);

    assert_eq!(code(&early), "Request_ResourceNotFound");
    assert!(
        orphan.value()["error"]["message"]
            .to_string()
            .contains("does not reference a valid application")
    );
    assert_eq!(late.value()["id"], application["id"]);
}

#[test]
fn a_service_principal_has_secrets_of_its_own() {
    let mut azure = example();
    let application = create(&mut azure);
    let principal = json!({"appId": application["appId"]});
    let made = send(&mut azure, "POST /v1.0/servicePrincipals", &principal).value();
    let path = format!("/v1.0/servicePrincipals/{}", made["id"].as_str().unwrap());

    let secret = send(&mut azure, &format!("POST {path}/addPassword"), &json!({})).value();
    let seen = send(&mut azure, &format!("GET {path}"), &Value::Null).value();
    let key = json!({"keyId": secret["keyId"]});
    let removed = send(&mut azure, &format!("POST {path}/removePassword"), &key);
    let left = send(&mut azure, &format!("GET {path}"), &Value::Null).value();

    assert!(secret["secretText"].as_str().unwrap().len() > 30);
    assert_eq!(seen["passwordCredentials"][0]["keyId"], secret["keyId"]);
    assert_eq!(seen["passwordCredentials"][0]["secretText"], Value::Null);
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(left["passwordCredentials"], json!([]));
}

#[test]
fn a_policy_can_forbid_secrets_and_the_directory_can_deny_everything() {
    let mut azure = example();
    let id = create(&mut azure)["id"].as_str().unwrap().to_owned();
    azure.state.directory.secrets_forbidden = true;
    let add = format!("POST /v1.0/applications/{id}/addPassword");

    let forbidden = send(&mut azure, &add, &json!({}));
    let other = token(&azure);
    azure.state.directory.application_administrators.clear();
    let listing = request("GET /v1.0/applications")
        .to(Service::Graph)
        .bearing(&other);
    let denied = answer(&listing, &mut azure);

    assert_eq!(code(&forbidden), "CredentialTypeNotAllowedAsPerAppPolicy");
    assert_eq!(code(&denied), "Authorization_RequestDenied");
}

#[test]
fn an_applications_trust_is_made_changed_and_taken_back() {
    let mut azure = example();
    let id = create(&mut azure)["id"].as_str().unwrap().to_owned();
    let path = format!("/v1.0/applications/{id}/federatedIdentityCredentials");
    let trust = json!({"name": "prod", "issuer": "https://i/", "subject": "s", "audiences": ["a"]});

    let made = send(&mut azure, &format!("POST {path}"), &trust).value();
    let again = send(&mut azure, &format!("POST {path}"), &trust);
    let changed = send(
        &mut azure,
        &format!("PATCH {path}/prod"),
        &json!({"subject": "t"}),
    );
    let seen = send(
        &mut azure,
        &format!("GET {path}/{}", made["id"].as_str().unwrap()),
        &Value::Null,
    );
    let deleted = send(&mut azure, &format!("DELETE {path}/prod"), &Value::Null);

    assert_eq!(code(&again), "Request_MultipleObjectsWithSameKeyValue");
    assert_eq!(
        (changed.status, deleted.status),
        (StatusCode::NO_CONTENT, StatusCode::NO_CONTENT)
    );
    assert_eq!(seen.value()["subject"], "t");
    let left = send(&mut azure, &format!("GET {path}"), &Value::Null);
    assert_eq!(left.value()["value"], json!([]));
}

#[test]
fn what_graph_does_not_know_is_an_error() {
    let mut azure = example();

    for (line, body) in [
        ("GET /beta/applications", Value::Null),
        ("GET /v1.0/me", Value::Null),
        ("GET /v1.0/applications?$search=x", Value::Null),
        ("GET /v1.0/applications?$filter=tags eq 'x'", Value::Null),
        (
            "POST /v1.0/applications",
            json!({"displayName": "x", "surprise": 1}),
        ),
        ("POST /v1.0/applications", json!({})),
    ] {
        let answered = send(&mut azure, line, &body);

        assert_eq!(answered.status, StatusCode::BAD_REQUEST, "{line}");
    }
}

#[test]
fn an_upsert_makes_one_application_however_often_it_is_sent() {
    let mut azure = example();
    azure.options.replication_lag = Duration::from_secs(20);
    let body = json!({"displayName": "amw-rw-prod"});
    let line = "PATCH /v1.0/applications(uniqueName='key')";
    let upsert = |azure: &mut Azure| {
        let asked = request(line)
            .to(Service::Graph)
            .bearing(&token(azure))
            .with_header("prefer", "create-if-missing")
            .with_body(body.to_string());
        answer(&asked, azure)
    };

    let absent = send(&mut azure, line, &body);
    let made = upsert(&mut azure);
    let again = upsert(&mut azure);
    let read = "GET /v1.0/applications(uniqueName='key')";
    let early = send_after(&mut azure, 5, read, &Value::Null);
    let late = send_after(&mut azure, 20, read, &Value::Null);

    assert_eq!(absent.status, StatusCode::NOT_FOUND);
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(again.status, StatusCode::NO_CONTENT);
    assert_eq!(early.status, StatusCode::NOT_FOUND);
    assert_eq!(late.value()["id"], made.value()["id"]);
    let id = made.value()["id"].as_str().unwrap().to_owned();
    let owners = format!("GET /v1.0/applications/{id}/owners");
    let owners = send_after(&mut azure, 20, &owners, &Value::Null).value();
    assert_eq!(owners["value"].as_array().unwrap().len(), 1);
    send_after(
        &mut azure,
        20,
        &format!("DELETE /v1.0/applications/{id}"),
        &Value::Null,
    );
    assert_eq!(code(&upsert(&mut azure)), "Request_BadRequest");
    let deleted = format!("GET /v1.0/directory/deletedItems/{id}");
    let deleted = send_after(&mut azure, 20, &deleted, &Value::Null);
    assert_eq!(deleted.value()["id"], made.value()["id"]);
}
