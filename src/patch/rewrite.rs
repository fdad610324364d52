//! Makes a file contain what is desired: decide, make the edits, verify the result.

use super::comments::lost_comments;
use super::document::Document;
use super::edit;
use super::lines::{Splice, splice};
use super::notice::{Notice, NoticeKind};
use super::refusal::{PatchRefusal, Reason};
use super::style::Style;
use super::tree::Node;
use super::verification::verify;
use crate::render::Desired;
use crate::target::Position;
use crate::text::key_name::shown_key;
use crate::text::key_path;

/// Edits that are verified to make a document contain what is desired; none when it does already.
#[derive(Default)]
pub(super) struct RewriteResult {
    pub(super) splices: Vec<Splice>,
    pub(super) notices: Vec<Notice>,
}

pub(super) fn rewrite(
    document: Document,
    style: &Style,
    desired: Desired,
) -> Result<RewriteResult, PatchRefusal> {
    let Some(unmet) = desired.unmet(Some(document.subject())) else {
        return Ok(RewriteResult::default());
    };
    // It may hold a whole file as one text; so may each of the other copies.
    drop(desired);
    let mut notices = removed(&unmet);
    let unmet = document.desired(unmet);
    // Only what is not met yet: a file that has all of it stays the same, byte for byte.
    let splices = edit::splices(&document, style, &unmet)?;
    notices.extend(lost_comments(document.text, &splices));
    let after = splice(document.text, &splices).ok_or(Reason::Unverified)?;
    // A block scalar without a final line break takes in whatever is added after it. That and a key with a tag that the second
    // parser takes for another key are the known causes, and the user can remove them.
    let open_end = document.open_end();
    let cause = open_end.map(|location| PatchRefusal::new(Reason::OpenEnd).at(location));
    let cause = cause.or_else(|| marked_key(&document));
    verify(document, &after, &unmet).map_err(|refusal| cause.unwrap_or(refusal))?;
    Ok(RewriteResult { splices, notices })
}

/// Refuses the first key that has more than its text, where there is one.
fn marked_key(document: &Document) -> Option<PatchRefusal> {
    let refused = |node: &Node| {
        let mut keys = node.entries().iter().map(|entry| &entry.key);
        let key = keys.find(|key| key.is_marked() || document.text[key.start..].starts_with('?'));
        key.map_or(Ok(()), |key| {
            let key_text = shown_key(key.text().unwrap_or_default()).into_owned();
            Err(PatchRefusal::new(Reason::MarkedKey { key: key_text }).at(key.location))
        })
    };
    document.top()?.each(&mut |node| refused(node)).err()
}

/// A notice for each key that is in the file and may not be.
fn removed(unmet: &Desired) -> Vec<Notice> {
    let paths = removed_paths(unmet).into_iter();
    let notices = paths.map(|path| Notice {
        location: None,
        what: NoticeKind::Removed { path },
    });
    notices.collect()
}

/// The keys that are in the file and may not be.
pub(super) fn removed_paths(unmet: &Desired) -> Vec<String> {
    let mut found = Vec::new();
    collect_removed("", unmet, &mut found);
    found
}

fn collect_removed(path: &str, unmet: &Desired, found: &mut Vec<String>) {
    match unmet {
        Desired::Is(_) | Desired::Default(_) => {}
        Desired::Absent => found.push(path.to_owned()),
        Desired::Keys(keys) => {
            for (key, below) in keys {
                collect_removed(&key_path::below(path, key), below, found);
            }
        }
        Desired::Items(items) => {
            for (position, below) in items {
                if let Position::At(index) = position {
                    collect_removed(&format!("{path}[{index}]"), below, found);
                }
            }
        }
    }
}
