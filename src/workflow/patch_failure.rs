//! Turns the refusal of an edit into a failure.

use crate::error::Failure;
use crate::patch::{PatchRefusal, Reason};

/// `name` is the file or resource that is not patched.
pub(crate) fn refused(name: &str, refusal: &PatchRefusal) -> Failure {
    of(format!("put the connection into {name}"), refusal)
}

/// `doing` completes "cannot …".
pub(crate) fn of(doing: String, refusal: &PatchRefusal) -> Failure {
    let failure = match refusal.reason {
        // The options do not go together, whatever the file has.
        Reason::Target(_) => Failure::usage(doing),
        // Another file has to be named.
        Reason::AnotherFile { .. }
        | Reason::NothingRead { .. }
        | Reason::NoResource(_)
        | Reason::NoConfiguration => Failure::usage(doing),
        _ => Failure::new(doing),
    };
    failure.problem(refusal.problem())
}
