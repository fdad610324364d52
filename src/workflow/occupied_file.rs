//! What is in the place of a new file? A file of the user is not replaced by one that lacks what it has.

use std::path::Path;

use crate::error::Failure;
use crate::files::{self, FileError};
use crate::patch::{self, Notice};
use crate::render::sandbox_mark::unmarked;
use crate::spec::command_line::option;
use crate::target::Target;
use crate::text::path_text;
use crate::workflow::own_file::OwnFile;

/// How many of the lost parts a message names.
const MOST_NAMED: usize = 4;
const ANOTHER_PLACE: &str = "to write a new file, name one that does not exist: --out FILE";

/// The text that is there now, empty where there is no file. What cannot be read is not replaced.
pub(crate) fn present_text(out: &Path) -> Result<String, Failure> {
    // Reading a pipe would wait for its writer.
    if files::is_stream(out) {
        return Ok(String::new());
    }
    match files::read(out) {
        Ok(text) => Ok(text),
        Err(FileError::Missing(_)) => Ok(String::new()),
        Err(error) => {
            Err(refusal(out, format!("it exists and cannot be read: {error}")).next(ANOTHER_PLACE))
        }
    }
}

/// Refuses where a new text lacks something that the file has now.
pub(crate) fn check(out: &Path, before: &str, after: &str, target: Target) -> Result<(), Failure> {
    let lost = patch::taken_away(before, after, target);
    if lost.is_empty() {
        return Ok(());
    }
    // Such as a plain text, which no connection can be added to.
    if patch::documents(before).is_ok_and(|all| !all.iter().all(serde_yaml::Value::is_mapping)) {
        let why = "it exists, and its text is no YAML with keys".to_owned();
        return Err(refusal(out, why).next(ANOTHER_PLACE));
    }
    Err(refusal(
        out,
        format!(
            "it exists and contains keys that the new file would remove: {}",
            named(&lost)
        ),
    )
    .next(format!(
        "to add the connection to that file: {} --write",
        option("--input", path_text::encode(out))
    ))
    .next(ANOTHER_PLACE))
}

/// The same for the text of `input` with the connection, which goes to another file. `connected` gives a text the same
/// connection: an earlier output of the same input may change as the connection does. Gives a notice for each comment that goes.
pub(crate) fn check_other(
    (input, out): (&Path, Option<&Path>),
    file: OwnFile<'_>,
    target: Target,
    connected: impl FnOnce(&str) -> Option<String>,
) -> Result<Vec<Notice>, Failure> {
    let present = unmarked(file.before);
    let Some(out) = out.filter(|out| !files::is_same_place(out, input)) else {
        return Ok(Vec::new());
    };
    if present.trim().is_empty() {
        return Ok(Vec::new());
    }
    let before = connected(present).unwrap_or_else(|| present.to_owned());
    check(out, &before, file.after, target)?;
    Ok(patch::comments_left_out(present, file.after))
}

/// Refuses where a JSON Patch would replace something else, such as the resource itself or a patch of the user.
pub(crate) fn check_for_patch(out: &Path, before: &str, after: &str) -> Result<(), Failure> {
    if before.trim().is_empty() || before == after {
        return Ok(());
    }
    match patch::foreign_operations_of(before) {
        Some(foreign) if foreign.is_empty() => Ok(()),
        Some(foreign) => Err(refusal(
            out,
            format!(
                "it exists, and is a JSON Patch that changes something else too: {}",
                named(&foreign)
            ),
        )
        .next(ANOTHER_PLACE)),
        None => Err(refusal(
            out,
            "it exists, and a JSON Patch for the resource in the cluster would replace it"
                .to_owned(),
        )
        .next(format!(
            "if the resource is applied from that file, add the connection to it: {} --write",
            option("--input", path_text::encode(out))
        ))
        .next(ANOTHER_PLACE)),
    }
}

fn refusal(out: &Path, why: String) -> Failure {
    Failure::usage(format!("write a new file to {}", out.display())).reason(why)
}

fn named(lost: &[String]) -> String {
    let shown: Vec<String> = lost
        .iter()
        .take(MOST_NAMED)
        .map(|path| format!("`{path}`"))
        .collect();
    match lost.len().saturating_sub(MOST_NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_connection_is_offered_for_a_text_without_keys() {
        let steps = |before| {
            let target = Target::PrometheusYml;
            let failure =
                check(Path::new("a.txt"), before, "remote_write: []\n", target).unwrap_err();
            failure.next_steps().len()
        };

        assert_eq!(steps("hello\n"), 1);
        assert_eq!(steps("- a\n"), 1);
        assert_eq!(steps("scrape_configs: []\n"), 2);
    }

    #[test]
    fn a_long_list_is_cut_and_counted() {
        let lost: Vec<String> = ('a'..='f').map(String::from).collect();

        assert_eq!(named(&lost[..2]), "`a`, `b`");
        assert_eq!(named(&lost), "`a`, `b`, `c`, `d` and 2 more");
    }
}
