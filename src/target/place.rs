//! Where in a document something is: keys from the top down, and an item of a list.

use serde_yaml::Value;

/// The keys from the top of a file down to a place in it.
pub(crate) type KeyPath = &'static [&'static str];

/// A key of a map, or an item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PathSegment {
    Key(String),
    Item(usize),
}

/// Which item of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    At(usize),
    /// A new item after all others.
    End,
}

/// Where a remote write is or will be: in which list, as which item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryPlace {
    pub(crate) list: KeyPath,
    pub(crate) position: Position,
}

/// The value at the end of a path of keys and items.
pub(crate) fn at_steps<'a>(found: &'a Value, path: &[PathSegment]) -> Option<&'a Value> {
    path.iter().try_fold(found, |value, step| match step {
        PathSegment::Key(key) => value.get(key.as_str()),
        PathSegment::Item(index) => value.get(*index),
    })
}

/// A path as it is written in messages: `azuread.oauth`, `write_relabel_configs[0].regex`.
pub(crate) fn key_path(path: &[PathSegment]) -> String {
    path.iter().fold(String::new(), |mut text, step| {
        match step {
            PathSegment::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
            PathSegment::Item(index) => text.push_str(&format!("[{index}]")),
        }
        text
    })
}

/// The value at the end of a path of keys.
pub(crate) fn at_path<'a>(found: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(found, |value, key| value.get(*key))
}

/// Keys as the steps of a path.
pub(super) fn keys(path: &[&str]) -> Vec<PathSegment> {
    path.iter()
        .map(|key| PathSegment::Key((*key).to_owned()))
        .collect()
}
