//! Does Prometheus send the same series by itself that it sent through the sidecar before?

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize as _;
use serde_json::Value;

use super::EndToEndScenario;
use crate::administrator::CurlAdministrator;
use crate::files;
use crate::helm::{Manifest, TestChart};
use crate::programs::{Program, Release};
use crate::prometheus::Prometheus;
use crate::run::run;
use crate::schema::Schema;
use crate::stand_in::{SeriesLabels, StandIn};
use crate::wait;
use crate::world::EndToEndWorld;

const ARRIVAL: Duration = Duration::from_secs(90);
const FAILED: &str = "prometheus_remote_storage_samples_failed_total";
const WORKSPACE: &str = "/resourceGroups/rg-prod/providers/Microsoft.Monitor/accounts/amw-aks-prod";
/// Longer than two scrapes and a batch: what has not come by then was not sent.
const QUIET: Duration = Duration::from_secs(6);

/// Which file holds the remote write of a scenario.
#[derive(Clone, Copy)]
enum SourceForm {
    /// A configuration, and the manifest of its pod.
    Plain,
    /// Values of the chart `prometheus`.
    Chart,
}

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    let prometheus = [
        Program::Ip,
        Program::Curl,
        Program::Helm,
        Program::Prometheus(Release::V3_14),
        Program::Promtool(Release::V3_14),
    ];
    vec![
        EndToEndScenario::new(
            "prometheus_sends_the_same_series_natively_as_through_the_sidecar",
            &prometheus,
            || the_same_series_arrive(SourceForm::Plain),
        ),
        EndToEndScenario::new(
            "prometheus_sends_the_same_series_with_the_migrated_values_of_its_chart",
            &prometheus,
            || the_same_series_arrive(SourceForm::Chart),
        ),
        EndToEndScenario::new(
            "helm_renders_migrated_values_without_the_container",
            &[Program::Helm],
            helm_renders_migrated_values,
        ),
        EndToEndScenario::new(
            "the_schema_accepts_a_migrated_prometheus",
            &[],
            the_schema_accepts_a_migrated_resource,
        ),
        EndToEndScenario::new(
            "the_schema_accepts_a_certificate_that_moved_to_prometheus",
            &[Program::Helm],
            the_schema_accepts_migrated_values,
        ),
    ]
}

fn the_same_series_arrive(form: SourceForm) -> Result<()> {
    let world = EndToEndWorld::as_azure_in("sidecar")?;
    form.place(&world)?;
    let before = through_the_stand_in(&world, &form.configuration(&world)?)?;
    ensure!(
        before.len() > 500,
        "only {} series are compared",
        before.len()
    );

    world.amw_rw(form.migrate())?.succeeds()?;

    let config = form.configuration(&world)?;
    promtool_accepts(&world, &config)?;
    form.has_no_sidecar(&world)?;
    let prometheus = Prometheus::start(&world, Release::V3_14, &config, &[])?;
    let arrived = wait::until("the series of before in the workspace", ARRIVAL, || {
        let now = in_the_workspace(&world, &prometheus)?;
        Ok(before.is_subset(&now).then_some(now))
    })
    .with_context(|| {
        difference(
            &before,
            &in_the_workspace(&world, &prometheus).unwrap_or_default(),
        )
    })
    .with_context(|| prometheus.log().unwrap_or_default())?;
    ensure!(
        arrived == before,
        "more than before: {}",
        difference(&before, &arrived)
    );
    ensure!(
        prometheus.counter(FAILED)? == 0.0,
        "Prometheus counts failed samples"
    );
    world
        .amw_rw(&["migrate", "--check", "--input", form.file()])?
        .succeeds()
        .map(drop)
}

