//! The text of a file before the plan is applied: shown, and never written.

use crate::workflow::proposal::Proposal;
use crate::workflow::proposal_document::TargetDocument;
use crate::workflow::proposal_notes;

/// What the file would contain before Azure has given every value. It is shown; only a `Proposal` can be written.
pub(crate) struct Preview(Proposal);

impl Preview {
    pub(super) fn new(proposal: Proposal) -> Self {
        Self(proposal)
    }

    pub(crate) fn is_up_to_date(&self) -> bool {
        self.0.is_up_to_date()
    }

    pub(crate) fn changes_a_file(&self) -> bool {
        self.0.changes_a_file()
    }

    /// The file that will be written, where its text changes.
    pub(crate) fn written_file(&self) -> Option<String> {
        let changes = self.changes_a_file() && !self.is_up_to_date();
        self.0.path().filter(|_| changes)
    }

    pub(crate) fn diff(&self) -> String {
        self.0.diff()
    }

    pub(crate) fn document(&self) -> TargetDocument {
        self.0.document()
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        proposal_notes::of_written(&self.0)
    }
}
