//! Makes a file say what is desired: decide, put the edits in, prove the result.

use super::comments::lost_comments;
use super::document::Document;
use super::edit;
use super::lines::{Splice, splice};
use super::notice::{Notice, NoticeKind};
use super::proof::prove;
use super::refusal::{PatchRefusal, Reason};
use super::style::Style;
use crate::render::Desired;
use crate::target::Position;

/// Edits that are proved to make a document say what is desired; none when it does already.
#[derive(Default)]
pub(super) struct RewriteResult {
    pub(super) splices: Vec<Splice>,
    pub(super) notices: Vec<Notice>,
}

pub(super) fn rewrite(
    document: Document,
    style: &Style,
    desired: &Desired,
) -> Result<RewriteResult, PatchRefusal> {
    let Some(unmet) = desired.unmet(Some(document.subject())) else {
        return Ok(RewriteResult::default());
    };
    let mut notices = removed("", &unmet);
    let unmet = document.desired(unmet);
    // Only what is not met yet: a file that has all of it stays the same, byte for byte.
    let splices = edit::splices(&document, style, &unmet)?;
    notices.extend(lost_comments(document.text, &splices));
    let after = splice(document.text, splices.clone()).ok_or(Reason::Unproven)?;
    let open_end = document.open_end();
    // A block scalar without a final line break takes in whatever is added after it. That is the one known cause, and
    // the user can remove it.
    prove(document, &after, &unmet).map_err(|refusal| match open_end {
        Some(location) => PatchRefusal::new(Reason::OpenEnd).at(location),
        None => refusal,
    })?;
    Ok(RewriteResult { splices, notices })
}

/// A notice for each key that is in the file and may not be.
fn removed(path: &str, unmet: &Desired) -> Vec<Notice> {
    match unmet {
        Desired::Is(_) | Desired::Default(_) => Vec::new(),
        Desired::Absent => {
            vec![Notice {
                location: None,
                what: NoticeKind::Removed {
                    path: path.to_owned(),
                },
            }]
        }
        Desired::Keys(keys) => {
            let separator = if path.is_empty() { "" } else { "." };
            keys.iter()
                .flat_map(|(key, below)| removed(&format!("{path}{separator}{key}"), below))
                .collect()
        }
        Desired::Items(items) => items
            .iter()
            .flat_map(|(position, below)| match position {
                Position::At(index) => removed(&format!("{path}[{index}]"), below),
                Position::End => Vec::new(),
            })
            .collect(),
    }
}
