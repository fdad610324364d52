//! What became of a file, and what takes the place of one of its remote writes.

use std::fmt;

use super::notice::Notice;
use crate::render::Desired;
use crate::target::EntryPlace;

/// A file with the connection in it. May hold a secret, so `Debug` hides the text.
#[derive(PartialEq, Eq)]
pub(crate) struct Patched {
    pub(crate) text: String,
    pub(crate) outcome: PatchOutcome,
    pub(crate) notices: Vec<Notice>,
    /// The external label `cluster` that the file has now, which may be the user's own.
    pub(crate) cluster_label: String,
    /// What was not read and may be lost or doubled by the change.
    pub(crate) unread: Option<UnreadValues>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PatchOutcome {
    /// All was in place; the text is the same, byte for byte.
    Unchanged,
    /// Our remote write existed, and it or something around it was changed.
    Updated,
    /// Our remote write is new.
    Added,
}

impl fmt::Debug for Patched {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Patched")
            .field("outcome", &self.outcome)
            .field("notices", &self.notices)
            .field("cluster_label", &self.cluster_label)
            .finish_non_exhaustive()
    }
}

/// A connection that takes the place of a remote write, and what changes with it.
pub(crate) struct Replacement {
    /// The remote write that becomes ours.
    pub(crate) place: EntryPlace,
    /// Those that `also` takes out.
    pub(crate) gone: Vec<EntryPlace>,
    /// What else the file must contain, below the keys of a parent chart.
    pub(crate) also: Desired,
}

/// Values of other places, which were not read, and what the edit may take away of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnreadValues {
    /// Where the edited values are.
    pub(crate) place: String,
    /// The other places, as a phrase.
    pub(crate) others: String,
    /// Lists that the values did not have, each of which replaces the whole list of the other places.
    pub(crate) lists: Vec<String>,
    /// What those values need instead, from their top on and without secrets.
    pub(crate) block: String,
}
