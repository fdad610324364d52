//! Samples on their way in and out again: the whole data path, short of the wire.

use serde_json::json;

use super::answer;
use crate::sandbox::{
    azure::Azure,
    fixtures::{self, WorkspaceFixture},
    query,
    request::ServiceRequest,
    response::Response,
    service::Service,
    testing::{example, request, start_time},
    tokens::TokenCaller,
};

/// The example with a workspace, and an identity that may do nothing yet.
fn world() -> (Azure, WorkspaceFixture, TokenCaller) {
    let mut azure = example();
    let workspace = fixtures::workspace(&mut azure.state);
    let caller = fixtures::identity_caller(&azure.state);
    (azure, workspace, caller)
}

fn grant(azure: &mut Azure, caller: &TokenCaller, role: &str) {
    fixtures::role(&mut azure.state, caller.object_id, role);
}

fn token(azure: &Azure, caller: &TokenCaller, audience: &str) -> String {
    let expires = start_time() + jiff::SignedDuration::from_hours(1);
    azure.tokens.mint(caller, audience, start_time(), expires)
}

fn writing(azure: &Azure, workspace: &WorkspaceFixture, caller: &TokenCaller) -> ServiceRequest {
    request(&format!("POST {}", workspace.write_path()))
        .at(Service::Ingestion, &workspace.ingestion)
        .bearing(&token(azure, caller, "https://monitor.azure.com/"))
        .with_header("content-type", "application/x-protobuf")
        .with_header("content-encoding", "snappy")
        .with_body(fixtures::probe(start_time()))
}

fn ask(
    azure: &mut Azure,
    workspace: &WorkspaceFixture,
    caller: &TokenCaller,
    query: &str,
) -> Response {
    let token = token(azure, caller, "https://prometheus.monitor.azure.com");
    let asked = request(&format!("GET /api/v1/query?query={query}"))
        .at(Service::Query, &workspace.query)
        .bearing(&token);
    query::answer(&asked, azure)
}

#[test]
fn a_sample_that_was_written_can_be_read_back() {
    let (mut azure, workspace, caller) = world();
    grant(&mut azure, &caller, "Monitoring Metrics Publisher");
    grant(&mut azure, &caller, "Monitoring Data Reader");

    let written = answer(&writing(&azure, &workspace, &caller), &mut azure);
    let read = ask(
        &mut azure,
        &workspace,
        &caller,
        "amw_rw_probe{cluster=~\"aks-.*\"}",
    );

    assert_eq!(written.status.as_u16(), 204);
    assert_eq!(written.notes["samples"], 1);
    assert_eq!(written.notes["principal"], caller.object_id.to_string());
    assert_eq!(
        read.value(),
        json!({"status": "success", "data": {"resultType": "vector", "result": [{
            "metric": {"__name__": "amw_rw_probe", "cluster": "aks-prod"},
            "value": [1_768_478_400.0, "1"],
        }]}})
    );
}

#[test]
fn a_role_counts_only_once_it_has_propagated() {
    let (mut azure, workspace, caller) = world();
    grant(&mut azure, &caller, "Monitoring Metrics Publisher");
    azure.options.role_propagation = std::time::Duration::from_secs(60);

    let early = answer(&writing(&azure, &workspace, &caller).after(59), &mut azure);
    let late = answer(&writing(&azure, &workspace, &caller).after(60), &mut azure);

    let message = early.value()["error"]["message"].to_string();
    assert_eq!(early.status.as_u16(), 403);
    assert!(message.contains("IsRbacPresent: False"), "{message}");
    assert!(message.contains(&caller.object_id.to_string()), "{message}");
    assert_eq!(late.status.as_u16(), 204);
}

#[test]
fn reading_needs_its_own_role_and_its_own_token() {
    let (mut azure, workspace, caller) = world();
    grant(&mut azure, &caller, "Monitoring Metrics Publisher");

    let without_role = ask(&mut azure, &workspace, &caller, "up");
    let wrong_token = writing(&azure, &workspace, &caller).bearing(&token(
        &azure,
        &caller,
        "https://management.azure.com/",
    ));
    let wrong_token = answer(&wrong_token, &mut azure);

    assert_eq!(without_role.status.as_u16(), 403);
    assert_eq!(wrong_token.status.as_u16(), 401);
}

#[test]
fn the_rule_must_exist_and_belong_to_the_endpoint() {
    let (mut azure, workspace, caller) = world();
    grant(&mut azure, &caller, "Monitoring Metrics Publisher");
    let mut recreated = writing(&azure, &workspace, &caller);
    recreated.path = recreated.path.replace(&workspace.rule, "dcr-gone");
    let elsewhere =
        writing(&azure, &workspace, &caller).at(Service::Ingestion, "other.westeurope-1");

    let recreated = answer(&recreated, &mut azure);
    let elsewhere = answer(&elsewhere, &mut azure);

    assert_eq!(
        recreated.value()["error"]["message"],
        "Data collection rule with immutable Id 'dcr-gone' not found."
    );
    assert_eq!(recreated.status.as_u16(), 404);
    assert_eq!(elsewhere.status.as_u16(), 403);
    assert!(
        elsewhere.value()["error"]["message"]
            .to_string()
            .contains("IsDcrDceBindingValid: False")
    );
}

#[test]
fn the_form_of_a_write_is_checked_after_the_right_to_write() {
    let (mut azure, workspace, caller) = world();
    let gzip =
        |azure: &Azure| writing(azure, &workspace, &caller).with_header("content-encoding", "gzip");

    let forbidden = answer(&gzip(&azure), &mut azure);
    grant(&mut azure, &caller, "Monitoring Metrics Publisher");
    let unsupported = answer(&gzip(&azure), &mut azure);
    let json = writing(&azure, &workspace, &caller).with_header("content-type", "application/json");
    let json = answer(&json, &mut azure);
    let garbage = answer(
        &writing(&azure, &workspace, &caller).with_body("garbage"),
        &mut azure,
    );

    let statuses = [forbidden, unsupported, json, garbage].map(|it| it.status.as_u16());
    assert_eq!(statuses, [403, 415, 415, 400]);
}

#[test]
fn a_sample_shows_only_after_the_query_delay() {
    let (mut azure, workspace, caller) = world();
    grant(&mut azure, &caller, "Monitoring Metrics Publisher");
    grant(&mut azure, &caller, "Monitoring Data Reader");
    azure.options.query_delay = std::time::Duration::from_secs(30);
    answer(&writing(&azure, &workspace, &caller), &mut azure);
    let token = token(&azure, &caller, "https://prometheus.monitor.azure.com/");

    let mut found = |seconds| {
        let asked = request("POST /api/v1/query")
            .at(Service::Query, &workspace.query)
            .bearing(&token)
            .with_body("query=count(amw_rw_probe)")
            .after(seconds);
        let answered = query::answer(&asked, &mut azure).value();
        answered["data"]["result"].as_array().unwrap().len()
    };

    assert_eq!(found(29), 0);
    assert_eq!(found(30), 1);
}
