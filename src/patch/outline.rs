//! Where the keys of a file are, found line by line and without parsing: those of maps that are not within a list, and
//! everything that belongs to each.
//!
//! A line that is not certainly valid YAML leaves the section around it in doubt, for a parser to read.

use std::ops::Range;

use super::flow_outline::SeenKeys;
use super::outline_value::{LineValue, judge, key};
use super::section::{Section, SectionValue};

/// Deeper maps are not looked into.
pub(super) const DEEPEST: usize = 9;

/// The sections of a part of a text in their order, all lines of which are indented by as many spaces; `None` where it is not made
/// of maps, or there is any doubt where one ends.
pub(super) fn within(text: &str, range: Range<usize>, indent: usize) -> Option<Vec<Section>> {
    let mut outline = Outline {
        text,
        base: indent,
        sections: Vec::new(),
        open: Vec::new(),
        levels: Vec::new(),
        depth: 0,
        text_block: None,
        is_awaiting: false,
        document: 0,
    };
    let mut at = range.start;
    for line in text[range].split_inclusive('\n') {
        outline.line(at, at + line.len())?;
        at += line.len();
    }
    outline.close(0);
    Some(outline.sections)
}

struct Outline<'a> {
    text: &'a str,
    /// Spaces before every line.
    base: usize,
    sections: Vec<Section>,
    /// Those that are open, from the outermost on.
    open: Vec<usize>,
    /// Maps and lists that are open; those after `depth` are kept for their memory.
    levels: Vec<OpenBlock>,
    depth: usize,
    text_block: Option<TextBlock>,
    /// The last key or dash has no value yet.
    is_awaiting: bool,
    document: usize,
}

/// A text block that is open.
struct TextBlock {
    /// Lines to the right of this column are its own.
    column: usize,
    /// Spaces before its first line that has a text, which none may have fewer of.
    indent: Option<usize>,
    /// The most spaces on the empty lines before that one, which may not have more.
    spaces: usize,
}

/// A map or list on lines of its own.
#[derive(Default)]
struct OpenBlock {
    column: usize,
    is_list: bool,
    /// Its keys are sections.
    has_sections: bool,
    keys: SeenKeys,
}

