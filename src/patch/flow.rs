//! Adds to maps in braces and to lists in brackets, in place, on as many lines as they have.

use std::ops::Range;

use granit_parser::ScalarStyle;
use serde_yaml::{Mapping, Value};

use super::pieces::Pieces;
use super::tree::Node;
use crate::render::{Quote, flow_text, scalar_text};

impl Pieces<'_> {
    /// New entries in a map in braces; quoted keys, as JSON has them, get quoted neighbours.
    pub(super) fn add_to_braces(&mut self, map: &Node, keys: &Mapping) {
        let Some(last) = map.entries().last() else {
            return;
        };
        let is_json = last.key.scalar_style() == Some(ScalarStyle::DoubleQuoted);
        let key_text = |key: &Value| match is_json {
            true => flow_text(key),
            false => scalar_text(key, Quote::Double),
        };
        let entries = keys
            .iter()
            .map(|(key, value)| format!("{}: {}", key_text(key), flow_text(value)));
        self.add_to_flow(
            map,
            last.key.start..last.end(),
            &entries.collect::<Vec<_>>(),
        );
    }

    /// New items in a list in brackets.
    pub(super) fn add_to_brackets(&mut self, list: &Node, last: &Node, new: &[Value]) {
        let items: Vec<String> = new.iter().map(flow_text).collect();
        self.add_to_flow(list, last.start..last.end, &items);
    }

    /// On lines of their own where the last one has one to itself, else behind it.
    fn add_to_flow(&mut self, collection: &Node, last: Range<usize>, new: &[String]) {
        let line = self.lines.start(last.start);
        let next_line = self.lines.next(last.end);
        let has_line = self.lines.is_first_on_line(last.start)
            && line > collection.start
            && next_line < collection.end;
        if !has_line {
            return self.replace(last.end, last.end, &format!(", {}", new.join(", ")));
        }
        let mut lines: Vec<String> = new.iter().map(|each| format!("{each},")).collect();
        let ends_with_comma = self.text[last.end..].trim_start().starts_with(',');
        if !ends_with_comma {
            self.replace(last.end, last.end, ",");
            lines.last_mut().map(String::pop);
        }
        self.insert(next_line, last.start - line, &lines);
    }
}
