//! What did a check find? The data that doctor prints, as a table or as JSON.

use std::time::Duration;

use serde::Serialize;

use crate::next_step::NextStep;

/// The part of the connection that a check is about; checks are shown grouped by it, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Category {
    Connection,
    SignIn,
    Cluster,
    Azure,
    Identity,
    Configuration,
    Data,
}

impl Category {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::SignIn => "sign-in",
            Self::Cluster => "cluster",
            Self::Azure => "azure",
            Self::Identity => "identity",
            Self::Configuration => "configuration",
            Self::Data => "data",
        }
    }
}

/// The verdict in one word of the JSON contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum VerdictKind {
    Pass,
    Warn,
    Fail,
    /// Could not look: never a pass.
    Skip,
}

impl VerdictKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

/// One line of doctor's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CheckReport {
    /// The kebab-case name that `--only` takes and that heads the section in `docs/checks.md`.
    pub(crate) id: &'static str,
    pub(crate) category: Category,
    pub(crate) verdict: VerdictKind,
    /// What was seen; for a skipped check, why it could not look.
    pub(crate) found: String,
    /// What to do or type, in order; never empty after a failure.
    pub(crate) next: Vec<NextStep>,
    /// The failed check that a skipped one hangs on.
    pub(crate) because: Option<&'static str>,
    /// How long it took to look.
    pub(crate) took: Duration,
}
