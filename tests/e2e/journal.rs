//! What the sandbox was asked, from its journal.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::patience;

/// The journal file of one sandbox.
pub(crate) struct Journal {
    path: PathBuf,
}

impl Journal {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// All requests so far, oldest first. A line that is still being written does not count yet.
    pub(crate) fn requests(&self) -> Result<Vec<Request>> {
        let text = std::fs::read_to_string(&self.path)
            .with_context(|| format!("cannot read journal {}", self.path.display()))?;
        text.split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
            .map(|line| {
                let fields = serde_json::from_str(line)
                    .with_context(|| format!("not a line of a journal: {line}"))?;
                Ok(Request { fields })
            })
            .collect()
    }

    /// Waits for the first write that succeeded.
    pub(crate) fn until_a_write(&self) -> Result<()> {
        patience::until("a write to Azure", LOOKING_AROUND, || {
            let requests = self.requests()?;
            let written = requests
                .iter()
                .any(|request| request.wrote() && request.succeeded());
            Ok(written.then_some(()))
        })
    }
}

/// How long a command may look around before it writes.
const LOOKING_AROUND: Duration = Duration::from_secs(60);

/// One request and how it was answered.
#[derive(Debug)]
pub(crate) struct Request {
    fields: Value,
}

impl Request {
    pub(crate) fn service(&self) -> &str {
        self.text("service")
    }

    pub(crate) fn method(&self) -> &str {
        self.text("method")
    }

    pub(crate) fn path(&self) -> &str {
        self.text("path")
    }

    /// The object id of the identity whose token came with the request; empty without one.
    pub(crate) fn principal(&self) -> &str {
        self.text("principal")
    }

    pub(crate) fn succeeded(&self) -> bool {
        self.fields["status"]
            .as_u64()
            .is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether it asked for a change in Azure, whatever became of it.
    pub(crate) fn wrote(&self) -> bool {
        self.fields["write"] == true
    }

    fn text(&self, field: &str) -> &str {
        self.fields[field].as_str().unwrap_or_default()
    }
}
