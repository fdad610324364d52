//! What did the probe report about one of its stages? Shared by the checks of the data path.

use std::time::Duration;

use super::evidence::Evidence;
use super::verdict::Verdict;
use crate::probe::stage::{StageName, StageOutcome};
use crate::problem::Problem;

pub(super) fn took(seen: &Evidence, name: StageName) -> Duration {
    let probe = seen.probe.get().ok();
    probe.map_or(Duration::ZERO, |probe| probe.stage(name).took)
}

pub(super) fn judge(seen: &Evidence, name: StageName) -> Result<Verdict, Problem> {
    let outcome = &seen.probe.get()?.stage(name).outcome;
    match outcome {
        StageOutcome::Passed(found) => Ok(Verdict::pass(found)),
        StageOutcome::Late(problem) => Ok(Verdict::warn_of(problem)),
        StageOutcome::Refused(problem) => Ok(Verdict::fail_of(problem)),
        // Most often no token can be had from here: a managed identity works only on its own machine.
        StageOutcome::NotTried(problem) => Err(problem.clone()),
    }
}
