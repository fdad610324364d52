//! Can that sample be queried from the workspace?

use std::time::Duration;

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo, stage};
use crate::facts::Observation;
use crate::probe::stage::StageName;
use crate::problem::Problem;

pub(super) struct ReadBackCheck;

impl Check for ReadBackCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: "read-back",
            category: Category::Data,
            needs: &[Observation::Sample],
        }
    }

    fn took(&self, seen: &Evidence) -> Duration {
        stage::took(seen, StageName::ReadBack)
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        stage::judge(seen, StageName::ReadBack)
    }
}
