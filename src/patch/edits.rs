//! Writes the single edits of an edit in the style of the file around them.

use granit_parser::ScalarStyle;
use serde_yaml::{Mapping, Value};

use super::lines::{Lines, Splice};
use super::style::Style;
use super::tree::{MapEntry, Node};
use crate::render::{Desired, FlowStyle, Quote, block_lines, flow_text, quoted_text, scalar_text};

/// The edits so far, and what they are written for.
pub(super) struct Edits<'a> {
    pub(super) text: &'a str,
    pub(super) lines: Lines<'a>,
    style: &'a Style,
    pub(super) splices: Vec<Splice>,
}

impl<'a> Edits<'a> {
    pub(super) fn new(text: &'a str, style: &'a Style) -> Self {
        Self {
            text,
            lines: Lines::new(text, style.newline),
            style,
            splices: Vec::new(),
        }
    }

    /// The first content of a file without content, or with `{}` alone.
    pub(super) fn start(&mut self, braces: Option<&Node>, content: &Value) {
        let lines = block_lines(content, self.style.block);
        match braces {
            Some(braces) => {
                self.replace(braces.start, braces.end, lines.join(self.lines.newline()));
            }
            None => self.insert(end_of_preamble(self.text), 0, &lines),
        }
    }

    /// A value where there was none: after a key without a value, or instead of `null`, `[]` or `{}`.
    pub(super) fn fill(&mut self, entry: &MapEntry, in_flow: bool, value: &Value) {
        let MapEntry { key, value: old } = entry;
        let indent = match value {
            Value::Mapping(map) if !map.is_empty() && !in_flow => self.style.block.step,
            Value::Sequence(items) if !items.is_empty() && !in_flow => self.style.block.dash,
            _ => return self.inline(entry, self.one_line(key, value, in_flow)),
        };
        // `null`, `[]` or `{}` on the line of the key; a value that is only missing spans nothing.
        if old.end > old.start {
            self.replace(self.after_colon(key), old.end, "");
        }
        let at = self.lines.next_after_comments(old.end, key.column() + 1);
        self.insert(
            at,
            key.column() + indent,
            &block_lines(value, self.style.block),
        );
    }

    /// Another scalar instead of a scalar, in the same quotes.
    pub(super) fn set(&mut self, entry: &MapEntry, in_flow: bool, value: &Value) {
        let text = match (entry.value.scalar_style(), value) {
            (Some(ScalarStyle::DoubleQuoted), Value::String(text)) => {
                quoted_text(text, Quote::Double)
            }
            (Some(ScalarStyle::SingleQuoted), Value::String(text)) => {
                quoted_text(text, Quote::Single)
            }
            _ => self.one_line(&entry.key, value, in_flow),
        };
        self.inline(entry, text);
    }

    fn inline(&mut self, MapEntry { key, value: old }: &MapEntry, text: String) {
        // A block scalar starts on the line after its `|`, so the header has to be replaced too.
        if old.is_block_scalar() || old.start == old.end {
            let colon = self.after_colon(key);
            self.replace(colon, old.end.max(colon), format!(" {text}"));
        } else {
            self.replace(old.start, old.end, text);
        }
    }

    /// Braces instead of a block map.
    pub(super) fn empty(&mut self, MapEntry { key, value: old }: &MapEntry) {
        self.replace(self.after_colon(key), old.end, " {}");
    }

    /// New entries at the end of a block map, after the comments that belong to it.
    pub(super) fn add_keys(&mut self, map: &Node, is_root: bool, keys: &Mapping) {
        let Some(first) = map.entries().first().filter(|_| !keys.is_empty()) else {
            return;
        };
        let quote = quote_of_values(map);
        let mut at_end = Vec::new();
        for (key, value) in keys {
            let entry = self.entry_lines(quote, key, value);
            if is_root && key == "global" && self.lines.is_first_on_line(first.key.start) {
                self.insert_on_top(first, entry);
            } else {
                // After `|+` a blank line would belong to the text.
                let is_spaced = is_root && self.style.spaced_sections && !map.ends_in_kept_blanks();
                at_end.extend(is_spaced.then(String::new));
                at_end.extend(entry);
            }
        }
        let column = first.key.column();
        if !at_end.is_empty() {
            let at = self.lines.next_after_comments(map.end, column);
            self.insert(at, column, &at_end);
        }
    }

