//! Resources and values whose lists are null, empty or shared: the printed lines are followed twice, and nothing is lost or doubled.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::EndToEndScenario;
use crate::cluster_user::{ClusterUser, first_lost, next_steps};
use crate::control_plane::{self, OperatorManifest};
use crate::programs::Program;

const OURS: &str = "azure-monitor-amw-aks-prod";
const PLAIN: OperatorManifest = OperatorManifest {
    kind: "Prometheus",
    name: "plain",
};
const STACK: OperatorManifest = OperatorManifest {
    kind: "Prometheus",
    name: "kube-prometheus-stack-prometheus",
};

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    let scenario = |title: &str, run: fn() -> Result<()>| {
        let needs = [&control_plane::NEEDS[..], &[Program::Helm]].concat();
        EndToEndScenario::new(title, &needs, run)
    };
    vec![
        scenario(
            "lists_of_a_resource_that_are_null_or_empty_are_filled_once",
            null_lists,
        ),
        scenario(
            "a_resource_with_a_finalizer_is_patched_and_keeps_it",
            finalizer,
        ),
        scenario(
            "argo_cd_over_helm_is_the_owner_that_is_named",
            argo_cd_over_helm,
        ),
        scenario(
            "values_with_aliases_nulls_and_empty_lists_keep_everything",
            odd_values,
        ),
        scenario(
            "a_patch_fails_for_a_resource_of_that_name_in_another_namespace",
            another_namespace,
        ),
    ]
}

/// One entry of ours, and everything that was there before.
fn is_connected(user: &ClusterUser, resource: OperatorManifest, before: &Value) -> Result<()> {
    let after = user.case.object(resource.kind, resource.name)?;
    let lost = first_lost(&before["spec"], &after["spec"], "spec");
    ensure!(lost.is_none(), "{lost:?} is gone: {:#}", after["spec"]);
    let entries = after["spec"]["remoteWrite"].as_array();
    let ours = entries
        .into_iter()
        .flatten()
        .filter(|one| one["name"] == OURS);
    ensure!(ours.count() == 1, "not one entry of ours: {after:#}");
    Ok(())
}

fn null_lists() -> Result<()> {
    let text = crate::files::original("plain-prometheus.yaml")?;
    let text = text.split("  volumes:").next().context("no volumes")?;
    for lists in [
        "  remoteWrite: null\n  volumes: null\n  volumeMounts: null\n",
        "  remoteWrite: []\n  volumes: []\n  volumeMounts: []\n  externalLabels: {}\n",
    ] {
        for auth in ["workload-identity", "entra-secret"] {
            let user = ClusterUser::new()?;
            user.case
                .kubectl(["create", "serviceaccount", "prometheus"])?;
            // A key that is there twice would be refused by the API server.
            let text = match lists.contains("externalLabels") {
                true => text.replace("  externalLabels:\n    region: westeurope\n", ""),
                false => text.to_owned(),
            };
            let file = user.case.write("plain.yaml", &(text + lists))?;
            user.case.apply(&file)?;
            let before = user.case.object(PLAIN.kind, PLAIN.name)?;

            let reference = user.reference(PLAIN.name);
            let arguments = [
                "--auth",
                auth,
                "--prometheus",
                &reference,
                "--out",
                "p.yaml",
            ];
            for _ in 0..2 {
                user.init_and_follow(&arguments)?;
            }

            is_connected(&user, PLAIN, &before).with_context(|| format!("{auth}: {lists}"))?;
        }
    }
    Ok(())
}

fn finalizer() -> Result<()> {
    let user = ClusterUser::new()?;
    user.apply("plain-prometheus.yaml")?;
    let finalizer = r#"{"metadata": {"finalizers": ["example.com/keep"]}}"#;
    let patch = [
        "patch",
        "prometheus",
        "plain",
        "--type=merge",
        "-p",
        finalizer,
    ];
    user.case.kubectl(patch)?;
    let before = user.case.object(PLAIN.kind, PLAIN.name)?;

    let reference = user.reference(PLAIN.name);
    user.init_and_follow(&["--prometheus", &reference, "--out", "p.yaml"])?;

    is_connected(&user, PLAIN, &before)?;
    let after = user.case.object(PLAIN.kind, PLAIN.name)?;
    ensure!(
        after["metadata"]["finalizers"] == before["metadata"]["finalizers"],
        "the finalizer is gone: {after:#}"
    );
    Ok(())
}

