//! Rendering a new file from given facts, without any Azure.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::programs::Release;
use crate::run::run;
use crate::sign_in::SignIn;

pub(crate) const WRITE_URL: &str = "https://amw-aks-prod-1a2b.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24";
pub(crate) const CLIENT_ID: &str = "11111111-1111-4111-8111-111111111111";
const TENANT_ID: &str = "22222222-2222-4222-8222-222222222222";

/// Has `amw-rw render` write a new file of this target into the folder.
pub(crate) fn render(
    target: &str,
    sign_in: SignIn,
    release: Release,
    folder: &Path,
) -> Result<PathBuf> {
    let mut render = Command::new(crate::AMW_RW);
    render
        .args(["render", "--target", target, "--cluster", "aks-prod"])
        .args(["--auth", sign_in.name(), "--prometheus-version"])
        .args([release.number(), "--write-url", WRITE_URL])
        .args(["--client-id", CLIENT_ID, "--tenant-id", TENANT_ID])
        .args(["--out", "new.yaml"]);
    if sign_in == SignIn::EntraSecret {
        std::fs::write(folder.join("secret"), "a client secret")?;
        render.args(["--client-secret-file", "secret", "--force"]);
    }
    run(render.env_clear().env("HOME", folder).current_dir(folder))?.succeeds()?;
    Ok(folder.join("new.yaml"))
}
