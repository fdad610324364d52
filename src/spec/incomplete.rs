//! Why answers do not make a `Spec`: some are missing, or one is refused.

use std::fmt::Display;

use super::support::refusal;
use crate::next_step::NextStep;
use crate::problem::Problem;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Incomplete {
    /// Every missing answer at once: its flag, and what it is.
    Missing(Vec<(&'static str, String)>),
    Refused(Problem),
}

/// Refuses `flag value`.
pub(super) fn refused(
    flag: &str,
    value: &str,
    why: impl Display,
    next: impl Into<NextStep>,
) -> Incomplete {
    Incomplete::Refused(refusal(&format!("{flag} {value}"), why, next))
}

/// Collects the missing answers, so that all of them are reported at once.
#[derive(Default)]
pub(super) struct MissingAnswers {
    missing: Vec<(&'static str, String)>,
}

impl MissingAnswers {
    /// The part, or nothing once its missing answers are noted; a refusal is passed on.
    pub(super) fn or_note<T>(
        &mut self,
        part: Result<T, Incomplete>,
    ) -> Result<Option<T>, Incomplete> {
        match part {
            Ok(part) => Ok(Some(part)),
            Err(Incomplete::Missing(missing)) => {
                self.missing.extend(missing);
                Ok(None)
            }
            Err(refused @ Incomplete::Refused(_)) => Err(refused),
        }
    }

    pub(super) fn into_incomplete(self) -> Incomplete {
        Incomplete::Missing(self.missing)
    }
}
