//! The real kubectl and helm against the sandbox's cluster: reading, writing, and the lines that init prints.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::EndToEndScenario;
use crate::files;
use crate::programs::Program;
use crate::run::{Finished, run};
use crate::world::EndToEndWorld;

const NEEDS: [Program; 2] = [Program::Kubectl, Program::Helm];
const RELEASE: &str = "kube-prometheus-stack";

/// What `init` is asked for, besides its file.
const WORKLOAD_IDENTITY: &[&str] = &["init", "--yes", "--auth", "workload-identity", "--out"];
const CLIENT_SECRET: &[&str] = &[
    "init",
    "--yes",
    "--auth",
    "entra-secret",
    "--prometheus",
    "monitoring/plain",
    "--out",
];

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    vec![
        EndToEndScenario::new("kubectl_reads_the_sandboxs_cluster", &NEEDS, kubectl_reads),
        EndToEndScenario::new(
            "kubectl_watches_the_sandboxs_cluster",
            &NEEDS,
            kubectl_watches,
        ),
        EndToEndScenario::new(
            "kubectl_writes_to_the_sandboxs_cluster",
            &NEEDS,
            kubectl_writes,
        ),
        EndToEndScenario::new("the_sandbox_knows_who_owns_a_field", &NEEDS, field_owners),
        EndToEndScenario::new(
            "the_helm_line_of_init_works_in_the_sandbox",
            &NEEDS,
            helm_line,
        ),
        EndToEndScenario::new(
            "the_kubectl_lines_of_init_work_twice_in_the_sandbox",
            &NEEDS,
            kubectl_lines,
        ),
    ]
}

/// A shell of the sandbox's user with both programs on its PATH.
fn shell(world: &EndToEndWorld, line: &str) -> Result<Command> {
    let folder = |program: Program| -> Result<String> {
        let path = program.path()?;
        let folder = path.parent().context("a program is in a folder")?;
        Ok(folder.display().to_string())
    };
    let path = format!(
        "{}:{}:/usr/sbin:/usr/bin:/sbin:/bin",
        folder(Program::Kubectl)?,
        folder(Program::Helm)?
    );
    let mut command = world.signed_in("sh");
    command.args(["-euc", line]).env("PATH", path);
    Ok(command)
}

fn sh(world: &EndToEndWorld, line: &str) -> Result<Finished> {
    run(&mut shell(world, line)?)
}

/// Runs each line and looks for the text that must be in its output.
fn prints(world: &EndToEndWorld, lines: &[(&str, &str)]) -> Result<()> {
    for (line, expected) in lines {
        let printed = sh(world, line)?.succeeds()?;
        ensure!(
            printed.contains(expected),
            "`{line}` printed no `{expected}`:\n{printed}"
        );
    }
    Ok(())
}

fn kubectl_reads() -> Result<()> {
    let world = EndToEndWorld::on_loopback()?;
    let name = "kube-prometheus-stack-prometheus";
    prints(
        &world,
        &[
            ("kubectl version", "Server Version: v1.33"),
            ("kubectl get --raw /readyz", "ok"),
            ("kubectl get --raw /livez", "ok"),
            ("kubectl get --raw /healthz", "ok"),
            ("kubectl get --raw /apis", "APIGroupList"),
            ("kubectl auth whoami", "Username"),
            ("kubectl auth can-i list secrets -n monitoring", "yes"),
            (
                "kubectl auth can-i --list",
                "prometheuses.monitoring.coreos.com",
            ),
            (
                "kubectl get all -n monitoring",
                "deployment.apps/kube-prometheus-stack-operator   1/1",
            ),
            (
                "kubectl get prometheuses -A",
                "v3.14.0-distroless   1         1       True         True",
            ),
            ("kubectl get prom -n monitoring -o wide", "PAUSED"),
            (
                "kubectl get secrets -n monitoring",
                "helm.sh/release.v1   1",
            ),
            (
                "kubectl get pods -n monitoring -l app.kubernetes.io/instance=kube-prometheus-stack-prometheus -o name",
                "pod/prometheus-",
            ),
            (
                &format!(
                    "kubectl get prom -n monitoring --field-selector metadata.name={name} -o json"
                ),
                name,
            ),
            (
                "kubectl get deployments,statefulsets -n monitoring -o yaml",
                "kind: StatefulSet",
            ),
            (
                "kubectl get --chunk-size=1 pods -n monitoring -o name",
                "operator",
            ),
            ("kubectl explain prometheuses", "Prometheus"),
            ("helm list -n monitoring", "kube-prometheus-stack-88.5.3"),
            (
                "helm get values kube-prometheus-stack -n monitoring",
                "retention: 10d",
            ),
            (
                "helm status kube-prometheus-stack -n monitoring",
                "STATUS: deployed",
            ),
        ],
    )
}

