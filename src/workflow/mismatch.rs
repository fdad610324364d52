//! Does the user's file describe something else than what the connection is for? Applying it would make a second object.

use std::path::Path;

use crate::error::Failure;
use crate::problem::Problem;

/// A file that describes something else than what the connection is for.
#[derive(Debug, Clone)]
pub(crate) struct FileMismatch {
    expected: String,
    problem: Problem,
}

impl FileMismatch {
    pub(super) fn new(expected: String, described: &str, next: &str) -> Self {
        Self {
            expected,
            problem: Problem::new(format!(
                "it describes {described}, which applying it would create or change"
            ))
            .next(next)
            .next("or name the file of the other: --input FILE"),
        }
    }

    pub(super) fn refusal(&self, file: &Path) -> Failure {
        Failure::usage(format!("use {} for {}", file.display(), self.expected))
            .problem(self.problem.clone())
    }
}
