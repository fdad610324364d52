//! Why could a thing not be looked at?

use crate::azure::AzureError;
use crate::error::Failure;
use crate::problem::Problem;

/// Why a thing could not be looked at. A step stops with it as a `Failure`; doctor skips a check with its `Problem`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unobserved {
    doing: String,
    pub(crate) problem: Problem,
}

impl Unobserved {
    /// `doing` completes the sentence "cannot …".
    pub(super) fn new(doing: impl Into<String>, error: AzureError) -> Self {
        Self {
            doing: doing.into(),
            problem: error.into(),
        }
    }
}

impl From<Unobserved> for Failure {
    fn from(unobserved: Unobserved) -> Self {
        Self::new(unobserved.doing).problem(unobserved.problem)
    }
}

impl From<Unobserved> for Problem {
    fn from(unobserved: Unobserved) -> Self {
        unobserved.problem
    }
}
