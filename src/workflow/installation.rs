//! Which Prometheus a file is for, and whether its version supports the connection.

use crate::compat::{self, Installation, Requirements, Severity, Version};
use crate::error::Failure;
use crate::next_step::NextStep;
use crate::target::Target;

/// Which Prometheus the file is for, as far as its text depends on it.
pub(crate) fn installation(
    target: Target,
    version: Option<&str>,
    operator: Option<&str>,
) -> Result<Installation, Failure> {
    let prometheus = version
        .map(str::parse::<Version>)
        .transpose()
        .map_err(|error| {
            Failure::usage("read the version of the Prometheus")
                .because(error)
                .next("write it like 3.14.0: --prometheus-version")
        })?;
    Ok(Installation {
        target,
        prometheus,
        // A tag that is no version, such as `main`, leaves open what the Operator knows.
        operator: operator.and_then(|version| version.parse().ok()),
    })
}

/// What is wrong with this version of Prometheus, before anything is made: a refusal, or warnings.
pub(crate) fn advice(
    installation: &Installation,
    requirements: Requirements,
    force: bool,
) -> Result<Vec<String>, Failure> {
    let least = if force {
        Severity::Refuse
    } else {
        Severity::RefuseUnlessForced
    };
    let (refusals, warnings): (Vec<_>, Vec<_>) = compat::advise(installation, requirements)
        .into_iter()
        .partition(|advice| advice.level >= least);
    if refusals.is_empty() {
        return Ok(warnings
            .into_iter()
            .map(|advice| {
                let next = advice.problem.next_steps().iter();
                let next: Vec<&str> = next.map(NextStep::sentence).collect();
                format!("{}: {}", advice.problem, next.join("; "))
            })
            .collect());
    }
    let can_be_forced = refusals
        .iter()
        .all(|advice| advice.level == Severity::RefuseUnlessForced);
    let failure = refusals.into_iter().fold(
        Failure::new("use this Prometheus as it is"),
        |failure, advice| failure.problem(advice.problem),
    );
    Err(if can_be_forced {
        failure.next("or continue anyway: --force")
    } else {
        failure
    })
}
