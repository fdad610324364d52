//! Turns the refusal of an edit into a failure.

use crate::error::Failure;
use crate::patch::{PatchRefusal, Reason};

/// `name` is the file or resource that is not patched.
pub(crate) fn refused(name: &str, refusal: &PatchRefusal) -> Failure {
    let doing = format!("put the connection into {name}");
    let failure = match refusal.reason {
        // The options do not go together, whatever the file has.
        Reason::Target(_) => Failure::usage(doing),
        _ => Failure::new(doing),
    };
    failure.problem(refusal.problem())
}
