//! Where a scenario happens: a folder to work in, a sandbox, and perhaps a network of their own.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use crate::files;
use crate::namespace::Namespace;
use crate::run::{Finished, run};
use crate::sandbox::SandboxProcess;

/// Fields end in this order: the programs before the network, the network before the files.
pub(crate) struct EndToEndWorld {
    pub(crate) sandbox: SandboxProcess,
    namespace: Option<Namespace>,
    folder: TempDir,
}

impl EndToEndWorld {
    /// A network in which the sandbox is Azure to every program.
    pub(crate) fn as_azure() -> Result<Self> {
        Self::as_azure_in("example")
    }

    /// The same, in another of the sandbox's worlds.
    pub(crate) fn as_azure_in(scenario: &str) -> Result<Self> {
        Self::as_azure_with(scenario, &[])
    }

    /// The same, with a sandbox that behaves as these flags set.
    pub(crate) fn as_azure_with(scenario: &str, behaviour: &[&str]) -> Result<Self> {
        let folder = TempDir::new()?;
        let namespace = Namespace::new()?;
        let sandbox = SandboxProcess::as_azure(&namespace, scenario, behaviour, folder.path())?;
        Ok(Self {
            sandbox,
            namespace: Some(namespace),
            folder,
        })
    }

    /// This machine's own network, in which `amw-rw` finds the sandbox by its environment.
    pub(crate) fn on_loopback() -> Result<Self> {
        Self::on_loopback_with(&[])
    }

    /// The same, with a sandbox that misbehaves as these flags set.
    pub(crate) fn on_loopback_with(misbehaviour: &[&str]) -> Result<Self> {
        Self::on_loopback_as("example", misbehaviour)
    }

    /// The same, in another of the sandbox's worlds.
    pub(crate) fn on_loopback_in(scenario: &str) -> Result<Self> {
        Self::on_loopback_as(scenario, &[])
    }

    /// The same, for a cluster with these flags, which may name files in the folder.
    pub(crate) fn on_loopback_for(
        flags: impl FnOnce(&Path) -> Result<Vec<String>>,
    ) -> Result<Self> {
        let folder = TempDir::new()?;
        let flags = flags(folder.path())?;
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let sandbox = SandboxProcess::on_loopback("example", &flags, folder.path())?;
        Ok(Self {
            sandbox,
            namespace: None,
            folder,
        })
    }

    fn on_loopback_as(scenario: &str, misbehaviour: &[&str]) -> Result<Self> {
        let folder = TempDir::new()?;
        let sandbox = SandboxProcess::on_loopback(scenario, misbehaviour, folder.path())?;
        Ok(Self {
            sandbox,
            namespace: None,
            folder,
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Puts a copy of a file of `tests/e2e/data` into the folder.
    pub(crate) fn copy(&self, name: &str) -> Result<PathBuf> {
        files::copy(name, self.folder())
    }

    /// A program that knows nothing of the sandbox but its certificate authority.
    pub(crate) fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = match &self.namespace {
            Some(namespace) => namespace.command(program),
            None => Command::new(program),
        };
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", self.folder())
            .env("TMPDIR", self.folder())
            .current_dir(self.folder());
        if self.namespace.is_some() {
            command.env("SSL_CERT_FILE", self.sandbox.authority_file());
        }
        command
    }

    /// A program started from a shell in which the sandbox's user has signed in.
    pub(crate) fn signed_in(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.program("sh");
        command
            .args(["-euc", r#". "$0"; exec "$@""#])
            .arg(self.sandbox.environment_file())
            .arg(program);
        command
    }

    /// Runs `amw-rw` from such a shell.
    pub(crate) fn amw_rw(&self, arguments: &[&str]) -> Result<Finished> {
        run(self.signed_in(crate::AMW_RW).args(arguments))
    }
}
