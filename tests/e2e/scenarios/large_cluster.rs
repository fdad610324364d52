//! How much memory does a large cluster cost? Run by hand: making 4,000 objects takes about a minute.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::EndToEndScenario;
use crate::cluster_user::ClusterUser;
use crate::control_plane;

const DEPLOYMENTS: usize = 3000;
const STATEFUL_SETS: usize = 1000;
/// About 17 KiB, as workloads with long commands or annotations have.
const PADDING: usize = 15 * 1024;
/// kubectl sends at most 50 requests a second, so several run at once.
const AT_ONCE: usize = 8;
/// In KiB, for a debug build.
const LIMIT: u64 = 120 * 1024;

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    let title = "a_plan_for_a_cluster_of_4000_workloads_takes_less_than_120_mib";
    vec![EndToEndScenario::new(title, &control_plane::NEEDS, large_cluster).manual()]
}

#[expect(
    clippy::print_stderr,
    reason = "the figures are for docs/performance.md"
)]
fn large_cluster() -> Result<()> {
    let user = ClusterUser::new()?;
    user.apply("plain-prometheus.yaml")?;
    let namespace = &user.case.namespace;
    let deployments = (0..DEPLOYMENTS).map(|number| workload("Deployment", namespace, number));
    let sets = (0..STATEFUL_SETS).map(|number| workload("StatefulSet", namespace, number));
    let all: Vec<Value> = deployments.chain(sets).collect();
    for (number, items) in all.chunks(all.len() / AT_ONCE).enumerate() {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
        let file: PathBuf = user.world.folder().join(format!("large-{number}.json"));
        std::fs::write(file, list.to_string())?;
    }
    let create = "for file in large-*.json; do kubectl create -f $file > /dev/null & jobs=\"${jobs-} $!\"; done
        for job in $jobs; do wait $job; done";
    user.case.shell(create)?.succeeds()?;

    // Without `--prometheus`, everything is looked at. This is the only Prometheus, because no other scenario runs.
    let started = std::time::Instant::now();
    let peak = user.peak_memory_of_plan(&["-vv"])?;
    let took = started.elapsed();

    let log = std::fs::read_to_string(user.world.folder().join("plan.stderr"))?;
    let pages = |path: &str| log.lines().filter(|line| line.contains(path)).count();
    let pages = (
        pages(r#"path="/apis/apps/v1/deployments""#),
        pages(r#"path="/apis/apps/v1/statefulsets""#),
    );
    // The Operator has made one StatefulSet more.
    ensure!(pages == (6, 3), "not pages of 500, once: {pages:?}");
    eprintln!("plan: {} MiB at most, {took:.1?}", peak / 1024);
    ensure!(peak < LIMIT, "plan took {peak} KiB");
    Ok(())
}

fn workload(kind: &str, namespace: &str, number: usize) -> Value {
    let name = format!("{}-{number}", kind.to_lowercase());
    let labels = json!({"app": name});
    let mut spec = json!({
        "replicas": 0,
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels, "annotations": {"padding": "x".repeat(PADDING)}},
            "spec": {"containers": [{"name": "web", "image": "web:1"}]},
        },
    });
    if kind == "StatefulSet" {
        spec["serviceName"] = json!(name);
    }
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec})
}
