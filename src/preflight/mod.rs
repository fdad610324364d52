//! Is every planned step able to succeed? Asked before the first write: if the last step is bound to fail, the first is not made.

mod findings;
mod gather;
mod judge;
mod rights;

use crate::azure::Reader;
use crate::error::Failure;
use crate::facts::Facts;
use crate::plan::change::Plan;
use crate::spec::Spec;
use crate::steps::Step;

pub(crate) use findings::{Blocker, Findings, waits_for_others};

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
        findings = judge::from_access(findings, &needs, &access, &judge::other_method(spec));
    }
    Ok(findings)
}
