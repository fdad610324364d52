//! Rendering a file from given facts, without any Azure.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::programs::Release;
use crate::run::{Finished, run};
use crate::sign_in::SignIn;

pub(crate) const WRITE_URL: &str = "https://amw-aks-prod-1a2b.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24";
/// The remote write's name in a patched file.
pub(crate) const REMOTE_WRITE_NAME: &str = "azure-monitor-shop";
pub(crate) const CLIENT_ID: &str = "11111111-1111-4111-8111-111111111111";
pub(crate) const TENANT_ID: &str = "22222222-2222-4222-8222-222222222222";

/// What `render` writes, and for whom.
#[derive(Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) target: &'static str,
    pub(crate) sign_in: SignIn,
    pub(crate) release: Release,
}

impl Wish {
    /// Has `amw-rw render` write a new file into the folder.
    pub(crate) fn render(self, folder: &Path) -> Result<PathBuf> {
        let (rendered, file) = self.attempt(None, folder)?;
        rendered.succeeds()?;
        Ok(file)
    }

    /// Has `amw-rw render` write a patched copy of the input into the folder.
    pub(crate) fn patch(self, input: &Path, folder: &Path) -> Result<PathBuf> {
        let (patched, file) = self.attempt(Some(input), folder)?;
        patched.succeeds()?;
        Ok(file)
    }

    /// Has it try, and says which file it would be.
    pub(crate) fn attempt(
        self,
        input: Option<&Path>,
        folder: &Path,
    ) -> Result<(Finished, PathBuf)> {
        let file = folder.join(format!("{}-{}.yaml", self.target, self.sign_in.name()));
        let mut render = Command::new(crate::AMW_RW);
        render
            .args(["render", "--target", self.target, "--cluster", "aks-prod"])
            .args(["--auth", self.sign_in.name(), "--prometheus-version"])
            .args([self.release.number(), "--write-url", WRITE_URL])
            .args(["--client-id", CLIENT_ID, "--tenant-id", TENANT_ID])
            .arg("--out")
            .arg(&file);
        if let Some(input) = input {
            render.arg("--input").arg(input);
        }
        if self.sign_in == SignIn::EntraSecret {
            std::fs::write(folder.join("secret"), "a client secret")?;
            render.args(["--client-secret-file", "secret", "--force"]);
        }
        let finished = run(render.env_clear().env("HOME", folder).current_dir(folder))?;
        Ok((finished, file))
    }
}

/// Has `amw-rw render` patch a copy of the file in the folder; `None` where it leaves the file alone.
pub(crate) fn patch(
    target: &str,
    release: Release,
    file: &Path,
    folder: &Path,
) -> Result<Option<PathBuf>> {
    let copy = folder.join(file.file_name().context("a file has a name")?);
    std::fs::copy(file, &copy)?;
    let mut render = Command::new(crate::AMW_RW);
    render
        .args(["render", "--target", target, "--cluster", "aks-prod"])
        .args(["--auth", "user-identity", "--prometheus-version"])
        .args([release.number(), "--workspace", "shop"])
        .args(["--write-url", WRITE_URL, "--client-id", CLIENT_ID])
        .arg("--input")
        .arg(&copy)
        .arg("--write");
    let rendered = run(render.env_clear().env("HOME", folder).current_dir(folder))?;
    match rendered.mentions("cannot put the connection into") {
        true => rendered.fails_with(1).map(|_| None),
        false => rendered.succeeds().map(|_| Some(copy)),
    }
}
