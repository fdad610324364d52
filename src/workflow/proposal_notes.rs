//! What should a user know before a file is written, in addition to how its text changes?

use std::path::Path;

use crate::files;
use crate::workflow::proposal::Proposal;

/// The notes about the text, and about the file that will get it.
pub(crate) fn of_written(proposal: &Proposal) -> Vec<String> {
    let out = proposal.out.as_deref();
    of_file(proposal, out.filter(|_| proposal.changes_a_file()))
}

/// The same for a text that is compared only: the file that it would be written to may be the input.
pub(crate) fn of_compared(proposal: &Proposal) -> Vec<String> {
    let path = proposal.out.as_deref().or(proposal.source.as_deref());
    of_file(proposal, path.filter(|_| !proposal.is_up_to_date()))
}

fn of_file(proposal: &Proposal, path: Option<&Path>) -> Vec<String> {
    let notices = proposal.notices.iter().map(ToString::to_string);
    notices.chain(path.and_then(links_note)).collect()
}

/// A file is replaced as a whole, as `sed -i` and most editors do, so that its other names keep the old one.
pub(crate) fn links_note(path: &Path) -> Option<String> {
    let others = files::other_links(path);
    let path = path.display();
    let (links, names) = match others {
        0 => return None,
        1 => ("1 more hard link".to_owned(), "the other name keeps"),
        _ => (format!("{others} more hard links"), "the other names keep"),
    };
    Some(format!(
        "{path} has {links}: a run that writes {path} replaces it under this name only, and {names} the old text"
    ))
}
