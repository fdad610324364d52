//! Is a sample accepted, sent as the identity that Prometheus uses?

use std::time::Duration;

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo, stage};
use crate::facts::Observation;
use crate::probe::stage::StageName;
use crate::problem::Problem;

pub(super) struct WriteCheck;

impl Check for WriteCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: "write",
            category: Category::Data,
            needs: &[Observation::Sample],
        }
    }

    fn took(&self, seen: &Evidence) -> Duration {
        stage::took(seen, StageName::Write)
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        stage::judge(seen, StageName::Write)
    }
}
