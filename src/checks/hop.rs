//! What does the proof say about one of its hops? Shared by the checks of the data path.

use std::time::Duration;

use super::evidence::Evidence;
use super::verdict::{Unseen, Verdict};
use crate::proof::hop::{HopName, Outcome};

pub(super) fn took(seen: &Evidence, name: HopName) -> Duration {
    let proof = seen.proof.get().ok();
    proof.map_or(Duration::ZERO, |proof| proof.hop(name).took)
}

pub(super) fn judge(seen: &Evidence, name: HopName) -> Result<Verdict, Unseen> {
    let outcome = &seen.proof.get()?.hop(name).outcome;
    match outcome {
        Outcome::Passed(found) => Ok(Verdict::pass(found)),
        Outcome::Late(obstacle) => Ok(Verdict::warn(&obstacle.why, &obstacle.next)),
        Outcome::Refused(obstacle) => Ok(Verdict::fail(&obstacle.why, &obstacle.next)),
        Outcome::NotTried { why, next } => Err(Unseen {
            why: why.clone(),
            next: next.iter().cloned().collect(),
        }),
    }
}
