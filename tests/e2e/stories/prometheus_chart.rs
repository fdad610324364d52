//! Does helm make of values for the prometheus chart a configuration that promtool accepts, and the pod that it needs?

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_yaml::Value;

use super::Story;
use crate::files;
use crate::helm::{Chart, Manifest};
use crate::offline::{self, Wish};
use crate::programs::{Program, Release};
use crate::promtool;
use crate::sign_in::SignIn;

const NEEDS: [Program; 2] = [Program::Helm, Program::Promtool(Release::V3_14)];

pub(super) fn stories() -> Vec<Story> {
    SignIn::ALL
        .into_iter()
        .flat_map(|sign_in| {
            let way = sign_in.title();
            [
                Story::new(
                    format!("promtool_accepts_the_prometheus_charts_new_values_for_{way}"),
                    &NEEDS,
                    move || promtool_accepts_new_values(sign_in),
                ),
                Story::new(
                    format!("promtool_accepts_the_prometheus_charts_values_patched_for_{way}"),
                    &NEEDS,
                    move || promtool_accepts_patched_values(sign_in),
                ),
            ]
        })
        .collect()
}

fn wish(sign_in: SignIn, release: Release) -> Wish {
    Wish {
        target: "prometheus-chart",
        sign_in,
        release,
    }
}

fn promtool_accepts_new_values(sign_in: SignIn) -> Result<()> {
    let folder = tempfile::tempdir()?;

    let values = wish(sign_in, Release::V3_14).render(folder.path())?;

    let manifest = Manifest::of(Chart::Prometheus, &values)?;
    promtool_accepts(&manifest, sign_in, folder.path())?;
    the_pod_can_sign_in(&manifest, sign_in)
}

fn promtool_accepts_patched_values(sign_in: SignIn) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let input = files::copy("values-prometheus-chart.yaml", folder.path())?;
    let before = Manifest::of(Chart::Prometheus, &input)?;

    // A release that looks for its token in one place only, so that the file must see to it that one is there.
    let values = wish(sign_in, Release::V3_13).patch(&input, folder.path())?;

    let after = Manifest::of(Chart::Prometheus, &values)?;
    promtool_accepts(&after, sign_in, folder.path())?;
    the_pod_can_sign_in(&after, sign_in)?;
    let theirs = |manifest: &Manifest| -> Result<Value> {
        let config: Value = serde_yaml::from_str(configuration(manifest)?)?;
        Ok(config["remote_write"][0].clone())
    };
    ensure!(
        theirs(&before)?["url"] == "https://receiver.monitoring.example/api/v1/push"
            && theirs(&before)? == theirs(&after)?,
        "the data team's entry is not as it was"
    );
    let pod = after.pod()?;
    ensure!(
        pod["metadata"]["labels"]["team"] == "observability",
        "a pod label is gone"
    );
    let volumes = pod["spec"]["volumes"].as_sequence().context("no volumes")?;
    let names: Vec<&str> = volumes
        .iter()
        .filter_map(|volume| volume["name"].as_str())
        .collect();
    let expected: &[&str] = match sign_in.is_federated() {
        true => &["config-volume", "ca", "azure-identity-token"],
        false => &["config-volume", "ca"],
    };
    ensure!(names == expected, "volumes: {names:?}");
    let text = std::fs::read_to_string(values)?;
    let original = files::original("values-prometheus-chart.yaml")?;
    let lost = files::first_lost_line(&original, &text);
    ensure!(lost.is_none(), "a line is gone: {lost:?}");
    Ok(())
}

fn configuration(manifest: &Manifest) -> Result<&str> {
    let config = manifest.object("ConfigMap")?["data"]["prometheus.yml"].as_str();
    config.context("no prometheus.yml in the ConfigMap")
}

fn promtool_accepts(manifest: &Manifest, sign_in: SignIn, folder: &Path) -> Result<()> {
    let config = configuration(manifest)?;
    promtool::accepts(Release::V3_14, config, folder)?;
    promtool::sees(config, sign_in, offline::WRITE_URL)
}

/// Label and annotation for workload identity and the variables for a secret, each only where it is needed.
fn the_pod_can_sign_in(manifest: &Manifest, sign_in: SignIn) -> Result<()> {
    let pod = manifest.pod()?;
    let labels = &pod["metadata"]["labels"];
    ensure!(
        (labels["azure.workload.identity/use"] == "true") == sign_in.is_federated(),
        "labels: {labels:?}"
    );
    let annotations = &manifest.object("ServiceAccount")?["metadata"]["annotations"];
    let annotated = annotations["azure.workload.identity/client-id"] == offline::CLIENT_ID;
    ensure!(
        annotated == sign_in.is_federated(),
        "annotations: {annotations:?}"
    );
    let empty = Vec::new();
    let environment = pod["spec"]["containers"][0]["env"]
        .as_sequence()
        .unwrap_or(&empty);
    let variable = |name: &str| environment.iter().find(|item| item["name"] == name);
    let secret = variable("AZURE_CLIENT_SECRET");
    ensure!(
        secret.is_some_and(|item| item["valueFrom"]["secretKeyRef"]["name"].is_string())
            == (sign_in.key_in_plain_view() == "sdk"),
        "environment: {environment:?}"
    );
    Ok(())
}
