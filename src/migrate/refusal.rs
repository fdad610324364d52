//! Why is there no native form of a configuration?

use crate::next_step::NextStep;
use crate::patch::PatchRefusal;
use crate::problem::Problem;

/// An answer that is missing: its flag, and what it is about.
pub(crate) type MissingAnswer = (&'static str, String);

/// Why there is no native form.
#[derive(Debug)]
pub(crate) enum MigrationRefusal {
    /// The file cannot be read or edited.
    Unreadable(PatchRefusal),
    /// These answers are open.
    Missing(Vec<MissingAnswer>),
    /// It cannot be done.
    Refused(Problem),
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
