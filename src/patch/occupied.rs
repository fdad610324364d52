//! What of a block to add by hand has a place in the file already? Written again, such a key would make the file invalid, or
//! take away what the file has there.

use super::document::Document;
use super::manual_patch::text::{OccupiedKind, OccupiedPlace};
use super::tree::{NodeKind, Tree};
use super::written_value::WrittenValue;
use crate::render::Desired;
use crate::target::{PathSegment, Position};

/// Where the document has what is desired of the part of it that the target reads.
pub(super) fn occupied(document: &Document, desired: &Desired) -> Vec<OccupiedPlace> {
    let Some(root) = document.root() else {
        return Vec::new();
    };
    let mut search = OccupiedSearch {
        document,
        path: Vec::new(),
        found: Vec::new(),
    };
    search.look(desired, WrittenValue::of(&document.tree, root), false);
    search.found
}

/// A list that a text has, where the text is no YAML that can be read.
pub(super) fn list_in_text(text: &str, list: &[&str]) -> Option<OccupiedPlace> {
    let key = list.last()?;
    let is_key = |line: &str| {
        // The line can be of JSON, or of a map in braces.
        let line = line.trim_start_matches(['-', ' ', '{', '"', '\'']);
        let rest = line.strip_prefix(key);
        rest.is_some_and(|rest| rest.trim_start_matches(['"', '\'']).starts_with(':'))
    };
    text.lines().any(is_key).then(|| OccupiedPlace {
        path: (*key).to_owned(),
        line: None,
        kind: OccupiedKind::PossibleList,
    })
}

struct OccupiedSearch<'t, 'a> {
    document: &'t Document<'a>,
    path: Vec<PathSegment>,
    found: Vec<OccupiedPlace>,
}

impl<'t, 'a> OccupiedSearch<'t, 'a> {
    fn tree(&self) -> &'t Tree<'a> {
        &self.document.tree
    }

    /// `is_named` where a map above is named already as one that is written elsewhere.
    fn look(&mut self, desired: &Desired, at: WrittenValue<'t, 'a>, is_named: bool) {
        match (desired, &at.node.kind) {
            (Desired::Absent, _) => {}
            (Desired::Keys(keys), NodeKind::Map { .. }) => self.keys(keys, at, is_named),
            (Desired::Items(items), NodeKind::List { .. }) => {
                self.items(items, at, is_named);
            }
            _ if at.node.is_null() => self.take(OccupiedKind::Empty, at),
            (Desired::Is(_) | Desired::Default(_), NodeKind::Scalar { .. }) => {
                self.take(OccupiedKind::Value, at);
            }
            (Desired::Keys(_), NodeKind::Scalar { text, .. }) if text.contains('\n') => {
                self.take(OccupiedKind::Text, at);
                self.inside(text, desired, at);
            }
            _ if at.node.is_empty_collection() => self.take(OccupiedKind::Value, at),
            _ => self.take(OccupiedKind::Unexpected, at),
        }
    }

    /// Values that are a text within the document, which a template keeps from being read as such.
    fn inside(&mut self, text: &str, desired: &Desired, at: WrittenValue<'t, 'a>) {
        let Ok(inner) = Document::parse(text, None) else {
            return;
        };
        // The first line of a text after `|` is the one below.
        let above = at.node.is_literal().then_some(at.location.line);
        let places = occupied(&inner, desired).into_iter();
        self.found.extend(places.map(|place| OccupiedPlace {
            line: above.zip(place.line).map(|(above, line)| above + line),
            ..place
        }));
    }

    fn keys(&mut self, keys: &[(String, Desired)], at: WrittenValue<'t, 'a>, is_named: bool) {
        let keys = keys
            .iter()
            .filter(|(_, below)| !matches!(below, Desired::Absent));
        let below: Vec<_> = keys
            .map(|(key, below)| (key, below, at.key(self.tree(), key)))
            .collect();
        let has_new = below.iter().any(|(_, _, there)| there.is_none());
        // Lines below a key that is within braces would be no YAML.
        let is_braced = at.node.is_flow() && !at.node.is_empty_collection();
        if has_new && at.is_borrowed && !is_named {
            self.take(OccupiedKind::Borrowed, at);
        } else if has_new && is_braced && !is_named {
            self.take(OccupiedKind::Braces, at);
        }
        for (key, below, there) in below {
            let Some(there) = there else { continue };
            self.path.push(PathSegment::Key(key.clone()));
            self.look(below, there, is_named || has_new && at.is_borrowed);
            self.path.pop();
        }
    }

    fn items(&mut self, items: &[(Position, Desired)], at: WrittenValue<'t, 'a>, is_named: bool) {
        if items.iter().any(|(position, _)| *position == Position::End) {
            self.take(OccupiedKind::List, at);
        }
        for (position, below) in items {
            let Position::At(index) = *position else {
                continue;
            };
            let Some(there) = at.item(self.tree(), index) else {
                continue;
            };
            self.path.push(PathSegment::Item(index));
            self.look(below, there, is_named);
            self.path.pop();
        }
    }

    fn take(&mut self, kind: OccupiedKind, at: WrittenValue<'t, 'a>) {
        self.found.push(OccupiedPlace {
            path: self.document.path_of_steps(&self.path),
            line: Some(at.location.line),
            kind,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_a_text_are_looked_at_within_the_text() {
        let text = "a:\n  values: |\n    b:\n      c: [d]\n";
        let document = Document::parse(text, None).unwrap();
        let item = Desired::Items(vec![(Position::End, Desired::is("e"))]);

        let found = occupied(&document, &item.under(&["a", "values", "b", "c"]));

        let found: Vec<String> = found.iter().map(OccupiedPlace::to_string).collect();
        assert_eq!(
            found,
            [
                "it goes into the text of `a.values` that starts on line 2",
                "add the item to the list `b.c` on line 4"
            ]
        );
    }
}
