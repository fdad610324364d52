//! Does the sandbox's query endpoint answer as the Prometheus that wrote the samples, and does promtool read it?

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::EndToEndScenario;
use crate::administrator::CurlAdministrator;
use crate::programs::{Program, Release};
use crate::prometheus::Prometheus;
use crate::run::run;
use crate::wait;
use crate::world::EndToEndWorld;

const ARRIVAL: Duration = Duration::from_secs(90);
const ATTEMPTS: usize = 4;

/// One of each kind that the endpoint evaluates, over what a Prometheus says of itself.
const EXPRESSIONS: &[&str] = &[
    "up",
    "1 + 2 * 3 ^ 2",
    "-scalar(up{job=\"prometheus\"}) - time()",
    "go_goroutines offset 5s",
    "rate(prometheus_tsdb_head_samples_appended_total[20s])",
    "increase(prometheus_tsdb_head_samples_appended_total[17s])",
    "irate(prometheus_tsdb_head_samples_appended_total[20s])",
    "delta(go_memstats_alloc_bytes[20s])",
    "idelta(go_memstats_alloc_bytes[20s])",
    "changes(go_goroutines[30s])",
    "resets(go_memstats_alloc_bytes[30s])",
    "avg_over_time(go_goroutines{job=\"monitoring\"}[20s])",
    "sum_over_time(up[10s])",
    "count_over_time(up[10s] offset 3s)",
    "min_over_time(go_goroutines[20s])",
    "max_over_time(go_goroutines[20s])",
    "last_over_time(go_goroutines[20s])",
    "present_over_time(up[10s])",
    "sum by (handler) (rate(prometheus_http_requests_total[20s]))",
    "avg without (job) (up)",
    "count({__name__=~\"go_memstats_.+\", job!=\"monitoring\"}) by (team)",
    "topk(2, go_goroutines)",
    "bottomk by (team) (1, go_memstats_alloc_bytes)",
    "group(up)",
    "go_memstats_alloc_bytes / go_memstats_sys_bytes",
    "go_goroutines > 1",
    "up == bool 1",
    "go_goroutines * on (job) up",
    "up or absent(missing)",
    "up and ignoring (tier) (up{job=\"monitoring\"})",
    "up unless up{job=\"monitoring\"}",
    "absent(missing{job=\"x\"})",
    "ceil(go_memstats_alloc_bytes / 1e6)",
    "round(go_goroutines / 3)",
    "timestamp(up)",
    "vector(7)",
];

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    let needs = [
        Program::Ip,
        Program::Curl,
        Program::Kubectl,
        Program::Prometheus(Release::V3_14),
        Program::Promtool(Release::V3_14),
    ];
    vec![EndToEndScenario::new(
        "the_query_endpoint_answers_as_the_prometheus_that_wrote_and_promtool_reads_it",
        &needs,
        queries_agree,
    )]
}

fn queries_agree() -> Result<()> {
    let world = EndToEndWorld::as_azure()?;
    let config = world.copy("prometheus.yml")?;
    world
        .amw_rw(&[
            "init",
            "--yes",
            "--accept-unproved",
            "--write",
            "--cluster",
            "aks-prod",
            "--prometheus",
            "file:prometheus.yml",
            "--prometheus-version",
            Release::V3_14.number(),
            "--auth",
            "user-identity",
            "--target",
            "prometheus-yml",
            "--input",
            "prometheus.yml",
        ])?
        .succeeds()?;
    let prometheus = Prometheus::start(&world, Release::V3_14, &config, &[])?;
    let administrator = CurlAdministrator::of(&world);
    let workspace = administrator.made("Microsoft.Monitor/accounts")?;
    let endpoint = administrator.field(
        &workspace,
        "2023-04-03",
        "/properties/metrics/prometheusQueryEndpoint",
    )?;
    let moment = moment_that_both_have(&administrator, &endpoint)?;
    // Series go through several queues: under load, one can be behind the others.
    let mut differences = Vec::new();
    for _ in 0..ATTEMPTS {
        differences = differing(&administrator, &prometheus, &endpoint, &moment)?;
        if differences.is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_secs(10));
    }
    ensure!(differences.is_empty(), "{}", differences.join("\n"));
    promtool_reads(&administrator, &world, &endpoint, &moment)
}

