//! What a file depends on and a cluster did not show.

use crate::error::Failure;
use crate::problem::Problem;

/// Something of the cluster that decides what is written, and that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnreadClusterState {
    /// Completes "find out …".
    pub(crate) what: &'static str,
    pub(crate) problem: Problem,
}

impl UnreadClusterState {
    pub(super) fn failure(&self) -> Failure {
        Failure::new(format!("find out {}", self.what)).problem(self.problem.clone())
    }
}
