//! What the sandbox was asked, from its journal.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::journal_file::{self, JournalRequest};
use crate::wait;

/// The journal file of one sandbox.
pub(crate) struct WrittenJournal {
    path: PathBuf,
}

impl WrittenJournal {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// All requests so far, oldest first.
    pub(crate) fn requests(&self) -> Result<Vec<JournalRequest>> {
        ensure!(self.path.is_file(), "no journal {}", self.path.display());
        Ok(journal_file::read(&self.path))
    }

    /// Waits for the first write that succeeded.
    pub(crate) fn until_a_write(&self) -> Result<()> {
        wait::until("a write to Azure", UNTIL_THE_FIRST_WRITE, || {
            let requests = self.requests()?;
            let written = requests
                .iter()
                .any(|request| request.write && request.succeeded());
            Ok(written.then_some(()))
        })
    }
}

/// How long a command may read before it writes.
const UNTIL_THE_FIRST_WRITE: Duration = Duration::from_secs(60);
