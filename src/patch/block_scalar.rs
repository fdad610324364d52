//! Changes the text in a literal block (`|`), leaving each line alone that stays the same.

use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::edits::Edits;
use super::lines::Splice;
use super::tree::Node;

impl Edits<'_> {
    /// `None` if the block's lines are not one to one those of its text, as with an unusual indentation.
    pub(super) fn set_literal(&mut self, block: &Node, text: &str) -> Option<()> {
        let old: Vec<&str> = block.text()?.lines().collect();
        let new: Vec<&str> = text.lines().collect();
        // Only lines that differ are written: the rest of the block keeps its white space, which a new rendering of the
        // text would lose.
        let starts = self.starts_of_lines(block, &old)?;
        for change in capture_diff_slices(Algorithm::Myers, &old, &new) {
            if change.tag() == DiffTag::Equal {
                continue;
            }
            let lines: Vec<String> = new[change.new_range()]
                .iter()
                .map(|line| (*line).to_owned())
                .collect();
            let (start, end) = (
                starts[change.old_range().start],
                starts[change.old_range().end],
            );
            let mut text = match lines.as_slice() {
                [] => String::new(),
                lines => self.lines.insert(start, block.column(), lines).text,
            };
            // `insert` ends with a line break. At the end of a file without one it would become part of the text for
            // `|+`.
            if end == self.text.len() && !self.text.ends_with('\n') {
                text.truncate(text.trim_end_matches(['\r', '\n']).len());
            }
            self.splices.push(Splice {
                range: start..end,
                text,
            });
        }
        Some(())
    }

    /// Where each line of a block starts in the file, and where the line after the last one does.
    fn starts_of_lines(&self, block: &Node, lines: &[&str]) -> Option<Vec<usize>> {
        let mut at = self.lines.start(block.start);
        let mut starts = vec![at];
        for line in lines {
            let next = self.lines.after(at);
            let raw = self.text[at..next].trim_end_matches(['\r', '\n']);
            // An indentation indicator (`|2`) or extra spaces at the start of a line make the text differ from the
            // lines of the file.
            let is_same = raw.get(block.column()..).unwrap_or_default() == *line;
            if !is_same || !raw.chars().take(block.column()).all(|each| each == ' ') {
                return None;
            }
            at = next;
            starts.push(at);
        }
        Some(starts)
    }
}
