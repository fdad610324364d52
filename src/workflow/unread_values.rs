//! Does a file take away, or double, what values of another place have that were not read?

use std::path::Path;

use super::running_release::RunningRelease;
use crate::error::Failure;
use crate::patch::{Notice, NoticeKind, UnreadValues};

/// Refuses an edit that may lose or double what other values have. Those of a release that was read are known: `of_release` is what
/// it would lose.
pub(super) fn check(
    input: &Path,
    unread: &UnreadValues,
    release: &RunningRelease,
    of_release: &[Notice],
) -> Result<(), Failure> {
    let loses = of_release
        .iter()
        .any(|notice| matches!(notice.what, NoticeKind::MissingListItem { .. }));
    if release.found().is_some() && !loses {
        return Ok(());
    }
    let UnreadValues {
        place,
        others,
        lists,
        block,
    } = unread;
    let lists: Vec<_> = lists.iter().map(|list| format!("`{list}`")).collect();
    // Helm merges values key by key, but replaces a list as a whole.
    let loss = format!(
        "a list there that is new here ({}) would be lost",
        lists.join(", ")
    );
    let failure = Failure::usage(format!("put the connection into {}", input.display())).reason(format!(
        "the values at `{place}` are merged over those of {others}, which were not read: a remote write there may \
         already write to the same workspace, and every sample would arrive twice",
    ));
    let failure = match lists.is_empty() {
        true => failure,
        false => failure.reason(loss),
    };
    Err(failure
        .next("put the connection into those values, where they have remote writes or these lists: --input FILE")
        .next("where they have neither, write it here: --force")
        .next(format!(
            "if they are not in a file, add this by hand to those values, below the existing keys, without repeating \
             a key:\n\n{block}"
        )))
}
