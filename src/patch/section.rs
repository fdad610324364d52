//! A key of a file with all that belongs to it.

use std::ops::Range;

/// A key with all that belongs to it.
#[derive(Debug)]
pub(super) struct Section {
    /// As written, perhaps in quotes.
    pub(super) key: Range<usize>,
    /// Spaces before it; 0 within braces.
    pub(super) column: usize,
    /// The start of its line, or of the key within braces.
    pub(super) start: usize,
    /// Just after the last line that is neither blank nor a comment to the left, or after the value within braces.
    pub(super) end: usize,
    /// Maps around it.
    pub(super) depth: usize,
    /// Of several documents the one that it is in.
    pub(super) document: usize,
    pub(super) value: SectionValue,
    /// Some line in it, or in a section in it, is in doubt.
    pub(super) is_doubtful: bool,
    /// The same for a line that is in no section in it, so that those may be other ones.
    pub(super) has_own_doubt: bool,
    /// Its last line is one of a text block.
    pub(super) ends_in_text: bool,
}

/// What a key has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SectionValue {
    /// Nothing.
    Null,
    /// On the lines after it.
    Map,
    List,
    /// A text after `|` on these lines.
    Literal(Range<usize>),
    /// Anything else that starts on its line.
    Inline,
    /// The same within braces, where its value is.
    Flow(Range<usize>),
}

impl Section {
    /// Without its quotes.
    pub(super) fn name<'t>(&self, text: &'t str) -> &'t str {
        text[self.key.clone()].trim_matches(['"', '\''])
    }
}
