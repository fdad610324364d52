//! What Prometheus' own checker and a reader make of a configuration that many can read.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_yaml::Value;

use crate::offline::CLIENT_ID;
use crate::programs::{Program, Release};
use crate::run::run;
use crate::sign_in::SignIn;

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

/// The last remote write is ours, and the cluster has its label.
pub(crate) fn sees(config: &str, sign_in: SignIn, url: &str) -> Result<()> {
    let config: Value = serde_yaml::from_str(config)?;
    let entries = config["remote_write"].as_sequence();
    let (ours, _) = entries
        .and_then(|all| all.split_last())
        .context("no remote write")?;
    ensure!(ours["url"] == url, "not the URL {url}: {ours:?}");
    let key = sign_in.key_in_plain_view();
    let way = &ours["azuread"][key];
    ensure!(way.is_mapping(), "not {key}: {ours:?}");
    ensure!(
        key == "sdk" || way["client_id"] == CLIENT_ID,
        "not as {CLIENT_ID}: {ours:?}"
    );
    ensure!(
        config["global"]["external_labels"]["cluster"] == "aks-prod",
        "no cluster label"
    );
    Ok(())
}
