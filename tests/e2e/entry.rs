//! Does the last remote write of a Prometheus say what its way to the workspace asks for?

use anyhow::{Context as _, Result, ensure};
use serde_yaml::Value;

use crate::expected::Endpoint;
use crate::target::Target;
use crate::way::Way;

/// It is ours, and whoever else has an entry does not matter here.
pub(crate) fn suits(entries: &Value, way: Way, target: Target, endpoint: &Endpoint) -> Result<()> {
    let entries = entries.as_sequence();
    let ours = entries
        .and_then(|all| all.last())
        .context("no remote write")?;
    let address = endpoint.address(way);
    ensure!(ours["url"] == address, "not the URL {address}: {ours:?}");
    let key = match target.is_operated() {
        true => "azureAd",
        false => "azuread",
    };
    let needed = endpoint.azuread(way, target)?;
    ensure!(ours[key] == needed, "not {needed:?}: {ours:?}");
    Ok(())
}
