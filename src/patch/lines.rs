//! Where lines begin and end in a user's text, and the edits that go into it.

use std::ops::Range;

/// A text that is edited by whole lines where possible.
pub(super) struct Lines<'a> {
    text: &'a str,
    newline: &'static str,
}

/// A piece of text that takes the place of another; of nothing, when the range is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str, newline: &'static str) -> Self {
        Self { text, newline }
    }

    pub(super) fn newline(&self) -> &'static str {
        self.newline
    }

    /// The start of the line that holds this byte, after a byte order mark.
    pub(super) fn start(&self, at: usize) -> usize {
        let bom = if self.text.starts_with('\u{feff}') {
            '\u{feff}'.len_utf8()
        } else {
            0
        };
        self.text[..at]
            .rfind('\n')
            .map_or(bom, |newline| newline + 1)
    }

    /// The start of the next line.
    pub(super) fn after(&self, at: usize) -> usize {
        self.text[at..]
            .find('\n')
            .map_or(self.text.len(), |newline| at + newline + 1)
    }

    /// The start of the next line; this byte itself where it starts a line already.
    pub(super) fn next(&self, at: usize) -> usize {
        if at > 0 && self.text[..at].ends_with('\n') {
            return at;
        }
        self.after(at)
    }

    /// The start of the first comment line of those right above the line that starts at `at`; `at` itself without any.
    pub(super) fn before_comments(&self, at: usize) -> usize {
        let above = self.text[..at].split_inclusive('\n').rev();
        let comments =
            above.take_while(|line| line.trim_start_matches(['\u{feff}', ' ']).starts_with('#'));
        let start = at - comments.map(str::len).sum::<usize>();
        start.max(self.start(0))
    }

    /// The start of the next line that is no comment as far right as `column`.
    pub(super) fn next_after_comments(&self, at: usize, column: usize) -> usize {
        let mut end = self.next(at);
        let mut next = end;
        for line in self.text[end..].split_inclusive('\n') {
            next += line.len();
            let content = line.trim_start_matches(' ');
            // Editors look for these in the last lines of a file only.
            if is_for_editors(content) {
                break;
            }
            if content.starts_with('#') && line.len() - content.len() >= column {
                end = next;
            } else if !content.trim().is_empty() {
                break;
            }
        }
        end
    }

    /// Spaces at the start of the line that holds this byte.
    pub(super) fn indent(&self, at: usize) -> usize {
        let line = &self.text[self.start(at)..];
        line.len() - line.trim_start_matches(' ').len()
    }

    /// Whether only spaces are before this byte on its line.
    pub(super) fn is_first_on_line(&self, at: usize) -> bool {
        self.text[self.start(at)..at].trim().is_empty()
    }

    /// New lines before the line that starts at `at`, or at the very end.
    pub(super) fn insert(&self, at: usize, column: usize, lines: &[String]) -> Splice {
        let lines = lines.iter().map(|line| match line.as_str() {
            "" => String::new(),
            line => format!("{:column$}{line}", ""),
        });
        let text = lines.collect::<Vec<_>>().join(self.newline);
        let before = &self.text[..at];
        // At the very end of a file without a final line break, the break goes before the new lines, and none after
        // them: the file keeps its end.
        let text = if before.trim_start_matches('\u{feff}').is_empty() || before.ends_with('\n') {
            text + self.newline
        } else {
            format!("{}{text}", self.newline)
        };
        Splice {
            range: at..at,
            text,
        }
    }
}

/// A comment by which editors know how to treat a file; they look for it near the end.
fn is_for_editors(line: &str) -> bool {
    let marks = [" vim:", "-*-", "Local Variables:"];
    line.starts_with('#') && marks.iter().any(|mark| line.contains(mark))
}

/// The text with all edits in place; `None` if two of them get in each other's way.
pub(super) fn splice(text: &str, splices: &[Splice]) -> Option<String> {
    let mut in_order: Vec<_> = splices.iter().collect();
    in_order.sort_by_key(|splice| splice.range.start);
    let growth = |splice: &Splice| splice.text.len().saturating_sub(splice.range.len());
    let grown: usize = splices.iter().map(growth).sum();
    let mut result = String::with_capacity(text.len() + grown);
    let mut at = 0;
    for Splice { range, text: piece } in in_order {
        // A start before the end of the previous splice gives an inverted range, and `None`.
        result.push_str(text.get(at..range.start)?);
        result.push_str(piece);
        at = range.end;
    }
    result.push_str(&text[at..]);
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_with_the_same_indent_belong_to_the_lines_before() {
        let text = "a:\n  - b\n  # - c\n\n  # - d\n\n# next\ne: f\n";
        let lines = Lines::new(text, "\n");

        assert_eq!(&text[lines.next_after_comments(7, 1)..], "\n# next\ne: f\n");
        assert_eq!(&text[lines.next_after_comments(7, 0)..], "e: f\n");
        assert_eq!(
            &text[lines.next_after_comments(7, 3)..],
            "  # - c\n\n  # - d\n\n# next\ne: f\n"
        );
    }

    #[test]
    fn pieces_that_overlap_are_not_put_in() {
        let cut = |range: Range<usize>| Splice {
            range,
            text: String::new(),
        };

        assert_eq!(
            splice("abcdef", &[cut(3..5), cut(0..2)]).as_deref(),
            Some("cf")
        );
        assert_eq!(splice("abcdef", &[cut(0..4), cut(2..5)]), None);
    }
}
