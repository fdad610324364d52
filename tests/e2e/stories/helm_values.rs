//! Does helm make of the values that `init` wrote what the Prometheus Operator must see?

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize as _;
use serde_yaml::Value;

use super::Story;
use crate::files;
use crate::programs::Program;
use crate::run::run;
use crate::sign_in::SignIn;
use crate::world::World;

pub(super) fn stories() -> Vec<Story> {
    SignIn::ALL
        .map(|sign_in| {
            let title = format!(
                "helm_renders_the_values_written_for_{}",
                sign_in.name().replace('-', "_")
            );
            Story::new(title, &[Program::Helm], move || {
                helm_renders_the_values(sign_in)
            })
        })
        .into()
}

fn helm_renders_the_values(sign_in: SignIn) -> Result<()> {
    let world = World::on_loopback()?;
    let values = world.copy("values.yaml")?;

    let arguments = [
        "init",
        "--yes",
        "--write",
        "-o",
        "json",
        "--cluster",
        "aks-prod",
        "--auth",
        sign_in.name(),
        "--target",
        "kube-prometheus-stack",
        "--input",
        "values.yaml",
    ];
    let connected: Value = serde_yaml::from_str(&world.amw_rw(&arguments)?.succeeds()?)?;

    let before = rendered(&files::suite().join("data/values.yaml"))?;
    let after = rendered(&values)?;
    let prometheus = one(&after, "Prometheus")?;
    let remote_write = prometheus["spec"]["remoteWrite"]
        .as_sequence()
        .context("no remoteWrite")?;
    ensure!(
        remote_write.len() == 2,
        "the data team's entry and ours: {remote_write:?}"
    );
    ensure!(
        remote_write[0] == one(&before, "Prometheus")?["spec"]["remoteWrite"][0],
        "theirs is as it was"
    );
    let ours = &remote_write[1];
    let endpoint = &connected["endpoint"];
    ensure!(
        ours["url"] == endpoint["url"],
        "the URL is the one that init reports: {ours:?}"
    );
    ensure!(
        signs_in(ours, endpoint, sign_in),
        "{ours:?} does not sign in by {}",
        sign_in.name()
    );
    ensure!(
        prometheus["spec"]["externalLabels"]["cluster"] == "aks-prod",
        "the cluster label is there"
    );
    ensure!(
        prometheus["spec"]["externalLabels"]["region"] == "westeurope",
        "and the label that was there"
    );
    workload_identity_reaches_the_pod(&after, endpoint, sign_in)
}

fn signs_in(entry: &Value, endpoint: &Value, sign_in: SignIn) -> bool {
    let azure = &entry["azureAd"];
    let (key, secret) = match sign_in {
        SignIn::UserIdentity => ("managedIdentity", false),
        SignIn::EntraSecret => ("oauth", true),
        SignIn::WorkloadIdentity => ("workloadIdentity", false),
    };
    let refers_to_a_secret = azure[key]["clientSecret"]["name"].is_string();
    azure[key]["clientId"] == endpoint["client_id"] && refers_to_a_secret == secret
}

/// The pod's label and the service account's annotation are there for workload identity, and only for it.
fn workload_identity_reaches_the_pod(
    objects: &[Value],
    endpoint: &Value,
    sign_in: SignIn,
) -> Result<()> {
    let labels = &one(objects, "Prometheus")?["spec"]["podMetadata"]["labels"];
    let annotations = &one(objects, "ServiceAccount")?["metadata"]["annotations"];
    let labelled = labels["azure.workload.identity/use"] == "true";
    let annotated = annotations["azure.workload.identity/client-id"] == endpoint["client_id"];
    let expected = sign_in == SignIn::WorkloadIdentity;
    ensure!(labelled == expected, "label on the pod: {labels:?}");
    ensure!(
        annotated == expected,
        "annotation on the service account: {annotations:?}"
    );
    ensure!(
        labels["team"] == "observability",
        "the label that was there: {labels:?}"
    );
    Ok(())
}

/// What helm makes of the values: all objects of the release.
fn rendered(values: &Path) -> Result<Vec<Value>> {
    let mut helm = Command::new(Program::Helm.path()?);
    helm.args(["template", "kube-prometheus-stack"])
        .arg(files::suite().join("chart"));
    helm.args(["--namespace", "monitoring", "--values"])
        .arg(values);
    let manifest = run(&mut helm)?.succeeds()?;
    serde_yaml::Deserializer::from_str(&manifest)
        .map(|document| Value::deserialize(document).context("helm printed no YAML"))
        .collect()
}

fn one<'a>(objects: &'a [Value], kind: &str) -> Result<&'a Value> {
    objects
        .iter()
        .find(|object| object["kind"] == kind)
        .with_context(|| format!("helm rendered no {kind}"))
}
