//! Does Entra give the identity a token for ingestion?

use std::time::Duration;

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo, stage};
use crate::facts::Observation;
use crate::probe::stage::StageName;
use crate::problem::Problem;

pub(super) struct TokenCheck;

impl Check for TokenCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: "token",
            category: Category::Data,
            needs: &[Observation::Sample],
        }
    }

    fn took(&self, seen: &Evidence) -> Duration {
        stage::took(seen, StageName::Token)
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        stage::judge(seen, StageName::Token)
    }
}
