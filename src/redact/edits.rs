//! Replacements of parts of a text, none of which changes the number of lines.

use std::ops::Range;

use super::lines::masked_line;
use super::urls::PLACEHOLDER;

pub(super) struct LineEdits<'t> {
    text: &'t str,
    list: Vec<(Range<usize>, String)>,
}

impl<'t> LineEdits<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let list = Vec::new();
        Self { text, list }
    }

    /// Puts a text with as many lines in place of this part.
    pub(super) fn replace(&mut self, range: Range<usize>, text: String) {
        self.list.push((range, text));
    }

    /// Puts the placeholder in place of each line of this part. None if it is no part of the text.
    pub(super) fn mask(&mut self, range: Range<usize>) -> Option<()> {
        let masked = masked(self.text.get(range.clone())?);
        self.list.push((range, masked));
        Some(())
    }

    /// Changes the text that this one was made from, which is as long and has expressions of a template in addition.
    pub(super) fn apply(mut self, original: &str) -> Option<String> {
        // Of two that begin at one place the longer one holds the other.
        self.list
            .sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let mut clean = String::with_capacity(original.len());
        let mut at = 0;
        for (range, replacement) in &self.list {
            // Two rules can find one secret, and the first range that begins replaces it whole.
            if range.start < at {
                continue;
            }
            clean.push_str(original.get(at..range.start)?);
            let part = original.get(range.clone())?;
            if part == &self.text[range.clone()] {
                clean.push_str(replacement);
            } else if is_expression(part) {
                clean.push_str(part);
            } else {
                clean.push_str(&masked(part));
            }
            at = range.end;
        }
        clean.push_str(original.get(at..)?);
        Some(clean)
    }
}

/// A single expression of a template that names a value; one with a text in quotes may hold the secret itself.
fn is_expression(part: &str) -> bool {
    let inside = part
        .trim_matches(['"', '\''])
        .strip_prefix("{{")
        .and_then(|rest| rest.strip_suffix("}}"));
    inside.is_some_and(|inside| !inside.contains(['"', '\'', '`', '}']))
}

/// The first line has no indentation of its own: the part begins within it.
fn masked(part: &str) -> String {
    let mut lines = part.split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    let mut clean = PLACEHOLDER.to_owned() + line_end(first);
    for line in lines {
        let end = line_end(line);
        clean.push_str(&masked_line(&line[..line.len() - end.len()]));
        clean.push_str(end);
    }
    clean
}

fn line_end(line: &str) -> &str {
    &line[line.trim_end_matches(['\r', '\n']).len()..]
}