    fn entry_lines(&self, quote: Option<Quote>, key: &Value, value: &Value) -> Vec<String> {
        let style = self.style.block;
        match (quote, value) {
            // A map such as `external_labels` whose values are all quoted gets one more quoted value.
            (Some(quote), Value::String(text)) => {
                let key = scalar_text(key, style.quoting);
                vec![format!("{key}: {}", quoted_text(text, quote))]
            }
            _ => {
                let entry = Mapping::from_iter([(key.clone(), value.clone())]);
                block_lines(&Value::Mapping(entry), style)
            }
        }
    }

    /// The `global` of a prometheus.yml is first in every file that has one, so a new one goes before the first key
    /// and the comments of that key.
    fn insert_on_top(&mut self, first: &MapEntry, mut entry: Vec<String>) {
        let key = self.lines.start(first.key.start);
        let comments = self.lines.before_comments(key);
        // Comments on the first lines of a file are about the file (a licence, the tool that writes it), or about the
        // first key: they stay where they are, and a blank line keeps them apart from the new key.
        let at_start = self.text[..comments].lines().all(|line| {
            let line = line.trim_start_matches('\u{feff}');
            line.trim().is_empty() || line.starts_with("---") || line.starts_with('%')
        });
        let is_header = at_start && comments < key;
        if is_header {
            entry.insert(0, String::new());
        }
        entry.extend((is_header || self.style.spaced_sections).then(String::new));
        let at = if is_header { key } else { comments };
        self.insert(at, first.key.column(), &entry);
    }

    /// New items at the end of a block list, after the comments that belong to it.
    pub(super) fn add_items(&mut self, MapEntry { key, value: list }: &MapEntry, new: &[Value]) {
        let Some(last) = list.items().last().filter(|_| !new.is_empty()) else {
            return;
        };
        let neighbour = list.items().iter().rev().nth(1).map(|item| item.end);
        // Of a neighbour that ends in an empty text block the parser sees the end on the next line, before the dash.
        let start = neighbour.unwrap_or(key.end).min(last.start);
        let gap = &self.text[self.lines.start(start)..last.start];
        let is_spaced = neighbour.is_some() && has_blank_line(gap) && !last.ends_in_kept_blanks();
        let mut lines = Vec::new();
        for item in new {
            lines.extend(is_spaced.then(String::new));
            lines.extend(block_lines(
                &Value::Sequence(vec![item.clone()]),
                self.style.block,
            ));
        }
        let at = self.lines.next_after_comments(list.end, key.column() + 1);
        self.insert(at, column_of_dash(gap).unwrap_or(last.column()), &lines);
    }

    /// Takes some entries out of a block map, whole lines where they have lines of their own.
    pub(super) fn remove_keys(&mut self, map: &Node, gone: &[bool]) {
        let entries = map.entries();
        let Some(kept) = gone.iter().position(|gone| !gone) else {
            return;
        };
        if kept > 0 {
            // The first key may follow a dash, which the first one that stays has to follow then.
            self.replace(entries[0].key.start, entries[kept].key.start, "");
        }
        for (entry, _) in entries
            .iter()
            .zip(gone)
            .skip(kept)
            .filter(|(_, gone)| **gone)
        {
            self.replace(
                self.lines.start(entry.key.start),
                self.lines.next(entry.end()),
                "",
            );
        }
    }

