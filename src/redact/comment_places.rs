//! Which maps is a comment in? A value that was commented out is a secret where it would be one without its `#`.

use super::places::{is_secret_parent, is_spec};
use super::siblings::SiblingEntries;

/// How far back the beginning of a line is looked for, in bytes: JSON of megabytes has one line.
const NEAR: usize = 400;

/// The keys of a text in their order, and the maps that they are in.
#[derive(Default)]
pub(super) struct CommentPlaces<'n> {
    maps: Vec<MapPlace<'n>>,
    keys: Vec<CommentedKey>,
}

/// What a comment in a map is judged by.
#[derive(Clone, Copy)]
pub(super) struct MapPlace<'n> {
    parent: Option<usize>,
    /// The key that has the map.
    pub(super) key: &'n str,
    pub(super) siblings: SiblingEntries<'n>,
    pub(super) is_secret: bool,
    /// Whether a value of it is.
    pub(super) holds_secret: bool,
    column: usize,
}

struct CommentedKey {
    at: usize,
    map: usize,
    is_hidden: bool,
}

impl<'n> CommentPlaces<'n> {
    /// Returns the number of the map.
    pub(super) fn add_map(
        &mut self,
        parent: Option<usize>,
        key: &'n str,
        siblings: SiblingEntries<'n>,
        is_secret: bool,
    ) -> usize {
        self.maps.push(MapPlace {
            parent,
            key,
            siblings,
            is_secret,
            holds_secret: false,
            column: usize::MAX,
        });
        self.maps.len() - 1
    }

    /// `at` is where the key begins; then whether its value is a secret, and hidden.
    pub(super) fn add_key(
        &mut self,
        text: &str,
        map: usize,
        at: usize,
        (has_secret, is_hidden): (bool, bool),
    ) {
        let place = &mut self.maps[map];
        place.column = place.column.min(column_of(text, at));
        place.holds_secret |= has_secret;
        self.keys.push(CommentedKey { at, map, is_hidden });
    }

    /// Whether the value of the key before this place is hidden.
    pub(super) fn follows_hidden(&self, at: usize) -> bool {
        let next = self.keys.partition_point(|key| key.at < at);
        self.keys[..next].last().is_some_and(|key| key.is_hidden)
    }

    /// Whether the keys around this place are in the spec of a resource, in a map that does not describe its values.
    pub(super) fn is_in_unnamed_spec(&self, at: usize) -> bool {
        let next = self.keys.partition_point(|key| key.at < at);
        let near = [next.checked_sub(1), Some(next)].into_iter().flatten();
        let maps: Vec<usize> = near
            .filter_map(|number| self.keys.get(number))
            .map(|key| key.map)
            .collect();
        let is_below_spec = |number: &usize| {
            let mut map = Some(*number);
            while let Some(number) = map {
                if is_spec(self.maps[number].key) {
                    return true;
                }
                map = self.maps[number].parent;
            }
            false
        };
        let has_name = |number: &usize| self.maps[*number].siblings.name.is_some();
        maps.iter().any(is_below_spec) && !maps.iter().any(has_name)
    }

    /// The maps that a comment at this place can belong to, and the keys above each; `column` is that of its text. Only
    /// those that make something in them a secret.
    pub(super) fn maps(&self, at: usize, column: usize) -> Vec<(MapPlace<'n>, Vec<&'n str>)> {
        let next = self.keys.partition_point(|key| key.at < at);
        let near = [next.checked_sub(1), Some(next)].into_iter().flatten();
        let mut numbers = Vec::new();
        for key in near.filter_map(|number| self.keys.get(number)) {
            let mut map = Some(key.map);
            while let Some(number) = map {
                let place = &self.maps[number];
                // A comment that begins left of the keys of a map is not in it.
                if place.column <= column && !numbers.contains(&number) {
                    numbers.push(number);
                }
                map = place.parent;
            }
        }
        let found = numbers.into_iter().map(|number| {
            let mut keys = Vec::new();
            let mut map = Some(number);
            while let Some(number) = map {
                keys.push(self.maps[number].key);
                map = self.maps[number].parent;
            }
            // The document itself has none.
            keys.pop();
            keys.reverse();
            (self.maps[number], keys)
        });
        found
            .filter(|(map, keys)| {
                map.is_secret
                    || map.holds_secret
                    || map.siblings.decides()
                    || is_secret_parent(keys)
            })
            .collect()
    }
}

/// In bytes; 0 where the line is longer than configurations have.
pub(super) fn column_of(text: &str, at: usize) -> usize {
    let near = text.as_bytes()[..at].iter().rev().take(NEAR);
    near.clone()
        .position(|byte| *byte == b'\n')
        .or((near.len() == at).then_some(at))
        .unwrap_or_default()
}
