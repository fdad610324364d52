//! Why answers do not make a `Spec`: some are missing, or one is refused.

use super::support::Refusal;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Incomplete {
    /// Every missing answer at once: its flag, and what it is.
    Missing(Vec<(&'static str, String)>),
    Refused(Refusal),
}

impl From<Refusal> for Incomplete {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Refuses `flag value`.
pub(super) fn refused(
    flag: &str,
    value: &str,
    why: impl Into<String>,
    next: impl Into<String>,
) -> Incomplete {
    Incomplete::Refused(Refusal {
        answer: format!("{flag} {value}"),
        why: why.into(),
        next: next.into(),
    })
}

/// Collects the missing answers, so that all of them are reported at once.
#[derive(Default)]
pub(super) struct Gaps {
    missing: Vec<(&'static str, String)>,
}

impl Gaps {
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
