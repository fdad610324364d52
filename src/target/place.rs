//! Where in a document something is: keys from the top down, and an item of a list.

use serde_yaml::Value;

/// The keys from the top of a file down to a place in it.
pub(crate) type Path = &'static [&'static str];

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

/// The value at the end of a path of keys.
pub(crate) fn at_path<'a>(found: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(found, |value, key| value.get(*key))
}
