//! Verifies an edit: another parser reads the result, which must be the user's data with our change and nothing else.

use serde_yaml::Value;

use super::data::{merged, read};
use super::document::Document;
use super::refusal::{PatchRefusal, Reason};
use crate::render::Desired;

/// Compares twice: as written, and with merge keys resolved, since a new key may hide an inherited one.
pub(super) fn verify(before: Document, after: &str, desired: &Desired) -> Result<(), PatchRefusal> {
    let unverified = |_| PatchRefusal::new(Reason::Unverified);
    let index = before.index;
    let (mut expected, mut expected_merged) = before.into_data();
    // A file of comments only has no document yet.
    if expected.is_empty() {
        expected.push(Value::Null);
    }
    desired.apply(&mut expected[index]);
    if let Some(expected) = &mut expected_merged {
        desired.apply(expected);
    }
    let mut found = read(after).map_err(unverified)?;
    let is_as_written = found == expected;
    drop(expected);
    // Without a merge key both readings are the same.
    let is_as_merged = match expected_merged.filter(|_| is_as_written) {
        Some(expected) => merged(found.swap_remove(index)).map_err(unverified)? == expected,
        None => is_as_written,
    };
    match is_as_merged {
        true => Ok(()),
        false => Err(PatchRefusal::new(Reason::Unverified)),
    }
}
