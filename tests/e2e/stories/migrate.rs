//! Does Prometheus send the same series by itself that it sent through the sidecar before?

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::Story;
use crate::administrator::Administrator;
use crate::files;
use crate::helm::{Chart, Manifest};
use crate::patience;
use crate::programs::{Program, Release};
use crate::prometheus::Prometheus;
use crate::run::run;
use crate::stand_in::{Series, StandIn};
use crate::world::World;

const ARRIVAL: Duration = Duration::from_secs(90);
const FAILED: &str = "prometheus_remote_storage_samples_failed_total";
const WORKSPACE: &str = "/resourceGroups/rg-prod/providers/Microsoft.Monitor/accounts/amw-aks-prod";
/// Longer than two scrapes and a batch: what has not come by then was not sent.
const QUIET: Duration = Duration::from_secs(6);

pub(super) fn stories() -> Vec<Story> {
    let prometheus = [
        Program::Ip,
        Program::Curl,
        Program::Prometheus(Release::V3_14),
        Program::Promtool(Release::V3_14),
    ];
    vec![
        Story::new(
            "prometheus_sends_the_same_series_natively_as_through_the_sidecar",
            &prometheus,
            the_same_series_arrive,
        ),
        Story::new(
            "helm_renders_migrated_values_without_the_container",
            &[Program::Helm],
            helm_renders_migrated_values,
        ),
    ]
}

fn the_same_series_arrive() -> Result<()> {
    let world = World::as_azure_in("sidecar")?;
    let (write_url, client_id) = what_the_cluster_runs(&world)?;
    let config = place(&world, "prometheus.yml", |text| text)?;
    let manifest = place(&world, "deployment.yaml", |text| {
        text.replace("WRITE-URL", &write_url)
            .replace("CLIENT-ID", &client_id)
    })?;
    let before = through_the_stand_in(&world, &config)?;
    ensure!(
        before.len() > 500,
        "only {} series are compared",
        before.len()
    );

    let migrate = [
        "migrate",
        "--input",
        "prometheus.yml",
        "--sidecar",
        "deployment.yaml",
        "--write",
    ];
    world.amw_rw(&migrate)?.succeeds()?;

    promtool_accepts(&world, &config)?;
    ensure!(
        std::fs::read_to_string(&manifest)?.contains("prom-remotewrite"),
        "the manifest was changed"
    );
    let prometheus = Prometheus::start(&world, Release::V3_14, &config, &[])?;
    let arrived = patience::until("the series of before in the workspace", ARRIVAL, || {
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
    nothing_is_left_to_migrate(&world)
}

/// The live Prometheus is read from the cluster: its custom resource, and the values of its release.
fn what_the_cluster_runs(world: &World) -> Result<(String, String)> {
    let mut read = Vec::new();
    for prometheus in [
        "monitoring/kube-prometheus-stack-prometheus",
        "release:kube-prometheus-stack",
    ] {
        let told = world
            .amw_rw(&[
                "migrate",
                "--prometheus",
                prometheus,
                "--diff",
                "-o",
                "json",
            ])?
            .succeeds()?;
        let told: Value = serde_json::from_str(&told)?;
        let field = |name: &str| told["native"][name].as_str().map(str::to_owned);
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

fn place(world: &World, name: &str, edit: impl FnOnce(String) -> String) -> Result<PathBuf> {
    let path = world.folder().join(name);
    std::fs::write(&path, edit(files::original(&format!("sidecar/{name}"))?))?;
    Ok(path)
}

/// All series that Prometheus sends where the sidecar would listen.
fn through_the_stand_in(world: &World, config: &Path) -> Result<BTreeSet<Series>> {
    let mut stand_in = StandIn::start(world)?;
    let prometheus = Prometheus::start(world, Release::V3_14, config, &[])?;
    // It counts who asks it: later it is asked this, so it has to be asked now too.
    prometheus.metric_names()?;
    let mut count = 0;
    patience::until(
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

fn in_the_workspace(world: &World, prometheus: &Prometheus) -> Result<BTreeSet<Series>> {
    let administrator = Administrator::of(world);
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

/// Without the URL that a queue writes to, which is the one thing that is meant to differ.
fn comparable(series: BTreeSet<Series>) -> BTreeSet<Series> {
    let mut series: Vec<Series> = series.into_iter().collect();
    series
        .iter_mut()
        .for_each(|labels| drop(labels.remove("url")));
    series.into_iter().collect()
}

fn difference(before: &BTreeSet<Series>, now: &BTreeSet<Series>) -> String {
    let lost: Vec<_> = before.difference(now).collect();
    let new: Vec<_> = now.difference(before).collect();
    format!("lost of {}: {lost:#?}\nnew: {new:#?}", before.len())
}

fn promtool_accepts(world: &World, config: &Path) -> Result<()> {
    let mut promtool = world.stranger(Program::Promtool(Release::V3_14).path()?);
    run(promtool.args(["check", "config"]).arg(config))?
        .succeeds()
        .map(drop)
}

fn nothing_is_left_to_migrate(world: &World) -> Result<()> {
    let again = ["migrate", "--input", "prometheus.yml", "--check"];
    world.amw_rw(&again)?.succeeds().map(drop)
}

fn helm_renders_migrated_values() -> Result<()> {
    let world = World::on_loopback()?;
    let original = files::suite().join("../data/migrate/values-user-assigned.yaml");
    let values = world.folder().join("values.yaml");
    std::fs::copy(&original, &values)?;

    let migrate = [
        "migrate",
        "--input",
        "values.yaml",
        "--prometheus-version",
        "3.14.0",
        "--write",
    ];
    world.amw_rw(&migrate)?.succeeds()?;

    let (before, after) = (
        Manifest::of(Chart::KubePrometheusStack, &original)?,
        Manifest::of(Chart::KubePrometheusStack, &values)?,
    );
    ensure!(
        before.prometheus()?["containers"][0]["name"] == "prom-remotewrite",
        "the story starts without the sidecar"
    );
    ensure!(
        after.prometheus()?["containers"].is_null(),
        "containers: {:?}",
        after.prometheus()?["containers"]
    );
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
