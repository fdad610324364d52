//! Does an unmodified Prometheus deliver with the file that `init` wrote, and does `doctor` see it when it may not any more?

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::EndToEndScenario;
use crate::administrator::CurlAdministrator;
use crate::files;
use crate::kubelet;
use crate::programs::{Program, Release};
use crate::prometheus::Prometheus;
use crate::run::{Finished, run};
use crate::secrecy;
use crate::sign_in::AuthFlag;
use crate::wait;
use crate::world::EndToEndWorld;

const ARRIVAL: Duration = Duration::from_secs(60);
const SAMPLES: &str = "prometheus_remote_storage_samples_total";
const FAILED: &str = "prometheus_remote_storage_samples_failed_total";

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    [
        (AuthFlag::UserIdentity, Release::V3_14),
        (AuthFlag::EntraSecret, Release::V3_14),
        (AuthFlag::WorkloadIdentity, Release::V3_14),
        (AuthFlag::UserIdentity, Release::V2_55),
        (AuthFlag::EntraSecret, Release::V2_55),
    ]
    .map(|(sign_in, release)| {
        let title = format!(
            "prometheus_{}_delivers_its_own_samples_by_{}_until_the_role_is_revoked",
            release.number(),
            sign_in.name().replace('-', "_"),
        );
        let needs = [
            Program::Ip,
            Program::Curl,
            Program::Kubectl,
            Program::Prometheus(release),
            Program::Promtool(release),
        ];
        EndToEndScenario::new(title, &needs, move || {
            samples_arrive_until_the_role_is_revoked(sign_in, release)
        })
    })
    .into()
}

fn samples_arrive_until_the_role_is_revoked(sign_in: AuthFlag, release: Release) -> Result<()> {
    let world = EndToEndWorld::as_azure()?;
    let config = world.copy("prometheus.yml")?;
    let connection = connection(sign_in, release);

    let init = [
        &[
            "init",
            "--yes",
            "--accept-unproved",
            "--write",
            "-o",
            "json",
        ],
        &connection[..],
    ]
    .concat();
    let connected = world.amw_rw(&init)?;
    if sign_in == AuthFlag::EntraSecret {
        the_secret_stays_secret(&world, &connected, &config)?;
    }
    connected.succeeds()?;
    let environment = pod_environment(&world, sign_in)?;
    promtool_accepts(&world, release, &config, &environment)?;
    let so_far = world.sandbox.journal.requests()?.len();
    let prometheus = Prometheus::start(&world, release, &config, &environment)?;

    nothing_is_lost(&config)?;
    samples_arrive(&world, &prometheus, release, so_far)?;
    let doctor = [&["doctor", "-o", "json"], &connection[..]].concat();
    world.amw_rw(&doctor)?.succeeds()?;
    doctor_sees_a_revoked_role(&world, &doctor)
}

/// The answers, as flags of both `init` and `doctor`.
fn connection(sign_in: AuthFlag, release: Release) -> Vec<&'static str> {
    let mut flags = vec![
        "--cluster",
        "aks-prod",
        "--prometheus",
        "file:prometheus.yml",
        "--prometheus-version",
        release.number(),
        "--auth",
        sign_in.name(),
        "--target",
        "prometheus-yml",
        "--input",
        "prometheus.yml",
    ];
    if sign_in == AuthFlag::WorkloadIdentity {
        flags.extend([
            "--service-account",
            "monitoring/kube-prometheus-stack-prometheus",
        ]);
    }
    if sign_in == AuthFlag::EntraSecret && release == Release::V2_55 {
        // This release shows the secret on its configuration page, which amw-rw warns of.
        flags.push("--force");
    }
    flags
}

/// What the webhook puts into the environment of a pod with workload identity.
fn pod_environment(
    world: &EndToEndWorld,
    sign_in: AuthFlag,
) -> Result<Vec<(&'static str, PathBuf)>> {
    if sign_in != AuthFlag::WorkloadIdentity {
        return Ok(Vec::new());
    }
    let token = kubelet::project_token(world)?;
    Ok(vec![("AZURE_FEDERATED_TOKEN_FILE", token)])
}

