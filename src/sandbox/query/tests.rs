//! The paths of a query endpoint, asked as a client of Prometheus asks them.

use serde_json::{Value, json};

use super::answer;
use crate::sandbox::{
    azure::Azure,
    fixtures::{self, WorkspaceFixture},
    ingestion,
    service::Service,
    testing::{example, request, start_time},
};

const NOON: i64 = 1_768_478_400;

/// A workspace with the sample of the test write, and who may read it.
fn world() -> (Azure, WorkspaceFixture, String) {
    let mut azure = example();
    let workspace = fixtures::workspace(&mut azure.state);
    let caller = fixtures::identity_caller(&azure.state);
    for role in ["Monitoring Metrics Publisher", "Monitoring Data Reader"] {
        fixtures::role(&mut azure.state, caller.object_id, role);
    }
    let expires = start_time() + jiff::SignedDuration::from_hours(1);
    let token = |audience: &str| azure.tokens.mint(&caller, audience, start_time(), expires);
    let written = request(&format!("POST {}", workspace.write_path()))
        .at(Service::Ingestion, &workspace.ingestion)
        .bearing(&token("https://monitor.azure.com/"))
        .with_header("content-type", "application/x-protobuf")
        .with_header("content-encoding", "snappy")
        .with_body(fixtures::probe(start_time()));
    let token = token("https://prometheus.monitor.azure.com");
    assert_eq!(ingestion::answer(&written, &mut azure).status.as_u16(), 204);
    (azure, workspace, token)
}

/// The status and the answer to each question, at noon plus a minute.
fn ask(lines: &[&str]) -> Vec<(u16, Value)> {
    let (mut azure, workspace, token) = world();
    lines
        .iter()
        .map(|line| {
            let (line, body) = line.split_once(" < ").unwrap_or((line, ""));
            let asked = request(line)
                .at(Service::Query, &workspace.query)
                .bearing(&token)
                .with_body(body.to_owned())
                .after(60);
            let answered = answer(&asked, &mut azure);
            (answered.status.as_u16(), answered.value())
        })
        .collect()
}

fn data(line: &str) -> Value {
    let (status, mut answered) = ask(&[line]).remove(0);
    assert_eq!(status, 200, "{line}: {answered}");
    answered["data"].take()
}

#[test]
fn a_range_query_gives_a_value_for_each_moment() {
    let end = NOON + 360;
    let metric = json!({"__name__": "amw_rw_probe", "cluster": "aks-prod"});

    let values = data(&format!(
        "POST /api/v1/query_range < query=amw_rw_probe&start={NOON}&end={end}&step=2m"
    ));
    let number = data(&format!(
        "GET /api/v1/query_range?query=1%2B1&start={NOON}&end={NOON}&step=15"
    ));

    // For five minutes after the sample, and no longer.
    let seen: Vec<Value> = [0, 120, 240]
        .map(|later| json!([f64::from(1_768_478_400 + later), "1"]))
        .to_vec();
    assert_eq!(
        values,
        json!({"resultType": "matrix", "result": [{"metric": metric, "values": seen}]})
    );
    assert_eq!(number["result"][0]["values"][0][1], "2");
}

#[test]
fn an_instant_query_can_ask_for_numbers_and_samples() {
    let number = data("GET /api/v1/query?query=6*7");
    let samples = data("GET /api/v1/query?query=amw_rw_probe[5m]");

    assert_eq!(number["resultType"], "scalar");
    assert_eq!(number["result"][1], "42");
    assert_eq!(samples["resultType"], "matrix");
    assert_eq!(samples["result"][0]["values"][0][1], "1");
}

#[test]
fn series_and_labels_are_listed() {
    let metric = json!({"__name__": "amw_rw_probe", "cluster": "aks-prod"});

    assert_eq!(
        data("GET /api/v1/series?match[]=amw_rw_probe"),
        json!([metric])
    );
    assert_eq!(data("POST /api/v1/series < match[]=other"), json!([]));
    assert_eq!(data("GET /api/v1/labels"), json!(["__name__", "cluster"]));
    assert_eq!(data("GET /api/v1/labels?limit=1"), json!(["__name__"]));
    assert_eq!(
        data("GET /api/v1/label/__name__/values"),
        json!(["amw_rw_probe"])
    );
    // The sample is of noon.
    assert_eq!(
        data(&format!("GET /api/v1/labels?start={}", NOON + 1)),
        json!([])
    );
}

#[test]
fn what_azure_does_not_answer_is_refused() {
    let long = format!("GET /api/v1/series?match[]=up&start={}", NOON - 50_000);
    let answered = ask(&[
        "GET /api/v1/label/cluster/values",
        "POST /api/v1/label/__name__/values",
        "GET /api/v1/series",
        "GET /api/v1/series?match[]={__name__=~%22up.*%22}",
        &long,
        "GET /api/v1/series?match[]=rate(up[5m])",
        "GET /api/v1/query_range?query=up[5m]&start=1&end=2&step=1",
        "GET /api/v1/query?query=stddev(up)",
        "GET /api/v1/rules",
    ]);

    let statuses: Vec<u16> = answered.iter().map(|(status, _)| *status).collect();
    assert_eq!(
        statuses,
        [400, 405, 400, 400, 400, 400, 400, 422, 404],
        "{answered:#?}"
    );
}