fn kubectl_watches() -> Result<()> {
    let world = EndToEndWorld::on_loopback()?;
    let line = "kubectl create configmap a; \
        kubectl get configmaps --watch --output-watch-events > events & watcher=$!; sleep 2; \
        kubectl label configmap a b=c; kubectl delete configmap a; sleep 1; kill $watcher; cat events";
    let events = sh(&world, line)?.succeeds()?;
    for event in ["ADDED", "MODIFIED", "DELETED"] {
        ensure!(events.contains(event), "no {event} in:\n{events}");
    }
    Ok(())
}

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: monitoring}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: 'web:1'}
      - {name: side, image: 'side:1'}
";

fn kubectl_writes() -> Result<()> {
    let world = EndToEndWorld::on_loopback()?;
    std::fs::write(world.folder().join("web.yaml"), DEPLOYMENT)?;
    let without_side = DEPLOYMENT.replace("      - {name: side, image: 'side:1'}\n", "");
    std::fs::write(world.folder().join("less.yaml"), without_side)?;
    prints(
        &world,
        &[
            ("kubectl apply --validate=strict -f web.yaml", "created"),
            ("kubectl apply -f web.yaml", "unchanged"),
            (
                "kubectl set image -n monitoring deployment/web web=web:2",
                "updated",
            ),
            (
                "kubectl get deployment web -n monitoring -o jsonpath='{.spec.template.spec.containers[*].image}'",
                "web:2 side:1",
            ),
            ("kubectl apply -f less.yaml", "configured"),
            (
                "kubectl get deployment web -n monitoring -o jsonpath='{.spec.template.spec.containers[*].image}'",
                "web:1",
            ),
            (
                "kubectl rollout restart deployment/web -n monitoring",
                "restarted",
            ),
            (
                "kubectl rollout status deployment/web -n monitoring",
                "successfully rolled out",
            ),
            (
                "kubectl annotate deployment web -n monitoring a=b",
                "annotated",
            ),
            (
                "kubectl create secret generic s -n monitoring --from-literal=key=value",
                "created",
            ),
            (
                "kubectl get secret s -n monitoring -o jsonpath='{.data.key}'",
                "dmFsdWU=",
            ),
            (
                "kubectl patch prometheus kube-prometheus-stack-prometheus -n monitoring --type merge -p '{\"spec\":{\"retention\":\"1d\"}}'",
                "patched",
            ),
            ("kubectl delete -f web.yaml", "deleted"),
            (
                "kubectl get deployment web -n monitoring --ignore-not-found; echo gone",
                "gone",
            ),
        ],
    )?;
    refuses_as_a_real_server_does(&world)
}

fn refuses_as_a_real_server_does(world: &EndToEndWorld) -> Result<()> {
    let again = sh(world, "kubectl create secret generic s -n monitoring")?;
    ensure!(again.mentions("already exists"), "{again:?}");
    let strategic =
        "kubectl patch prometheus kube-prometheus-stack-prometheus -n monitoring -p '{}'";
    let refused = sh(world, strategic)?;
    ensure!(
        refused.mentions("application/strategic-merge-patch+json is not supported"),
        "{refused:?}"
    );
    Ok(())
}

