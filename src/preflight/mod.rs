//! Is every planned step able to succeed? Asked before the first write: if the last step is bound to fail, the first is not made.

mod gather;
mod judge;
mod rights;

use crate::azure::Reader;
use crate::error::{ExitCode, Failure};
use crate::facts::Facts;
use crate::next_step::NextStep;
use crate::plan::change::Plan;
use crate::spec::Spec;
use crate::steps::Step;

pub(crate) use judge::Blocker;

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

/// Looks at rights, deny assignments and locks for what the plan needs, and judges.
pub(crate) async fn check(
    steps: &[&'static dyn Step],
    plan: &Plan,
    azure: &Reader,
    spec: &Spec,
    facts: &Facts,
) -> Result<Findings, Failure> {
    let mut findings = judge::from_facts(plan, spec, facts);
    let needs: Vec<judge::NeededRight> = steps
        .iter()
        .filter(|step| plan.needs(step.id()))
        .flat_map(|step| {
            step.requires(spec, facts)
                .into_iter()
                .map(|requirement| judge::NeededRight {
                    step: step.id(),
                    requirement,
                })
        })
        .collect();
    if !needs.is_empty() {
        let group = spec.resource_group();
        // The group is made by this very plan, so its permissions cannot be asked for yet.
        let absent = facts.resource_group.known().is_none().then_some(&group);
        let access = gather::all(azure, &needs, absent).await?;
        findings = judge::from_access(findings, &needs, &access);
    }
    Ok(findings)
}
