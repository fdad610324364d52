//! What blocks a plan, and what may block it?

use crate::error::{ExitCode, Failure};
use crate::next_step::NextStep;
use crate::problem::Problem;

/// What blocks the plan, and what may block it.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) blockers: Vec<Blocker>,
    pub(crate) warnings: Vec<String>,
}

impl Findings {
    /// One failure that names all problems at once, so that the user needs only one round with an administrator.
    pub(crate) fn into_failure(self) -> Option<Failure> {
        if self.blockers.is_empty() {
            return None;
        }
        let code = if waits_for_others(&self.blockers) {
            ExitCode::SignInOrPermission
        } else {
            ExitCode::Failed
        };
        let failure = Failure::new("carry out this plan, so nothing was changed").exit(code);
        let failure = self.blockers.iter().fold(failure, |failure, blocker| {
            failure.reason(format!("{}: {}", blocker.step, blocker.problem))
        });
        let mut steps: Vec<&NextStep> = self
            .blockers
            .iter()
            .flat_map(|blocker| blocker.problem.next_steps())
            .collect();
        // Several steps can lack the same role on the same scope.
        steps.dedup();
        Some(
            steps
                .into_iter()
                .fold(failure, |failure, next| failure.next(next.clone())),
        )
    }
}

/// Whether the plan works once a user with more rights grants a role or removes a lock.
pub(crate) fn waits_for_others(blockers: &[Blocker]) -> bool {
    !blockers.is_empty() && blockers.iter().all(|each| each.problem.is_permission())
}

/// A reason why a step cannot succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blocker {
    pub(crate) step: &'static str,
    pub(crate) problem: Problem,
}

impl Blocker {
    pub(super) fn new(step: &'static str, why: String, next: String) -> Self {
        Self {
            step,
            problem: Problem::new(why).next(next),
        }
    }

    /// About the rights of the caller, not about what was asked for.
    pub(super) fn of_rights(self) -> Self {
        Self {
            problem: self.problem.of_permission(true),
            ..self
        }
    }
}
