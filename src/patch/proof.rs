//! Proves an edit: another parser reads the result, and it must be the user's data with our change and nothing else.

use serde_yaml::Value;

use super::document::{Document, merged, read};
use super::refusal::{PatchRefusal, Reason};
use crate::render::Desired;

/// Compares twice: as written, and with merge keys resolved, since a new key may hide an inherited one.
pub(super) fn prove(before: Document, after: &str, desired: &Desired) -> Result<(), PatchRefusal> {
    let unproven = |_| PatchRefusal::new(Reason::Unproven);
    let (index, mut expected, mut expected_merged) = (before.index, before.data, before.merged);
    // A file of comments only has no document yet.
    if expected.is_empty() {
        expected.push(Value::Null);
    }
    desired.apply(&mut expected[index]);
    desired.apply(&mut expected_merged);
    let found = read(after).map_err(unproven)?;
    if found == expected && merged(&found[index]).map_err(unproven)? == expected_merged {
        Ok(())
    } else {
        Err(PatchRefusal::new(Reason::Unproven))
    }
}