impl Outline<'_> {
    fn line(&mut self, start: usize, end: usize) -> Option<()> {
        let text = self.text;
        let content = text[start..end].trim_end_matches([' ', '\t', '\r', '\n']);
        let indent = content.len() - content.trim_start_matches(' ').len();
        if content.len() == indent {
            self.note_blank(&text[start..end]);
            return Some(());
        }
        if let Some(block) = &mut self.text_block
            && indent > block.column
        {
            let least = *block.indent.get_or_insert(indent);
            // YAML refuses a text whose first blank lines have more spaces than the first line with content.
            let is_text = indent >= least && block.spaces <= least;
            self.extend(end, is_text);
            return if is_text {
                Some(())
            } else {
                self.doubt(indent, end)
            };
        }
        self.text_block = None;
        let rest = &content[indent..];
        if rest.starts_with('#') {
            return Some(());
        }
        if indent < self.base {
            return None;
        }
        // YAML takes these for markers in the first column only; further right they are content.
        if self.base == 0 && indent == 0 && (rest.starts_with("---") || rest.starts_with("...")) {
            return self.marker(rest, start);
        }
        self.content(start + indent, rest, indent, start, end)
    }

    fn note_blank(&mut self, line: &str) {
        if let Some(block) = self
            .text_block
            .as_mut()
            .filter(|block| block.indent.is_none())
        {
            let spaces = line.trim_end_matches(['\r', '\n']).len();
            block.spaces = block.spaces.max(spaces);
        }
    }

    fn open_text(&mut self, column: usize) {
        self.text_block = Some(TextBlock {
            column,
            indent: None,
            spaces: 0,
        });
    }

    /// A line that starts another document.
    fn marker(&mut self, rest: &str, start: usize) -> Option<()> {
        let after = rest.strip_prefix("---")?;
        // An anchor or tag after the dashes is one of the whole document.
        if judge(after) != LineValue::Empty
            || !(after.is_empty() || after.starts_with(' '))
            || after.contains('&')
            || after.contains('!')
        {
            return None;
        }
        self.close(0);
        // The first line of a file may have the marker too: it starts the first document, and no second one.
        self.document += usize::from(start > 0);
        self.depth = 0;
        self.is_awaiting = false;
        Some(())
    }

    /// A line with dashes, a key, or a value.
    fn content(
        &mut self,
        mut at: usize,
        mut rest: &str,
        mut column: usize,
        start: usize,
        end: usize,
    ) -> Option<()> {
        let indent = column;
        // Without a space after it, a dash belongs to a value, as in `-1`.
        while rest == "-" || rest.starts_with("- ") {
            if !self.open_list(column)? {
                return self.doubt(indent, end);
            }
            let after = rest[1..].trim_start_matches(' ');
            let width = rest.len() - after.len();
            (at, column, rest) = (at + width, column + width, after);
            if rest.is_empty() || rest.starts_with('#') {
                self.extend(end, false);
                return Some(());
            }
        }
        let Some((name, value)) = key(rest) else {
            return self.value(rest, column, indent, end);
        };
        match self.open_key(name, column)? {
            KeyPlace::Doubtful => return self.doubt(indent, end),
            KeyPlace::Section => self.open_section(at, name, column, start),
            KeyPlace::Other => {}
        }
        self.extend(end, false);
        let judged = judge(&rest[value..]);
        self.is_awaiting = judged == LineValue::Empty;
        match judged {
            LineValue::Empty => {}
            LineValue::Complete => self.set_value(SectionValue::Inline, column),
            LineValue::Literal => {
                self.open_text(column);
                self.set_value(SectionValue::Literal(end..end), column);
            }
            LineValue::Folded => {
                self.open_text(column);
                self.set_value(SectionValue::Inline, column);
            }
            LineValue::Doubtful => {
                self.set_value(SectionValue::Inline, column);
                return self.doubt(indent, end);
            }
        }
        Some(())
    }

    /// A value after a dash, or on the line after its key.
    fn value(&mut self, rest: &str, column: usize, indent: usize, end: usize) -> Option<()> {
        // On the line after its key, a value has to be further right than the key.
        let is_deeper = self.top().is_some_and(|level| level.column < column);
        let judged = judge(rest);
        if !(self.is_awaiting && is_deeper)
            || judged == LineValue::Doubtful
            || judged == LineValue::Empty
        {
            return self.doubt(indent, end);
        }
        self.is_awaiting = false;
        if matches!(judged, LineValue::Literal | LineValue::Folded) {
            // Of a dash on this line, or of the key before it.
            let column = self.top()?.column;
            self.open_text(column);
        }
        if column == indent {
            self.set_last_value(SectionValue::Inline);
        }
        self.extend(end, false);
        Some(())
    }

    fn top(&self) -> Option<&OpenBlock> {
        self.depth.checked_sub(1).map(|top| &self.levels[top])
    }

    /// Ends a map or list. The last key in it gets no value any more.
    fn pop(&mut self) {
        self.depth -= 1;
        self.is_awaiting = false;
    }

    fn push(&mut self, column: usize, is_list: bool, has_sections: bool) {
        if self.levels.len() == self.depth {
            self.levels.push(OpenBlock::default());
        }
        let level = &mut self.levels[self.depth];
        level.keys.clear();
        (level.column, level.is_list, level.has_sections) = (column, is_list, has_sections);
        self.depth += 1;
    }

    /// Goes on with a list, or starts one; false if there may not be one.
    fn open_list(&mut self, column: usize) -> Option<bool> {
        while self.top().is_some_and(|level| level.column > column) {
            self.pop();
        }
        let is_same = self.top()?.is_list && self.top()?.column == column;
        let may_start = self.is_awaiting;
        if !is_same && !may_start {
            return Some(false);
        }
        // An open section to the right has ended; one at this very column has this list.
        self.close(column + 1);
        if !is_same {
            self.set_last_value(SectionValue::List);
            self.push(column, true, false);
        }
        self.is_awaiting = true;
        Some(true)
    }

    fn open_key(&mut self, name: &str, column: usize) -> Option<KeyPlace> {
        // A list may have its dashes in the column of the key above it, so a key in that column ends the list.
        let is_above =
            |one: &OpenBlock| one.column < column || (one.column == column && !one.is_list);
        while self.top().is_some_and(|level| !is_above(level)) {
            self.pop();
        }
        match self.top() {
            None if column == self.base && self.is_fresh() => self.push(column, false, true),
            None => return None,
            Some(level) if level.column == column => {}
            Some(_) if !self.is_awaiting => return Some(KeyPlace::Doubtful),
            Some(level) => {
                let has_sections = level.has_sections && self.open.len() < DEEPEST;
                if has_sections {
                    self.set_last_value(SectionValue::Map);
                }
                self.push(column, false, has_sections);
            }
        }
        let level = &mut self.levels[self.depth - 1];
        // `a` and `"a"` are one key.
        let name = name.trim_matches(['"', '\'']);
        if !level.keys.insert(name.as_bytes()) {
            // Twice in one map.
            return None;
        }
        Some(match level.has_sections {
            true => KeyPlace::Section,
            false => KeyPlace::Other,
        })
    }

    /// No key of this document was seen.
    fn is_fresh(&self) -> bool {
        self.sections
            .last()
            .is_none_or(|last| last.document < self.document)
    }

    fn open_section(&mut self, at: usize, name: &str, column: usize, start: usize) {
        self.close(column);
        self.open.push(self.sections.len());
        self.sections.push(Section {
            key: at..at + name.len(),
            column,
            start,
            end: start,
            depth: self.open.len() - 1,
            document: self.document,
            value: SectionValue::Null,
            is_doubtful: false,
            has_own_doubt: false,
            ends_in_text: false,
        });
    }

    /// Ends the open sections from this column on.
    fn close(&mut self, column: usize) {
        while let Some(index) = self.open.last().copied() {
            if self.sections[index].column < column {
                break;
            }
            self.open.pop();
            let (end, is_doubtful, ends_in_text) = {
                let closed = &self.sections[index];
                (closed.end, closed.is_doubtful, closed.ends_in_text)
            };
            if let Some(above) = self.open.last() {
                let above = &mut self.sections[*above];
                above.is_doubtful |= is_doubtful;
                if end > above.end {
                    (above.end, above.ends_in_text) = (end, ends_in_text);
                }
            }
        }
    }

    fn extend(&mut self, end: usize, is_text: bool) {
        let Some(index) = self.open.last() else {
            return;
        };
        let section = &mut self.sections[*index];
        (section.end, section.ends_in_text) = (end, is_text);
        if let SectionValue::Literal(lines) = &mut section.value
            && is_text
        {
            lines.end = end;
        }
    }

    /// Sets the value of the section whose key is at this column.
    fn set_value(&mut self, value: SectionValue, column: usize) {
        if let Some(index) = self.open.last()
            && self.sections[*index].column == column
        {
            self.sections[*index].value = value;
        }
    }

    /// Sets the value of the last section that was opened, where it has none yet.
    fn set_last_value(&mut self, value: SectionValue) {
        if let Some(index) = self.open.last()
            && self.sections[*index].value == SectionValue::Null
        {
            self.sections[*index].value = value;
        }
    }

    /// The line is in doubt; all of the file where it is not within the innermost section.
    fn doubt(&mut self, indent: usize, end: usize) -> Option<()> {
        let section = &mut self.sections[*self.open.last()?];
        if indent < section.column
            || (indent == section.column
                && section.end != end
                && section.value != SectionValue::List)
        {
            return None;
        }
        section.is_doubtful = true;
        section.has_own_doubt = true;
        self.extend(end, false);
        self.is_awaiting = true;
        Some(())
    }
}

/// Where a key may be.
enum KeyPlace {
    /// It starts a section.
    Section,
    /// Within a list, or too deep.
    Other,
    Doubtful,
}
