//! Does the last remote write of a Prometheus contain what its way to the workspace needs?

use anyhow::{Context as _, Result, ensure};
use serde_yaml::Value;

use crate::expected::ExpectedEndpoint;
use crate::target::TargetFlag;
use crate::way::PathAndSignIn;

/// It is ours, and entries of others do not matter here.
pub(crate) fn suits(
    entries: &Value,
    way: PathAndSignIn,
    target: TargetFlag,
    endpoint: &ExpectedEndpoint,
) -> Result<()> {
    let key = match target.is_operated() {
        true => "azureAd",
        false => "azuread",
    };
    last_has(
        entries,
        endpoint.address(way),
        key,
        &endpoint.azuread(way, target)?,
    )
}

/// The same in the configuration that the Operator generated.
pub(crate) fn suits_as_generated(
    entries: &Value,
    way: PathAndSignIn,
    target: TargetFlag,
    endpoint: &ExpectedEndpoint,
) -> Result<()> {
    let needed = endpoint.generated_azuread(way, target)?;
    last_has(entries, endpoint.address(way), "azuread", &needed)
}

fn last_has(entries: &Value, address: &str, key: &str, needed: &Value) -> Result<()> {
    let entries = entries.as_sequence();
    let ours = entries
        .and_then(|all| all.last())
        .context("no remote write")?;
    ensure!(ours["url"] == address, "not the URL {address}: {ours:?}");
    ensure!(ours[key] == *needed, "not {needed:?}: {ours:?}");
    Ok(())
}
