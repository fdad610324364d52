//! Where in a document something is: keys from the top down, and an item of a list.

use serde_yaml::Value;

/// The keys from the top of a file down to a place in it.
pub(crate) type Path = &'static [&'static str];

/// A key of a map, or an item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Item(usize),
}

/// Which item of a list is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    At(usize),
    /// A new item after all others.
    End,
}

/// Where a remote write is or will be: in which list, as which item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) list: Path,
    pub(crate) position: Position,
}

/// The value at the end of a path of keys and items.
pub(crate) fn at_steps<'a>(found: &'a Value, path: &[Step]) -> Option<&'a Value> {
    path.iter().try_fold(found, |value, step| match step {
        Step::Key(key) => value.get(key.as_str()),
        Step::Item(index) => value.get(*index),
    })
}

/// A path as it is written in messages: `azuread.oauth`, `write_relabel_configs[0].regex`.
pub(crate) fn key_path(path: &[Step]) -> String {
    path.iter().fold(String::new(), |mut text, step| {
        match step {
            Step::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
            Step::Item(index) => text.push_str(&format!("[{index}]")),
        }
        text
    })
}

/// The value at the end of a path of keys.
pub(crate) fn at_path<'a>(found: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(found, |value, key| value.get(*key))
}