fn field_owners() -> Result<()> {
    let world = EndToEndWorld::on_loopback()?;
    let resource = "
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: kube-prometheus-stack-prometheus, namespace: monitoring}
spec: {replicas: 2}
";
    std::fs::write(world.folder().join("two.yaml"), resource)?;
    let apply = "kubectl apply --server-side --field-manager me -f two.yaml";
    let refused = sh(&world, apply)?;
    ensure!(
        refused.mentions("conflict with \"helm\": .spec.replicas"),
        "{refused:?}"
    );
    prints(
        &world,
        &[
            (&format!("{apply} --force-conflicts"), "serverside-applied"),
            (
                "kubectl get prom -n monitoring -o jsonpath='{.items[0].spec.replicas} {.items[0].spec.retention}'",
                "2 10d",
            ),
            (
                "kubectl get prom -n monitoring -o jsonpath='{.items[0].metadata.managedFields[?(@.manager==\"me\")].operation}' --show-managed-fields",
                "Apply",
            ),
        ],
    )
}

/// Has `init` write the file, and gives the lines below `Next:`.
fn next_lines(world: &EndToEndWorld, arguments: &[&str], file: &str) -> Result<Vec<String>> {
    let finished = world.amw_rw(&[arguments, &[file]].concat())?;
    let stderr = finished.stderr_of_success()?;
    let lines: Vec<String> = stderr
        .lines()
        .skip_while(|line| *line != "Next:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.starts_with("# "))
        .collect();
    ensure!(!lines.is_empty(), "no next step in:\n{stderr}");
    Ok(lines)
}

fn helm_line() -> Result<()> {
    let world = EndToEndWorld::on_loopback()?;
    let lines = next_lines(&world, WORKLOAD_IDENTITY, "values.yaml")?;
    let [upgrade] = lines.as_slice() else {
        anyhow::bail!("one line is enough: {lines:?}");
    };
    // A folder of this name is a chart to helm, so the line runs unchanged, without a repository.
    let chart = upgrade
        .split_whitespace()
        .nth(3)
        .context("the line names a chart")?;
    copy_chart(&world, chart)?;

    prints(
        &world,
        &[
            (upgrade, "has been upgraded"),
            (
                "helm get values kube-prometheus-stack -n monitoring",
                "azure-monitor-amw-aks-prod",
            ),
            (
                "kubectl get prom -n monitoring -o jsonpath='{.items[0].spec.remoteWrite[0].azureAd}'",
                "clientId",
            ),
            (
                "kubectl get sa -n monitoring -o yaml",
                "azure.workload.identity/client-id",
            ),
        ],
    )?;
    world.amw_rw(&["doctor"])?.succeeds()?;
    prints(
        &world,
        &[
            (
                "helm rollback kube-prometheus-stack 1 -n monitoring",
                "success",
            ),
            (
                "kubectl get prom -n monitoring -o jsonpath='{.items[0].spec.remoteWrite}'; echo gone",
                "gone",
            ),
            (
                "helm history kube-prometheus-stack -n monitoring",
                "Rollback to 1",
            ),
        ],
    )
}

fn copy_chart(world: &EndToEndWorld, chart: &str) -> Result<()> {
    let to = world.folder().join(chart);
    let parent = to.parent().context("the line names a repository")?;
    std::fs::create_dir_all(parent)?;
    let mut copy = Command::new("cp");
    copy.arg("-r")
        .arg(files::suite().join("charts").join(RELEASE))
        .arg(to);
    run(&mut copy)?.succeeds().map(|_| ())
}

fn kubectl_lines() -> Result<()> {
    let world = EndToEndWorld::on_loopback_in("plain-resource")?;
    let lines = next_lines(&world, CLIENT_SECRET, "patch.json")?;
    for line in &lines {
        sh(&world, line)?.succeeds()?;
    }
    let spec = "kubectl get prom plain -n monitoring -o jsonpath='{.spec}'";
    let once = sh(&world, spec)?.succeeds()?;
    for line in &lines {
        // The patch tests that it was not applied yet, so a second one is refused as a whole.
        let _ = sh(&world, line)?;
    }
    let twice = sh(&world, spec)?.succeeds()?;

    ensure!(once == twice, "applied twice:\n{once}\n{twice}");
    for kept in ["mimir.example", "/etc/rules", "north", "azureAd"] {
        ensure!(once.contains(kept), "no {kept} in {once}");
    }
    let doctor = [
        "doctor",
        "--auth",
        "entra-secret",
        "--prometheus",
        "monitoring/plain",
    ];
    world.amw_rw(&doctor)?.succeeds()?;
    Ok(())
}
