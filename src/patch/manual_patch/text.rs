//! What a refusal prints to write by hand: blocks, and where the file has a part of them already.

use std::fmt;

/// What to write by hand, as YAML from column 0 and without secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::patch) struct ManualPatch {
    /// All that is missing, from the top of the file on; empty if that is unknown.
    pub(in crate::patch) whole: String,
    /// The remote write alone, as an item of a list.
    pub(in crate::patch) item: String,
    /// All but the remote write.
    pub(in crate::patch) rest: String,
    /// What the block has and the file, too; where the remote write is there, without it.
    pub(in crate::patch) occupied: Vec<OccupiedPlace>,
    /// Where our remote write is there already.
    pub(in crate::patch) edit: Option<EntryEdit>,
}

/// What our remote write needs that is in the file already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::patch) struct EntryEdit {
    pub(in crate::patch) line: Option<usize>,
    /// Its keys that are to get another value; empty if none.
    pub(in crate::patch) set: String,
    pub(in crate::patch) removed: Vec<String>,
    /// Maps of it that are written elsewhere.
    pub(in crate::patch) occupied: Vec<OccupiedPlace>,
}

/// A place of the file that the block has too, and the line on which it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::patch) struct OccupiedPlace {
    pub(in crate::patch) path: String,
    pub(in crate::patch) line: Option<usize>,
    pub(in crate::patch) kind: OccupiedKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::patch) enum OccupiedKind {
    /// A list that gets an item.
    List,
    /// The same, where the file could not be read as YAML.
    PossibleList,
    /// A key without a value.
    Empty,
    /// Another value.
    Value,
    /// A value where a map or list belongs.
    Unexpected,
    /// A text that is YAML itself, into which the block goes.
    Text,
    /// A map within braces that gets keys.
    Braces,
    /// A map that gets keys, which an alias or a merge key brings to this place.
    Borrowed,
}

impl ManualPatch {
    pub(in crate::patch) fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.edit.is_none()
    }

    /// The same with other lines; none for a text that the user has no file of.
    pub(in crate::patch) fn with_lines(mut self, line: impl Fn(usize) -> Option<usize>) -> Self {
        if let Some(edit) = &mut self.edit {
            edit.line = edit.line.and_then(&line);
        }
        let of_edit = self.edit.iter_mut().flat_map(|edit| &mut edit.occupied);
        for place in self.occupied.iter_mut().chain(of_edit) {
            place.line = place.line.and_then(&line);
        }
        self
    }

    /// The same with other words in what is printed.
    pub(in crate::patch) fn restored(mut self, restored: impl Fn(&str) -> String) -> Self {
        let set = self.edit.iter_mut().map(|edit| &mut edit.set);
        for text in [&mut self.whole, &mut self.item, &mut self.rest]
            .into_iter()
            .chain(set)
        {
            *text = restored(text);
        }
        self
    }
}

impl OccupiedPlace {
    /// Whether it is a map that is written elsewhere.
    pub(in crate::patch) fn is_borrowed(&self) -> bool {
        self.kind == OccupiedKind::Borrowed
    }
}

impl fmt::Display for OccupiedPlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = self
            .line
            .map_or_else(String::new, |line| format!(" on line {line}"));
        let path = match self.path.as_str() {
            "" => "the file".to_owned(),
            path => format!("`{path}`"),
        };
        match self.kind {
            OccupiedKind::List => write!(out, "add the item to the list {path}{on}"),
            OccupiedKind::PossibleList => {
                write!(out, "if {path} exists already, add the item to that list")
            }
            OccupiedKind::Empty => write!(out, "write the value of {path} after that key{on}"),
            OccupiedKind::Value => write!(out, "change the value of {path}{on}"),
            OccupiedKind::Unexpected => {
                write!(out, "replace the value of {path}{on} by what it refers to")
            }
            OccupiedKind::Text => {
                let starts = self
                    .line
                    .map_or_else(String::new, |line| format!(" that starts on line {line}"));
                write!(out, "it goes into the text of {path}{starts}")
            }
            OccupiedKind::Braces => write!(out, "write what is below {path} into the braces{on}"),
            OccupiedKind::Borrowed => {
                write!(
                    out,
                    "write what is below {path} into the map{on}, since only that map takes effect"
                )
            }
        }
    }
}

/// The places as one clause, after a comma; empty where there are none.
pub(in crate::patch) fn clause(places: &[OccupiedPlace]) -> String {
    let places: Vec<String> = places.iter().map(OccupiedPlace::to_string).collect();
    match places.is_empty() {
        true => String::new(),
        false => format!(", without repeating a key: {}", places.join("; ")),
    }
}