/// Argo CD renders a chart itself, and what it installs can carry the marks of both.
fn argo_cd_over_helm() -> Result<()> {
    let user = ClusterUser::new()?;
    user.install("mimir-values.yaml", &[])?;
    let mark =
        "argocd.argoproj.io/tracking-id=shop:monitoring.coreos.com/Prometheus:monitoring/stack";
    user.case
        .kubectl(["annotate", "prometheus", STACK.name, mark])?;
    let before = user.case.object(STACK.kind, STACK.name)?;

    let reference = user.reference(STACK.name);
    for target in ["kube-prometheus-stack", "custom-resource"] {
        let out = format!("{target}.yaml");
        let arguments = [
            "--target",
            target,
            "--prometheus",
            &reference,
            "--out",
            &out,
        ];
        let printed = user.init(&arguments)?.output_of_success()?;

        ensure!(printed.contains("Argo CD application `shop`"), "{printed}");
        let lines = next_steps(&printed);
        let undone = ["helm upgrade", "kubectl patch"];
        ensure!(
            !lines
                .iter()
                .any(|line| undone.iter().any(|verb| line.starts_with(verb))),
            "Argo CD would undo it: {lines:?}"
        );
    }
    let after = user.case.object(STACK.kind, STACK.name)?;
    ensure!(before["spec"] == after["spec"], "init changed {after:#}");
    Ok(())
}

const ODD_VALUES: &str = "\
theirs: &theirs
  region: westeurope
prometheus:
  prometheusSpec:
    externalLabels: *theirs
    replicas: 2
    additionalRemoteWrite: []
    remoteWrite:
      - name: mimir
        url: https://mimir.example/api/v1/push
    volumes: null
";

fn odd_values() -> Result<()> {
    let user = ClusterUser::new()?;
    let values = user.case.write("odd.yaml", ODD_VALUES)?;
    let chart = crate::helm::TestChart::KubePrometheusStack;
    let folder = chart.folder().display().to_string();
    let values = values.display().to_string();
    user.case
        .helm(["install", chart.release(), &folder, "--values", &values])?;
    let before = user.case.object(STACK.kind, STACK.name)?;

    let reference = user.reference(STACK.name);
    for _ in 0..2 {
        user.init_and_follow(&["--prometheus", &reference, "--out", "v.yaml"])?;
    }

    is_connected(&user, STACK, &before)
}

fn another_namespace() -> Result<()> {
    let user = ClusterUser::new()?;
    user.apply("plain-prometheus.yaml")?;
    let reference = user.reference(PLAIN.name);
    let printed = user.init(&["--prometheus", &reference, "--out", "p.yaml"])?;
    let printed = printed.output_of_success()?;
    let other = ClusterUser::new()?;
    let bare = crate::files::original("plain-prometheus.yaml")?;
    let bare = bare.replace("name: mimir", "name: thanos");
    let bare = other.case.write("bare.yaml", &bare)?;
    other.case.apply(&bare)?;
    let before = other.case.object(PLAIN.kind, PLAIN.name)?;

    let lines = next_steps(&printed);
    let patch = lines.iter().find(|line| line.contains("kubectl patch"));
    let patch = patch.context("no kubectl patch")?;
    let elsewhere = patch.replace(&user.case.namespace, &other.case.namespace);
    let refused = user.case.shell(&elsewhere)?;

    ensure!(!refused.went_well(), "it was applied: {refused:?}");
    let after = other.case.object(PLAIN.kind, PLAIN.name)?;
    ensure!(before["spec"] == after["spec"], "changed: {after:#}");
    Ok(())
}