    /// Other entries instead of all that a block map has.
    pub(super) fn replace_all(&mut self, map: &Node, keys: Mapping) {
        let lines = block_lines(&Value::Mapping(keys), self.style.block);
        let indent = format!(
            "{}{:column$}",
            self.lines.newline(),
            "",
            column = map.column()
        );
        // A last key without a value ends before its colon.
        let last = map.entries().last().map(|last| self.after_colon(&last.key));
        let end = last.map_or(map.end, |colon| map.end.max(colon));
        self.replace(map.start, end, lines.join(&indent));
    }

    /// A map in braces once more as a whole: removing entries of it would leave commas behind.
    pub(super) fn rewrite(&mut self, map: &Node, keys: &[(String, Desired)], found: &Value) {
        let mut value = found.clone();
        Desired::Keys(keys.to_vec()).apply(&mut value);
        let style = map
            .entries()
            .last()
            .map_or(FlowStyle::Json, |last| self.flow_style(&last.key));
        self.replace(map.start, map.end, flow_text(&value, style));
    }

    pub(super) fn replace(&mut self, start: usize, end: usize, text: impl Into<String>) {
        self.splices.push(Splice {
            range: start..end,
            text: text.into(),
        });
    }

    pub(super) fn insert(&mut self, at: usize, column: usize, lines: &[String]) {
        self.splices.push(self.lines.insert(at, column, lines));
    }

    fn one_line(&self, key: &Node, value: &Value, in_flow: bool) -> String {
        match value {
            Value::Mapping(_) | Value::Sequence(_) => flow_text(value, self.flow_style(key)),
            Value::String(_) if in_flow => flow_text(value, self.flow_style(key)),
            _ => scalar_text(value, self.style.block.quoting),
        }
    }

    pub(super) fn insert_after_colon(&mut self, key: &Node, text: &str) {
        let colon = self.after_colon(key);
        self.replace(colon, colon, text);
    }

    /// How values in braces and brackets are written: quoted keys, as JSON has them, get quoted neighbours.
    pub(super) fn flow_style(&self, key: &Node) -> FlowStyle {
        match key.scalar_style() {
            Some(ScalarStyle::DoubleQuoted) => FlowStyle::Json,
            _ => FlowStyle::Words(self.style.block.quoting),
        }
    }

    /// Just after the colon that follows a key.
    fn after_colon(&self, key: &Node) -> usize {
        self.text[key.end..]
            .find(':')
            .map_or(key.end, |colon| key.end + colon + 1)
    }
}

/// The quotes in which a map has all of its values, where it has nothing but values of one line.
fn quote_of_values(map: &Node) -> Option<Quote> {
    let styles = map.entries().iter().map(|entry| entry.value.scalar_style());
    let mut quotes = styles.map(|style| match style? {
        ScalarStyle::DoubleQuoted => Some(Quote::Double),
        ScalarStyle::SingleQuoted => Some(Quote::Single),
        _ => None,
    });
    let first = quotes.next()??;
    quotes.all(|quote| quote == Some(first)).then_some(first)
}

/// Whether there is a blank line after the first one.
fn has_blank_line(gap: &str) -> bool {
    gap.lines().skip(1).any(|line| line.trim().is_empty())
}

/// Where content may begin in a file without any: after directives, `---` and comments, before `...`.
fn end_of_preamble(text: &str) -> usize {
    let mut end = 0;
    let mut started = false;
    for line in text.split_inclusive('\n') {
        let is_marker = line.starts_with("---");
        if line.starts_with("...") || (is_marker && started) {
            break;
        }
        started |= is_marker;
        end += line.len();
    }
    end
}

/// Of the dash that introduces an item, from the text before the item: on its own line or on one above it.
fn column_of_dash(before: &str) -> Option<usize> {
    before.split('\n').rev().find_map(|line| {
        let content = line.trim_start_matches(' ');
        content
            .starts_with('-')
            .then_some(line.len() - content.len())
    })
}
