//! How a file is laid out, so that what we add looks as if its owner had written it.

use std::collections::BTreeMap;
use std::convert::Infallible;

use granit_parser::ScalarStyle;

use super::document::Document;
use super::tree::{Entry, Kind, Node};
use crate::render::{BlockStyle, Quote};

/// The habits of a file.
pub(super) struct Style {
    pub(super) block: BlockStyle,
    /// Top-level keys have blank lines between them.
    pub(super) spaced_sections: bool,
}

impl Style {
    pub(super) fn of(document: &Document) -> Self {
        let mut habits = Habits::default();
        if let Some(root) = document.root() {
            let visited = root.each::<Infallible>(&mut |node| {
                habits.note(document.text, node);
                Ok(())
            });
            visited.unwrap_or_else(|never| match never {});
        }
        let step = most_common(&habits.steps).unwrap_or(BlockStyle::default().step);
        let dash = most_common(&habits.dashes).unwrap_or(step);
        let quote = if habits.single_quoted > habits.double_quoted {
            Quote::Single
        } else {
            Quote::Double
        };
        Self {
            block: BlockStyle { step, dash, quote },
            spaced_sections: document
                .root()
                .is_some_and(|root| has_spaced_sections(document.text, root)),
        }
    }
}

/// What was seen how often.
#[derive(Default)]
struct Habits {
    steps: BTreeMap<usize, usize>,
    dashes: BTreeMap<usize, usize>,
    single_quoted: usize,
    double_quoted: usize,
}

impl Habits {
    fn note(&mut self, text: &str, node: &Node) {
        match &node.kind {
            Kind::Scalar {
                style: ScalarStyle::SingleQuoted,
                ..
            } => self.single_quoted += 1,
            Kind::Scalar {
                style: ScalarStyle::DoubleQuoted,
                ..
            } => self.double_quoted += 1,
            Kind::Map {
                flow: false,
                entries,
            } => entries
                .iter()
                .for_each(|entry| self.note_entry(text, entry)),
            _ => {}
        }
    }

    fn note_entry(&mut self, text: &str, Entry { key, value }: &Entry) {
        match &value.kind {
            Kind::Map {
                flow: false,
                entries,
            } => {
                let child = entries.first().map(|entry| entry.key.column());
                count(
                    &mut self.steps,
                    child.and_then(|child| child.checked_sub(key.column())),
                );
            }
            Kind::List { flow: false, items } => {
                let dash = items.first().and_then(|item| dash_before(text, item));
                count(
                    &mut self.dashes,
                    dash.and_then(|dash| dash.checked_sub(key.column())),
                );
            }
            _ => {}
        }
    }
}

/// The column of the dash on the line on which the item starts.
fn dash_before(text: &str, item: &Node) -> Option<usize> {
    let line = text[..item.start]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    text[line..item.start]
        .find('-')
        .filter(|dash| text[line..line + dash].trim().is_empty())
}

fn count(seen: &mut BTreeMap<usize, usize>, what: Option<usize>) {
    if let Some(what) = what {
        *seen.entry(what).or_default() += 1;
    }
}

/// The most common one, of equally common ones the smallest.
fn most_common(seen: &BTreeMap<usize, usize>) -> Option<usize> {
    seen.iter()
        .rev()
        .max_by_key(|(_, times)| **times)
        .map(|(what, _)| *what)
}

fn has_spaced_sections(text: &str, root: &Node) -> bool {
    let gaps = root
        .entries()
        .windows(2)
        .map(|pair| &text[pair[0].end()..pair[1].key.start]);
    let (spaced, all) = gaps.fold((0, 0), |(spaced, all), gap| {
        (spaced + usize::from(has_blank_line(gap)), all + 1)
    });
    spaced * 2 > all
}

/// Whether there is a blank line after the first one.
pub(super) fn has_blank_line(gap: &str) -> bool {
    gap.lines().skip(1).any(|line| line.trim().is_empty())
}
