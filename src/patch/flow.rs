//! Adds to maps in braces and to lists in brackets, in place, on as many lines as they have.

use std::ops::Range;

use serde_yaml::{Mapping, Value};

use super::edits::Edits;
use super::tree::Node;
use crate::render::{FlowStyle, flow_lines, flow_text};

impl Edits<'_> {
    /// New entries in a map in braces.
    pub(super) fn add_to_braces(&mut self, map: &Node, keys: &Mapping) {
        let Some(last) = map.entries().last().filter(|_| !keys.is_empty()) else {
            return;
        };
        let style = self.flow_style(&last.key);
        let entries: Vec<Value> = keys
            .iter()
            .map(|(key, value)| Value::Mapping(Mapping::from_iter([(key.clone(), value.clone())])))
            .collect();
        self.add_to_flow(map, last.key.start..last.end(), &entries, style);
    }

    /// New items in a list in brackets.
    pub(super) fn add_to_brackets(&mut self, list: &Node, new: &[Value]) {
        let Some(last) = list.items().last().filter(|_| !new.is_empty()) else {
            return;
        };
        let style = last
            .entries()
            .last()
            .map_or(FlowStyle::Json, |entry| self.flow_style(&entry.key));
        self.add_to_flow(list, last.start..last.end, new, style);
    }

    /// On lines of their own where the last one has one to itself, else behind it.
    fn add_to_flow(
        &mut self,
        collection: &Node,
        last: Range<usize>,
        new: &[Value],
        style: FlowStyle,
    ) {
        let line = self.lines.start(last.start);
        let next_line = self.lines.next(last.end);
        let has_line = self.lines.is_first_on_line(last.start)
            && line > collection.start
            && next_line < collection.end;
        let is_map = !collection.entries().is_empty();
        if !has_line {
            let texts = new
                .iter()
                .map(|each| without_braces(flow_text(each, style), is_map));
            let text = texts.collect::<Vec<_>>().join(", ");
            return self.replace(last.end, last.end, format!(", {text}"));
        }
        let column = last.start - line;
        // JSON that was printed with indentation has each item on several lines.
        let is_spread = self.text[last.clone()].contains('\n');
        let step = column.saturating_sub(self.lines.indent(collection.start));
        let mut lines: Vec<String> = Vec::new();
        for each in new {
            match is_spread && step > 0 {
                true => lines.extend(spread(each, style, step, is_map)),
                false => lines.push(without_braces(flow_text(each, style), is_map)),
            }
            lines.last_mut().into_iter().for_each(|line| line.push(','));
        }
        // YAML allows a comma after the last item, JSON does not: each file keeps its own habit.
        let ends_with_comma = self.text[last.end..].trim_start().starts_with(',');
        if !ends_with_comma {
            self.replace(last.end, last.end, ",");
            lines.last_mut().map(String::pop);
        }
        self.insert(next_line, column, &lines);
    }
}

/// Of a map with one entry that entry alone, to be put among those of another map.
fn without_braces(text: String, is_map: bool) -> String {
    match text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
    {
        Some(entry) if is_map => entry.to_owned(),
        _ => text,
    }
}

/// The same over several lines, as its neighbours are.
fn spread(value: &Value, style: FlowStyle, step: usize, is_map: bool) -> Vec<String> {
    let lines = flow_lines(value, style, step);
    if !is_map {
        return lines;
    }
    let inner = &lines[1..lines.len() - 1];
    inner.iter().map(|line| line[step..].to_owned()).collect()
}
