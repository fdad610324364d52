//! A program that runs while a scenario goes on, and ends with it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context as _, Result, bail};

/// A running program, its output going to files; killed when dropped.
pub(crate) struct Background {
    name: &'static str,
    process: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Background {
    /// Starts the command; `name` names its two output files in the folder.
    pub(crate) fn start(name: &'static str, command: &mut Command, folder: &Path) -> Result<Self> {
        let stdout = folder.join(format!("{name}.stdout"));
        let stderr = folder.join(format!("{name}.stderr"));
        let process = command
            .stdin(Stdio::null())
            .stdout(File::create(&stdout)?)
            .stderr(File::create(&stderr)?)
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        Ok(Self {
            name,
            process,
            stdout,
            stderr,
        })
    }

    /// What it has printed so far.
    pub(crate) fn stdout(&self) -> Result<String> {
        Ok(std::fs::read_to_string(&self.stdout)?)
    }

    /// Its output so far.
    pub(crate) fn stderr(&self) -> Result<String> {
        Ok(std::fs::read_to_string(&self.stderr)?)
    }

    /// How it ended; none while it runs.
    pub(crate) fn status(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.process.try_wait()?)
    }

    /// The most memory that was resident so far, in KiB; none after its end.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    }

    /// An error with all its output, when it has ended by itself.
    pub(crate) fn still_runs(&mut self) -> Result<()> {
        if let Some(status) = self.process.try_wait()? {
            bail!(
                "{} ended with {status}:\n{}{}",
                self.name,
                self.stdout()?,
                self.stderr()?
            );
        }
        Ok(())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
