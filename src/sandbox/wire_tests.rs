//! Tests of a whole sandbox over its sockets.

use reqwest::{Client, RequestBuilder, Response};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{Options, Sandbox};

const GROUP: &str = "resourceGroups/rg-new?api-version=2024-11-01";

async fn with_fault(fault: &str) -> Sandbox {
    let options = Options {
        faults: vec![fault.parse().unwrap()],
        ..Options::default()
    };
    Sandbox::start(options).await.unwrap()
}

/// A token for Resource Manager, got from Entra.
async fn token(sandbox: &Sandbox) -> String {
    let signed_in = sandbox.signed_in();
    let url = format!(
        "{}/{}/oauth2/v2.0/token",
        sandbox.urls().entra,
        signed_in.tenant_id
    );
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &signed_in.client_id.to_string()),
        ("client_secret", signed_in.client_secret.expose_secret()),
        ("scope", "https://management.azure.com/.default"),
    ];
    let answer = Client::new().post(url).form(&form).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

/// The URL of something in the sandbox's subscription.
fn url(sandbox: &Sandbox, rest: &str) -> String {
    let subscription = sandbox.signed_in().subscription_id;
    let base = &sandbox.urls().resource_manager;
    format!("{base}/subscriptions/{subscription}/{rest}")
}

fn get_group(sandbox: &Sandbox, token: &str) -> RequestBuilder {
    Client::new().get(url(sandbox, GROUP)).bearer_auth(token)
}

fn put_group(sandbox: &Sandbox, token: &str) -> RequestBuilder {
    let body = json!({"location": "westeurope"});
    Client::new()
        .put(url(sandbox, GROUP))
        .bearer_auth(token)
        .json(&body)
}

async fn status(request: RequestBuilder) -> u16 {
    request
        .send()
        .await
        .as_ref()
        .map(Response::status)
        .unwrap()
        .as_u16()
}

#[tokio::test]
async fn it_answers_until_it_is_stopped_and_leaves_a_journal() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.jsonl");
    let options = Options {
        journal: Some(journal.clone()),
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    let token = token(&sandbox).await;

    let made = status(put_group(&sandbox, &token)).await;
    let again = get_group(&sandbox, &token);
    let _state = sandbox.stop().await;
    let after_its_end = again.send().await;

    assert_eq!(made, 201);
    assert!(after_its_end.unwrap_err().is_connect());
    let text = std::fs::read_to_string(journal).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    let [entra, put] = lines.as_slice() else {
        panic!("two requests were made, not {}", lines.len());
    };
    assert_eq!(
        (&entra["service"], &entra["write"]),
        (&json!("entra"), &json!(false))
    );
    assert_eq!(
        (&put["service"], &put["write"]),
        (&json!("resource-manager"), &json!(true))
    );
    assert_eq!(
        (&put["api_version"], &put["status"]),
        (&json!("2024-11-01"), &json!(201))
    );
    assert_eq!(
        (&put["method"], &put["fault"]),
        (&json!("PUT"), &Value::Null)
    );
    assert!(
        put["path"]
            .as_str()
            .unwrap()
            .ends_with("/resourceGroups/rg-new")
    );
    assert!(!text.contains(&token));
}

#[tokio::test]
async fn a_post_without_a_length_is_refused_over_http_1() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let token = token(&sandbox).await;
    let register = || {
        let path = "providers/Microsoft.Monitor/register?api-version=2021-04-01";
        Client::new()
            .post(url(&sandbox, path))
            .bearer_auth(token.as_str())
    };

    assert_eq!(status(register()).await, 411);
    assert_eq!(status(register().header("content-length", 0)).await, 200);
}

#[tokio::test]
async fn a_lost_reply_is_lost_after_the_work_was_done() {
    let sandbox = with_fault("lost-reply:PUT").await;
    let token = token(&sandbox).await;

    let lost = put_group(&sandbox, &token).send().await;
    let found = status(get_group(&sandbox, &token)).await;

    assert!(lost.is_err());
    assert_eq!(found, 200);
    let line = &sandbox.journal()[1];
    assert_eq!(
        (&line["status"], &line["fault"]),
        (&json!(201), &json!("lost-reply"))
    );
}