fn the_secret_stays_secret(
    world: &EndToEndWorld,
    connected: &Finished,
    config: &Path,
) -> Result<()> {
    let secret = secrecy::kept_secret(world.folder())?;
    let written = std::fs::read_to_string(config)?;
    ensure!(
        written.contains(&secret),
        "Prometheus would not know the secret"
    );
    ensure!(!connected.mentions(&secret), "`init` printed the secret");
    secrecy::only_private_files_hold(&secret, world.folder())
}

fn promtool_accepts(
    world: &EndToEndWorld,
    release: Release,
    config: &Path,
    environment: &[(&str, PathBuf)],
) -> Result<()> {
    let mut promtool = world.program(Program::Promtool(release).path()?);
    promtool
        .args(["check", "config"])
        .arg(config)
        .envs(environment.iter().cloned());
    run(&mut promtool)?.succeeds().map(drop)
}

fn nothing_is_lost(config: &Path) -> Result<()> {
    let original = files::original("prometheus.yml")?;
    let written = std::fs::read_to_string(config)?;
    let lost = files::first_lost_line(&original, &written);
    ensure!(
        lost.is_none(),
        "line `{}` is gone from\n{written}",
        lost.unwrap_or_default()
    );
    Ok(())
}

/// The journal has this Prometheus' writes as the identity with the role, and the workspace has its samples.
fn samples_arrive(
    world: &EndToEndWorld,
    prometheus: &Prometheus,
    release: Release,
    so_far: usize,
) -> Result<()> {
    let administrator = CurlAdministrator::of(world);
    let assignment = administrator.made("roleAssignments")?;
    let identity = administrator.field(&assignment, "2022-04-01", "/properties/principalId")?;
    let workspace = administrator.made("Microsoft.Monitor/accounts")?;
    let endpoint = administrator.field(
        &workspace,
        "2023-04-03",
        "/properties/metrics/prometheusQueryEndpoint",
    )?;

    let build = format!(
        r#"prometheus_build_info{{cluster="aks-prod",version="{}"}}"#,
        release.number()
    );
    wait::until("Prometheus' own samples in the workspace", ARRIVAL, || {
        let found = administrator.query(&endpoint, &build)?;
        Ok((!found.is_empty()).then_some(()))
    })
    .with_context(|| prometheus.log().unwrap_or_default())?;
    let delivered = prometheus.counter(SAMPLES)?;
    wait::until("more samples than before", ARRIVAL, || {
        Ok((prometheus.counter(SAMPLES)? > delivered).then_some(()))
    })?;

    ensure!(
        prometheus.counter(FAILED)? == 0.0,
        "Prometheus counts failed samples"
    );
    let requests = world.sandbox.journal.requests()?;
    let writes: Vec<_> = requests[so_far..]
        .iter()
        .filter(|request| request.service == "ingestion")
        .collect();
    ensure!(!writes.is_empty(), "the journal shows no write");
    for write in writes {
        ensure!(
            write.succeeded() && write.principal == identity,
            "expected {identity}, got {write:?}"
        );
    }
    Ok(())
}

fn doctor_sees_a_revoked_role(world: &EndToEndWorld, doctor: &[&str]) -> Result<()> {
    let administrator = CurlAdministrator::of(world);
    let assignment = administrator.made("roleAssignments")?;
    let identity = administrator.field(&assignment, "2022-04-01", "/properties/principalId")?;
    administrator.delete(&assignment, "2022-04-01")?;

    let report = world.amw_rw(doctor)?.fails_with(4)?;

    let report: Value = serde_json::from_str(&report)?;
    let checks = report["checks"].as_array().context("no checks")?;
    let failed: Vec<_> = checks
        .iter()
        .filter(|check| check["verdict"] == "fail")
        .collect();
    let role = failed.iter().find(|check| check["id"] == "role-assignment");
    let role = role.with_context(|| format!("the role is not missed: {failed:#?}"))?;
    let found = role["found"].as_str().unwrap_or_default();
    ensure!(
        found.contains("Monitoring Metrics Publisher") && found.contains(&identity),
        "not whose role is missing: {found}"
    );
    ensure!(
        role["next"][0]["command"]
            .as_array()
            .is_some_and(|words| words[..4] == ["amw-rw", "apply", "--only", "role-assignment"]),
        "not what to do: {}",
        role["next"]
    );
    let consequences = ["role-assignment", "write"];
    ensure!(
        failed
            .iter()
            .all(|check| consequences.iter().any(|id| check["id"] == *id)),
        "more fails than the missing role explains: {failed:#?}"
    );
    Ok(())
}
