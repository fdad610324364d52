//! Does helm make of the values that were written what the Prometheus Operator must see?

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::Story;
use crate::files;
use crate::helm::{Chart, Manifest};
use crate::offline::{self, Wish};
use crate::programs::{Program, Release};
use crate::schema::Schema;
use crate::sign_in::SignIn;
use crate::world::World;

pub(super) fn stories() -> Vec<Story> {
    SignIn::ALL
        .into_iter()
        .flat_map(|sign_in| {
            let way = sign_in.title();
            [
                Story::new(
                    format!("helm_renders_the_values_patched_for_{way}"),
                    &[Program::Helm],
                    move || helm_renders_patched_values(sign_in),
                ),
                Story::new(
                    format!("helm_renders_new_values_for_{way}"),
                    &[Program::Helm],
                    move || helm_renders_new_values(sign_in),
                ),
            ]
        })
        .collect()
}

fn helm_renders_patched_values(sign_in: SignIn) -> Result<()> {
    let world = World::on_loopback()?;
    let values = world.copy("values.yaml")?;

    let init = [
        "init",
        "--yes",
        "--write",
        "-o",
        "json",
        "--cluster",
        "aks-prod",
    ];
    let answers = [
        "--target",
        "kube-prometheus-stack",
        "--input",
        "values.yaml",
    ];
    let sign_in_by = ["--auth", sign_in.name()];
    let connected = world
        .amw_rw(&[&init[..], &answers, &sign_in_by].concat())?
        .succeeds()?;

    let connected: Value = serde_json::from_str(&connected)?;
    let endpoint = |field: &str| connected["endpoint"][field].as_str().context("no endpoint");
    let before = Manifest::of(
        Chart::KubePrometheusStack,
        &files::suite().join("data/values.yaml"),
    )?;
    let after = Manifest::of(Chart::KubePrometheusStack, &values)?;
    the_operator_sees(&after, sign_in, endpoint("url")?, endpoint("client_id")?)?;
    ensure!(
        after
            .remote_write()?
            .split_last()
            .is_some_and(|(_, theirs)| before.remote_write().is_ok_and(|all| all == theirs)),
        "the data team's entry is not as it was: {:?}",
        after.remote_write()?
    );
    let spec = after.prometheus()?;
    ensure!(
        spec["externalLabels"]["region"] == "westeurope",
        "a label is gone"
    );
    ensure!(
        spec["podMetadata"]["labels"]["team"] == "observability",
        "a pod label is gone"
    );
    Ok(())
}

fn helm_renders_new_values(sign_in: SignIn) -> Result<()> {
    let folder = tempfile::tempdir()?;

    // A release that looks for its token in one place only, so that the file must see to it that one is there.
    let wish = Wish {
        target: "kube-prometheus-stack",
        sign_in,
        release: Release::V3_13,
    };
    let values = wish.render(folder.path())?;

    let manifest = Manifest::of(Chart::KubePrometheusStack, &values)?;
    let volume = &manifest.prometheus()?["volumes"][0];
    ensure!(
        volume["projected"].is_mapping() == sign_in.is_federated(),
        "volume: {volume:?}"
    );
    the_operator_sees(&manifest, sign_in, offline::WRITE_URL, offline::CLIENT_ID)
}

/// The last entry is ours; label and annotation are there for workload identity, and only for it.
fn the_operator_sees(
    manifest: &Manifest,
    sign_in: SignIn,
    url: &str,
    client_id: &str,
) -> Result<()> {
    let key = sign_in.custom_key();
    let refers_to_secret = sign_in == SignIn::EntraSecret;
    let ours = manifest
        .remote_write()?
        .last()
        .context("no entry of ours")?;
    ensure!(ours["url"] == url, "not the URL {url}: {ours:?}");
    let way = &ours["azureAd"][key];
    ensure!(
        way["clientId"] == client_id,
        "not {key} as {client_id}: {ours:?}"
    );
    ensure!(
        way["clientSecret"]["name"].is_string() == refers_to_secret,
        "secret: {ours:?}"
    );
    let spec = manifest.prometheus()?;
    ensure!(
        spec["externalLabels"]["cluster"] == "aks-prod",
        "no cluster label"
    );
    Schema::of("Prometheus")?.accepts(manifest.object("Prometheus")?)?;

    let federated = sign_in.is_federated();
    let labels = &spec["podMetadata"]["labels"];
    ensure!(
        (labels["azure.workload.identity/use"] == "true") == federated,
        "labels: {labels:?}"
    );
    let annotations = manifest.service_account_annotations()?;
    let annotated = annotations["azure.workload.identity/client-id"] == client_id;
    ensure!(annotated == federated, "annotations: {annotations:?}");
    Ok(())
}