/// The expressions to which the two have different answers, with both.
fn differing(
    administrator: &CurlAdministrator<'_>,
    prometheus: &Prometheus<'_>,
    endpoint: &str,
    moment: &str,
) -> Result<Vec<String>> {
    let mut differences = Vec::new();
    for expression in EXPRESSIONS {
        let ours = administrator
            .query_at(endpoint, expression, moment)
            .with_context(|| (*expression).to_owned())?;
        let theirs = prometheus.query_at(expression, moment)?;
        if !same(&ours, &theirs) {
            differences.push(format!(
                "{expression}\n  sandbox:    {ours}\n  Prometheus: {theirs}"
            ));
        }
    }
    Ok(differences)
}

/// The time of a sample of each job after half a minute of samples, with a later one to show that its write came through.
fn moment_that_both_have(administrator: &CurlAdministrator<'_>, endpoint: &str) -> Result<String> {
    let enough = "min(count_over_time(up{job=\"monitoring\"}[1m])) >= 8";
    wait::until("half a minute of samples in the workspace", ARRIVAL, || {
        let found = administrator.query(endpoint, enough)?;
        Ok((!found.is_empty()).then_some(()))
    })?;
    let newest = "min(timestamp(up))";
    let time = |found: &[Value]| found[0]["value"][1].as_str().map(str::to_owned);
    let moment = time(&administrator.query(endpoint, newest)?).context("no time of a sample")?;
    let later = format!("min(timestamp(up)) > {moment}");
    wait::until("later samples in the workspace", ARRIVAL, || {
        let found = administrator.query(endpoint, &later)?;
        Ok((!found.is_empty()).then_some(()))
    })?;
    Ok(moment)
}

/// Whether two answers have the same values; the workspace's series have the labels that remote write adds.
fn same(ours: &Value, theirs: &Value) -> bool {
    let values = |data: &Value| -> Option<Vec<(Value, f64)>> {
        let result = &data["result"];
        let value = |point: &Value| point[1].as_str()?.parse::<f64>().ok();
        if data["resultType"] == "scalar" {
            return Some(vec![(Value::Null, value(result)?)]);
        }
        let mut values = Vec::new();
        for element in result.as_array()? {
            let mut labels = element["metric"].clone();
            for external in ["cluster", "region"] {
                labels.as_object_mut()?.shift_remove(external);
            }
            labels.sort_all_objects();
            values.push((labels, value(&element["value"])?));
        }
        values.sort_by_key(|(labels, _)| labels.to_string());
        Some(values)
    };
    let (Some(ours), Some(theirs)) = (values(ours), values(theirs)) else {
        return false;
    };
    ours.len() == theirs.len()
        && ours.iter().zip(&theirs).all(|(ours, theirs)| {
            let distance = (ours.1 - theirs.1).abs();
            ours.0 == theirs.0 && distance <= 1e-9 * theirs.1.abs().max(1.0)
        })
}

fn promtool_reads(
    administrator: &CurlAdministrator<'_>,
    world: &EndToEndWorld,
    endpoint: &str,
    moment: &str,
) -> Result<()> {
    let settings = administrator.http_client_settings(&world.folder().join("promtool.yml"))?;
    let later = format!("{}", moment.parse::<f64>()? + 1.0);
    for (arguments, shown) in [
        (vec!["instant", "count(up)", "--time", moment], "=> 2 @"),
        (
            vec![
                "range",
                "count(up)",
                "--start",
                moment,
                "--end",
                &later,
                "--step",
                "1s",
            ],
            "2 @",
        ),
        (
            // Without a start, promtool asks for all times, of which Azure answers 12 hours.
            vec![
                "series",
                "--match",
                "up{job=\"prometheus\"}",
                "--start",
                moment,
                "--end",
                &later,
            ],
            "team=\"observability\"",
        ),
        (vec!["labels", "__name__"], "go_goroutines"),
    ] {
        let mut promtool = world.program(Program::Promtool(Release::V3_14).path()?);
        promtool.args(["query", arguments[0]]);
        promtool.arg("--http.config.file").arg(&settings);
        promtool.arg(endpoint).args(&arguments[1..]);
        let output = run(&mut promtool)?.succeeds()?;
        ensure!(
            output.contains(shown),
            "promtool query {arguments:?} shows no `{shown}`:\n{output}"
        );
    }
    Ok(())
}
