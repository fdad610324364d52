//! The embedded Azure of amw-rw, running next to the scenario's other programs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::background::Background;
use crate::journal::WrittenJournal;
use crate::namespace::Namespace;
use crate::wait;

const START: Duration = Duration::from_secs(30);

/// A running `amw-rw sandbox`; it ends when dropped.
pub(crate) struct SandboxProcess {
    process: Background,
    folder: PathBuf,
    pub(crate) journal: WrittenJournal,
}

impl SandboxProcess {
    /// Serves Azure's own names and addresses inside the namespace.
    pub(crate) fn as_azure(
        namespace: &Namespace,
        scenario: &str,
        behaviour: &[&str],
        folder: &Path,
    ) -> Result<Self> {
        let mut command = namespace.command(crate::AMW_RW);
        command
            .args(["sandbox", "--as-azure", "--hosts-file"])
            .arg(namespace.hosts_file());
        command
            .arg("--ca-file")
            .arg(authority_file(folder))
            .args(behaviour);
        Self::start(&mut command, scenario, folder)
    }

    /// Serves plain addresses of this machine's loopback.
    pub(crate) fn on_loopback(
        scenario: &str,
        misbehaviour: &[&str],
        folder: &Path,
    ) -> Result<Self> {
        let mut command = Command::new(crate::AMW_RW);
        command
            .args(["sandbox", "--listen", "127.0.0.1:0"])
            .args(misbehaviour);
        Self::start(&mut command, scenario, folder)
    }

    fn start(command: &mut Command, scenario: &str, folder: &Path) -> Result<Self> {
        let journal = WrittenJournal::new(folder.join("journal.jsonl"));
        command.args(["--scenario", scenario, "-o", "json"]);
        command.arg("--journal").arg(journal.path());
        command.arg("--env-file").arg(folder.join("sandbox.env"));
        command.env("TMPDIR", folder);
        let process = Background::start("sandbox", command, folder)?;
        let mut sandbox = Self {
            process,
            folder: folder.to_path_buf(),
            journal,
        };
        sandbox
            .wait_until_it_serves()
            .context("the sandbox does not start")?;
        Ok(sandbox)
    }

    fn wait_until_it_serves(&mut self) -> Result<()> {
        wait::until("the line that says where the sandbox serves", START, || {
            self.process.still_runs()?;
            Ok(self.process.stdout()?.contains('\n').then_some(()))
        })
    }

    /// Shell lines that sign the sandbox's user in and lead other commands to the sandbox.
    pub(crate) fn environment_file(&self) -> PathBuf {
        self.folder.join("sandbox.env")
    }

    /// The certificate authority that Azure's names have here.
    pub(crate) fn authority_file(&self) -> PathBuf {
        authority_file(&self.folder)
    }
}

fn authority_file(folder: &Path) -> PathBuf {
    folder.join("authority.pem")
}
