//! Turns the refusal of an edit into a failure.

use crate::error::Failure;
use crate::patch::{PatchRefusal, Reason};

/// `name` is the file or resource that is not patched.
pub(crate) fn refused(name: &str, refusal: &PatchRefusal) -> Failure {
    let doing = format!("put the connection into {name}");
    if let Reason::Unwritable(unwritable) = refusal.reason {
        return Failure::usage(doing)
            .reason(refusal.to_string())
            .next(unwritable.next());
    }
    Failure::new(doing)
        .reason(refusal.to_string())
        .next(refusal.next())
}