impl SourceForm {
    fn file(self) -> &'static str {
        match self {
            SourceForm::Plain => "prometheus.yml",
            SourceForm::Chart => "values.yaml",
        }
    }

    fn migrate(self) -> &'static [&'static str] {
        match self {
            SourceForm::Plain => &[
                "migrate",
                "--write",
                "--input",
                "prometheus.yml",
                "--sidecar",
                "deployment.yaml",
            ],
            SourceForm::Chart => &["migrate", "--write", "--input", "values.yaml"],
        }
    }

    /// Puts the files into the world, with the sidecar of its cluster.
    fn place(self, world: &EndToEndWorld) -> Result<()> {
        let (write_url, client_id) = what_the_cluster_runs(world)?;
        for name in [self.file(), "deployment.yaml"] {
            let text = files::original(&format!("sidecar/{name}"))?;
            let text = text
                .replace("WRITE-URL", &write_url)
                .replace("CLIENT-ID", &client_id);
            std::fs::write(world.folder().join(name), text)?;
        }
        Ok(())
    }

    /// The manifest of a pod stays as it is, for its owner to change; of values helm makes a pod without the container.
    fn has_no_sidecar(self, world: &EndToEndWorld) -> Result<()> {
        if let SourceForm::Chart = self {
            let manifest = Manifest::of(TestChart::Prometheus, &world.folder().join(self.file()))?;
            let containers = manifest.pod()?["spec"]["containers"].as_sequence();
            let names = containers
                .context("no containers")?
                .iter()
                .map(|one| &one["name"]);
            let names: Vec<_> = names.collect();
            ensure!(names == ["prometheus-server"], "containers: {names:?}");
        }
        Ok(())
    }

    /// The file that Prometheus reads in the end.
    fn configuration(self, world: &EndToEndWorld) -> Result<PathBuf> {
        let file = world.folder().join(self.file());
        match self {
            SourceForm::Plain => Ok(file),
            SourceForm::Chart => {
                let manifest = Manifest::of(TestChart::Prometheus, &file)?;
                let config = manifest.object("ConfigMap")?["data"]["prometheus.yml"].as_str();
                let path = world.folder().join("rendered.yml");
                std::fs::write(&path, config.context("no prometheus.yml in the ConfigMap")?)?;
                Ok(path)
            }
        }
    }
}

/// The live Prometheus is read from the cluster: its custom resource, and the values of its release.
fn what_the_cluster_runs(world: &EndToEndWorld) -> Result<(String, String)> {
    let mut read = Vec::new();
    for prometheus in [
        "monitoring/kube-prometheus-stack-prometheus",
        "release:kube-prometheus-stack",
    ] {
        let document = world
            .amw_rw(&[
                "migrate",
                "--prometheus",
                prometheus,
                "--diff",
                "-o",
                "json",
            ])?
            .succeeds()?;
        let document: Value = serde_json::from_str(&document)?;
        let field = |name: &str| document["native"][name].as_str().map(str::to_owned);
        read.push((
            field("url").context("no URL")?,
            field("client_id").context("no client id")?,
        ));
    }
    ensure!(
        read[0] == read[1],
        "the resource and the release differ: {read:?}"
    );
    Ok(read.remove(0))
}

/// All series that Prometheus sends where the sidecar would listen.
fn through_the_stand_in(world: &EndToEndWorld, config: &Path) -> Result<BTreeSet<SeriesLabels>> {
    let mut stand_in = StandIn::start(world)?;
    let prometheus = Prometheus::start(world, Release::V3_14, config, &[])?;
    // It counts who asks it: later it is asked this, so it has to be asked now too.
    prometheus.metric_names()?;
    let mut count = 0;
    wait::until(
        "series at the sidecar's place, and then no new ones",
        ARRIVAL,
        || {
            let now = stand_in.series()?.len();
            let is_settled = now > 0 && now == std::mem::replace(&mut count, now);
            std::thread::sleep(QUIET);
            Ok(is_settled.then_some(()))
        },
    )
    .with_context(|| prometheus.log().unwrap_or_default())?;
    Ok(comparable(stand_in.series()?))
}

fn in_the_workspace(
    world: &EndToEndWorld,
    prometheus: &Prometheus,
) -> Result<BTreeSet<SeriesLabels>> {
    let administrator = CurlAdministrator::of(world);
    let workspace = format!("{}{WORKSPACE}", administrator.subscription()?);
    let endpoint = administrator.field(
        &workspace,
        "2023-04-03",
        "/properties/metrics/prometheusQueryEndpoint",
    )?;
    let found = administrator.series(&endpoint, &prometheus.metric_names()?)?;
    let labels = found.into_iter().map(serde_json::from_value);
    Ok(comparable(labels.collect::<Result<_, _>>()?))
}

