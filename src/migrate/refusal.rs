//! Why is there no native form of a configuration?

use crate::next_step::NextStep;
use crate::patch::PatchRefusal;
use crate::problem::Problem;
use crate::remote_write::WrittenEntry;
use crate::text::word_list::joined;

/// An answer that is missing: its flag, and what it is about.
pub(crate) type MissingAnswer = (&'static str, String);

/// Why there is no native form.
#[derive(Debug)]
pub(crate) enum MigrationRefusal {
    /// The file cannot be read or edited.
    Unreadable(PatchRefusal),
    /// These answers are open.
    Missing(Vec<MissingAnswer>),
    /// The files do not say to which of several proxies a remote write leads.
    Ambiguous(Box<AmbiguousProxy>),
    /// It cannot be done.
    Refused(Problem),
}

/// A remote write that can lead to several proxies, which write elsewhere or as somebody else.
#[derive(Debug)]
pub(crate) struct AmbiguousProxy {
    pub(super) entry: WrittenEntry,
    /// The container and the workload of each, such as `container prom-remotewrite of Deployment obs/rw`.
    pub(super) places: Vec<String>,
}

impl AmbiguousProxy {
    /// Why nothing is migrated.
    pub(crate) fn problem(&self) -> Problem {
        let name = self.entry.title();
        let places: Vec<&str> = self.places.iter().map(String::as_str).collect();
        let reason = format!(
            "the files do not say to which of {} proxies the remote write {name} sends: {}",
            places.len(),
            joined(&places, "or")
        );
        Problem::new(reason)
            .next("pass a manifest with the one that it sends to as --sidecar, with its Service")
    }
}

impl MigrationRefusal {
    pub(super) fn refused(reason: impl Into<String>, next: impl Into<NextStep>) -> Self {
        Self::Refused(Problem::new(reason).next(next))
    }
}

impl From<PatchRefusal> for MigrationRefusal {
    fn from(refusal: PatchRefusal) -> Self {
        Self::Unreadable(refusal)
    }
}
