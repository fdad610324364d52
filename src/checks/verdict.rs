//! What can a check report? Pass, warn or fail, each with what was found; a failure cannot be made without a next action.

use super::report::VerdictKind;
use crate::next_step::NextStep;
use crate::problem::Problem;

/// What a check concluded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    kind: VerdictKind,
    found: String,
    next: Vec<NextStep>,
}

impl Verdict {
    pub(crate) fn pass(found: impl Into<String>) -> Self {
        Self {
            kind: VerdictKind::Pass,
            found: found.into(),
            next: Vec::new(),
        }
    }

    /// Works today, and may not tomorrow.
    pub(crate) fn warn(found: impl Into<String>, next: impl Into<NextStep>) -> Self {
        Self {
            kind: VerdictKind::Warn,
            found: found.into(),
            next: vec![next.into()],
        }
    }

    pub(crate) fn fail(found: impl Into<String>, next: impl Into<NextStep>) -> Self {
        Self {
            kind: VerdictKind::Fail,
            found: found.into(),
            next: vec![next.into()],
        }
    }

    pub(crate) fn warn_of(problem: &Problem) -> Self {
        Self::of(VerdictKind::Warn, problem)
    }

    pub(crate) fn fail_of(problem: &Problem) -> Self {
        Self::of(VerdictKind::Fail, problem)
    }

    fn of(kind: VerdictKind, problem: &Problem) -> Self {
        Self {
            kind,
            found: problem.why(),
            next: problem.next_steps().to_vec(),
        }
    }

    /// One more thing to do, after those already named.
    pub(crate) fn then(mut self, next: impl Into<NextStep>) -> Self {
        self.next.push(next.into());
        self
    }

    pub(crate) fn kind(&self) -> VerdictKind {
        self.kind
    }

    pub(crate) fn found(&self) -> &str {
        &self.found
    }

    pub(crate) fn next(&self) -> &[NextStep] {
        &self.next
    }
}
