//! The edits of a text, before they are applied.

use super::lines::{Splice, splice};
use super::refusal::{PatchRefusal, Reason};
use super::{Notice, PatchOutcome, Patched};

/// The edits that put a connection into a text, already verified, and the notices about it.
pub(super) struct VerifiedEdits {
    pub(super) splices: Vec<Splice>,
    pub(super) outcome: PatchOutcome,
    pub(super) notices: Vec<Notice>,
    pub(super) cluster_label: String,
}

impl VerifiedEdits {
    pub(super) fn apply(self, source: &str) -> Result<Patched, PatchRefusal> {
        Ok(Patched {
            text: splice(source, &self.splices).ok_or(Reason::Unverified)?,
            outcome: self.outcome,
            notices: self.notices,
            cluster_label: self.cluster_label,
            unread: None,
        })
    }
}