/// Without the URL that a queue writes to, which differs on purpose, and without the count of how often this scenario asked
/// before Prometheus was ready.
fn comparable(series: BTreeSet<SeriesLabels>) -> BTreeSet<SeriesLabels> {
    let is_of_waiting = |labels: &SeriesLabels| {
        let is = |name: &str, value: &str| labels.get(name).is_some_and(|it| it == value);
        is("handler", "/-/ready") && is("code", "503")
    };
    let kept = series.into_iter().filter(|labels| !is_of_waiting(labels));
    kept.map(|mut labels| {
        labels.remove("url");
        labels
    })
    .collect()
}

fn difference(before: &BTreeSet<SeriesLabels>, now: &BTreeSet<SeriesLabels>) -> String {
    let lost: Vec<_> = before.difference(now).collect();
    let new: Vec<_> = now.difference(before).collect();
    format!("lost of {}: {lost:#?}\nnew: {new:#?}", before.len())
}

fn promtool_accepts(world: &EndToEndWorld, config: &Path) -> Result<()> {
    let mut promtool = world.program(Program::Promtool(Release::V3_14).path()?);
    run(promtool.args(["check", "config"]).arg(config))?
        .succeeds()
        .map(drop)
}

/// One of the files that the migration itself is tested with, migrated.
fn migrated(name: &str, folder: &Path) -> Result<(PathBuf, PathBuf)> {
    let original = files::suite().join("../data/migrate").join(name);
    let path = folder.join(name);
    std::fs::copy(&original, &path)?;
    let mut migrate = Command::new(crate::AMW_RW);
    migrate
        .args([
            "migrate",
            "--write",
            "--prometheus-version",
            "3.14.0",
            "--input",
            name,
        ])
        .env_clear()
        .env("HOME", folder)
        .current_dir(folder);
    run(&mut migrate)?.succeeds()?;
    Ok((original, path))
}

fn helm_renders_migrated_values() -> Result<()> {
    let folder = tempfile::tempdir()?;

    let (original, values) = migrated("values-user-assigned.yaml", folder.path())?;

    let stack = |values: &Path| Manifest::of(TestChart::KubePrometheusStack, values);
    let (before, after) = (stack(&original)?, stack(&values)?);
    ensure!(
        before.prometheus()?["containers"][0]["name"] == "prom-remotewrite",
        "the scenario starts without the sidecar"
    );
    let containers = &after.prometheus()?["containers"];
    ensure!(containers.is_null(), "containers: {containers:?}");
    let (was, is) = (before.remote_write()?, after.remote_write()?);
    ensure!(
        was.len() == is.len() && was[1] == is[1],
        "the other remote write is not as it was: {is:?}"
    );
    ensure!(
        is[0]["azureAd"]["managedIdentity"]["clientId"].is_string(),
        "no sign-in: {:?}",
        is[0]
    );
    ensure!(
        is[0]["writeRelabelConfigs"] == was[0]["writeRelabelConfigs"],
        "relabeling: {:?}",
        is[0]
    );
    Ok(())
}

fn the_schema_accepts_a_migrated_resource() -> Result<()> {
    let folder = tempfile::tempdir()?;

    let (_, file) = migrated("prometheus-resource.yaml", folder.path())?;

    let text = std::fs::read_to_string(file)?;
    let documents = serde_yaml::Deserializer::from_str(&text).map(serde_yaml::Value::deserialize);
    let documents = documents.collect::<Result<Vec<_>, _>>()?;
    let prometheus = documents
        .iter()
        .find(|document| document["kind"] == "Prometheus");
    Schema::of("Prometheus")?.accepts(prometheus.context("the Prometheus is gone")?)
}

fn the_schema_accepts_migrated_values() -> Result<()> {
    let folder = tempfile::tempdir()?;

    let (_, values) = migrated("values-certificate.yaml", folder.path())?;

    let manifest = Manifest::of(TestChart::KubePrometheusStack, &values)?;
    Schema::of("Prometheus")?.accepts(manifest.object("Prometheus")?)?;
    let spec = manifest.prometheus()?;
    ensure!(
        spec["remoteWrite"][0]["azureAd"]["sdk"].is_mapping(),
        "{:?}",
        spec["remoteWrite"]
    );
    let container = &spec["containers"][0];
    ensure!(container["name"] == "prometheus", "{container:?}");
    ensure!(
        spec["volumeMounts"][0]["name"] == spec["volumes"][0]["name"],
        "the certificate is not mounted: {:?}",
        spec["volumeMounts"]
    );
    Ok(())
}