#[tokio::test]
async fn faults_are_changed_while_the_sandbox_runs() {
    let sandbox = with_fault("reset").await;
    let base = sandbox.urls().entra.trim_end_matches("/entra").to_owned();
    let put = |body: &'static str| {
        Client::new()
            .put(format!("{base}/sandbox/faults"))
            .body(body)
    };

    let refused = status(put("often")).await;
    let cleared = status(put("")).await;
    let token = token(&sandbox).await;

    assert_eq!((refused, cleared), (400, 204));
    assert!(!token.is_empty());
}

#[tokio::test]
async fn a_reset_closes_the_connection_before_any_work() {
    let sandbox = with_fault("reset:PUT").await;
    let token = token(&sandbox).await;

    let reset = put_group(&sandbox, &token).send().await;
    let missing = status(get_group(&sandbox, &token)).await;

    assert!(reset.is_err());
    assert_eq!(missing, 404);
    assert_eq!(sandbox.journal()[1]["fault"], "reset");
}

#[tokio::test]
async fn a_cut_body_ends_before_its_announced_length() {
    let sandbox = with_fault("cut-body:PUT").await;
    let token = token(&sandbox).await;

    let answer = put_group(&sandbox, &token).send().await.unwrap();
    let announced = answer.content_length().unwrap();
    let body = answer.bytes().await;
    let found = status(get_group(&sandbox, &token)).await;

    assert!(announced > 2);
    assert!(body.is_err());
    assert_eq!(found, 200);
}

#[tokio::test]
async fn a_stall_gives_no_answer_before_or_after_the_work() {
    for (fault, then) in [("stall:PUT", 404), ("stalled-reply:PUT", 200)] {
        let sandbox = with_fault(fault).await;
        let token = token(&sandbox).await;
        let deadline = std::time::Duration::from_millis(300);

        let stalled = put_group(&sandbox, &token).timeout(deadline).send().await;
        let after = status(get_group(&sandbox, &token)).await;

        assert!(stalled.unwrap_err().is_timeout(), "{fault}");
        assert_eq!(after, then, "{fault}");
    }
}

#[tokio::test]
async fn a_truncated_answer_is_no_json_any_more() {
    let sandbox = with_fault("truncated-json:PUT").await;

    let answer = put_group(&sandbox, &token(&sandbox).await)
        .send()
        .await
        .unwrap();

    assert_eq!(answer.status().as_u16(), 201);
    assert!(answer.json::<Value>().await.is_err());
}

#[tokio::test]
async fn a_gateways_error_is_a_page_and_nothing_is_done() {
    let sandbox = with_fault("html-error:PUT").await;
    let token = token(&sandbox).await;

    let answer = put_group(&sandbox, &token).send().await.unwrap();
    let missing = status(get_group(&sandbox, &token)).await;

    assert_eq!(answer.status().as_u16(), 503);
    assert!(answer.text().await.unwrap().starts_with("<html>"));
    assert_eq!(missing, 404);
}

#[tokio::test]
async fn a_web_page_whose_name_leads_here_is_turned_away() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let token = token(&sandbox).await;

    let rebound = get_group(&sandbox, &token).header("host", "rebound.example.com");
    let own = get_group(&sandbox, &token);

    assert_eq!(status(rebound).await, 421);
    assert_eq!(status(own).await, 404);
}

#[tokio::test]
async fn it_does_not_listen_where_others_could_reach_it() {
    let exposed = Options {
        listen: "0.0.0.0:0".parse().unwrap(),
        ..Options::default()
    };

    let refused = Sandbox::start(exposed).await.unwrap_err();

    let reason = "listens on loopback and link-local addresses only, not on 0.0.0.0:0";
    assert!(refused.to_string().ends_with(reason), "{refused}");
}

#[tokio::test]
async fn an_unknown_scenario_is_refused_by_name() {
    let unknown = Options {
        scenario: "utopia".to_owned(),
        ..Options::default()
    };

    let refused = Sandbox::start(unknown).await.unwrap_err();

    assert!(refused.to_string().contains("`utopia`"), "{refused}");
}
