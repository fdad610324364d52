//! Rendering a file from given facts, without any Azure.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::expected::ExpectedEndpoint;
use crate::programs::Release;
use crate::run::{Finished, run};
use crate::sign_in::AuthFlag;
use crate::target::TargetFlag;
use crate::way::PathAndSignIn;

pub(crate) const WRITE_URL: &str = "https://amw-aks-prod-1a2b.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24";
/// The remote write's name in a patched file.
pub(crate) const REMOTE_WRITE_NAME: &str = "azure-monitor-shop";
pub(crate) const CLIENT_ID: &str = "11111111-1111-4111-8111-111111111111";
pub(crate) const TENANT_ID: &str = "22222222-2222-4222-8222-222222222222";
pub(crate) const CLIENT_SECRET: &str = "a-client-secret";

/// The inputs of `render`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RenderInput {
    pub(crate) target: TargetFlag,
    pub(crate) way: PathAndSignIn,
    pub(crate) release: Release,
    /// Flags for what is sent.
    pub(crate) choices: &'static [&'static str],
}

/// The facts that `render` is given, with the certificate in this folder.
pub(crate) fn endpoint(folder: &Path) -> ExpectedEndpoint {
    ExpectedEndpoint {
        url: WRITE_URL.to_owned(),
        client_id: CLIENT_ID.to_owned(),
        tenant_id: TENANT_ID.to_owned(),
        certificate: folder.join("certificate.pem").display().to_string(),
    }
}

impl RenderInput {
    /// Has `amw-rw render` write a file into the folder, new or as the input with the connection in it.
    pub(crate) fn render(self, input: Option<&Path>, folder: &Path) -> Result<PathBuf> {
        let (rendered, file) = self.attempt(input, folder)?;
        rendered.succeeds()?;
        Ok(file)
    }

    /// Has it try, and returns which file it would be.
    pub(crate) fn attempt(
        self,
        input: Option<&Path>,
        folder: &Path,
    ) -> Result<(Finished, PathBuf)> {
        let file = folder.join(format!("{}-{}.yaml", self.target.name(), self.way.title()));
        let mut render = self.command(input, folder)?;
        Ok((run(render.arg("--out").arg(&file))?, file))
    }

    /// `amw-rw render`, to which more flags can be given.
    pub(crate) fn command(self, input: Option<&Path>, folder: &Path) -> Result<Command> {
        let PathAndSignIn { sign_in, .. } = self.way;
        let mut render = Command::new(crate::AMW_RW);
        render
            .args(["render", "--target", self.target.name()])
            .args(["--cluster", "aks-prod", "--auth", sign_in.name()])
            .args(["--prometheus-version", self.release.number()])
            .args(["--write-url", WRITE_URL])
            .args(self.way.flags())
            .args(self.choices);
        if sign_in != AuthFlag::SystemIdentity {
            render.args(["--client-id", CLIENT_ID]);
        }
        if !matches!(
            sign_in,
            AuthFlag::SystemIdentity | AuthFlag::UserIdentity | AuthFlag::KubeletIdentity
        ) {
            render.args(["--tenant-id", TENANT_ID]);
        }
        match sign_in {
            AuthFlag::EntraSecret => {
                std::fs::write(folder.join("secret"), CLIENT_SECRET)?;
                render.args(["--client-secret-file", "secret", "--force"]);
            }
            AuthFlag::EntraCertificate if !self.target.describes_pod() => {
                let file = endpoint(folder).certificate;
                render.args(["--certificate", &format!("file:{file}")]);
            }
            _ => {}
        }
        match input {
            Some(input) => {
                render.arg("--input").arg(input);
            }
            None if self.target == TargetFlag::CustomResource => {
                render.args(["--prometheus", "monitoring/shop"]);
            }
            None => {}
        }
        render.env_clear().env("HOME", folder).current_dir(folder);
        Ok(render)
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
    // Values that the file is merged over may have a list that ours would replace; `--force` writes it.
    if rendered.mentions("which were not read") {
        return rendered.fails_with(2).map(|_| None);
    }
    // A file of something else is the wrong answer to a flag; one that cannot be edited has to be edited by hand.
    if rendered.mentions("name a prometheus.yml")
        || rendered.mentions("name values of")
        || rendered.mentions("cannot put the connection in ")
    {
        return rendered.fails_with(2).map(|_| None);
    }
    if rendered.mentions("cannot put the connection into") {
        return rendered.fails_with(1).map(|_| None);
    }
    // A sidecar in the file writes to Azure already.
    if rendered.mentions("cannot add a remote write to this Prometheus") {
        return rendered.fails_with(2).map(|_| None);
    }
    rendered.succeeds().map(|_| Some(copy))
}
