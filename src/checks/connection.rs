//! Do the answers describe one connection? The spec file loads, nothing is missing, and the subscription can be used.

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo};
use crate::problem::Problem;

pub(super) const ID: &str = "connection";

pub(super) struct ConnectionCheck;

impl Check for ConnectionCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: ID,
            category: Category::Connection,
            needs: &[],
        }
    }

    /// What is wrong with the answers is found before there is evidence: see `diagnosis_failure`.
    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        let spec = &seen.spec;
        Ok(Verdict::pass(format!(
            "{} → {}, by {}",
            spec.platform.name(),
            spec.workspace.name(),
            spec.credential.sign_in
        )))
    }
}
