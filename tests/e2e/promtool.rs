//! What Prometheus' own checker and a reader make of a configuration.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use serde_yaml::Value;

use crate::entry;
use crate::expected::ExpectedEndpoint;
use crate::offline::RenderInput;
use crate::programs::{Program, Release};
use crate::run::run;

/// Checks the text, but not whether the files that it names are there: they are, in the pod.
pub(crate) fn accepts(release: Release, config: &str, folder: &Path) -> Result<()> {
    let file = folder.join("checked.yml");
    std::fs::write(&file, config)?;
    let mut promtool = Command::new(Program::Promtool(release).path()?);
    promtool
        .args(["check", "config", "--syntax-only"])
        .arg(file)
        .env_clear();
    run(&mut promtool)?.succeeds().map(drop)
}

/// The checker takes it, the last remote write is ours, and the cluster has its label.
pub(crate) fn approves(
    config: &str,
    render_input: RenderInput,
    endpoint: &ExpectedEndpoint,
    folder: &Path,
) -> Result<()> {
    let config = accepted(config, render_input, folder)?;
    let RenderInput { way, target, .. } = render_input;
    entry::suits(&config["remote_write"], way, target, endpoint)?;
    has_cluster_label(&config)
}

/// The same of a configuration that the Operator generated.
pub(crate) fn approves_generated(
    config: &str,
    render_input: RenderInput,
    endpoint: &ExpectedEndpoint,
    folder: &Path,
) -> Result<()> {
    let config = accepted(config, render_input, folder)?;
    let RenderInput { way, target, .. } = render_input;
    entry::suits_as_generated(&config["remote_write"], way, target, endpoint)?;
    has_cluster_label(&config)
}

fn has_cluster_label(config: &Value) -> Result<()> {
    let label = &config["global"]["external_labels"]["cluster"];
    ensure!(label == "aks-prod", "no cluster label: {label:?}");
    Ok(())
}

/// Of this release, or of the newest where a run of all checks does not have it.
pub(crate) fn checker(release: Release) -> Release {
    match release {
        Release::V2_55 => release,
        _ => Release::V3_14,
    }
}

fn accepted(config: &str, render_input: RenderInput, folder: &Path) -> Result<Value> {
    accepts(checker(render_input.release), config, folder)?;
    Ok(serde_yaml::from_str(config)?)
}
