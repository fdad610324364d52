//! Does the user's file describe something else than what the connection is for? Applying it would make a second object.

use std::path::Path;

use crate::error::Failure;

/// A file that describes something else than what the connection is for.
#[derive(Debug, Clone)]
pub(crate) struct Mismatch {
    expected: String,
    described: String,
    next: String,
}

impl Mismatch {
    pub(super) fn new(expected: String, described: String, next: &str) -> Self {
        Self {
            expected,
            described,
            next: next.to_owned(),
        }
    }

    pub(super) fn refusal(&self, file: &Path) -> Failure {
        Failure::usage(format!("use {} for {}", file.display(), self.expected))
            .reason(format!(
                "it describes {}, which applying it would create or change",
                self.described
            ))
            .next(self.next.clone())
            .next("or name the file of the other: --input FILE")
    }
}
