//! Walks a file along what it must say, and decides at each place what has to be put in, changed or taken out.

use serde_yaml::{Mapping, Value};

use super::document::Document;
use super::lines::Splice;
use super::pieces::Pieces;
use super::refusal::{PatchRefusal, Reason};
use super::style::Style;
use super::tree::{Entry, Kind, Node};
use crate::render::Wanted;
use crate::target::Position;

/// The pieces of text that make the document say what is wanted, none of which it says yet.
///
/// Each is a guess about how the file is read; `proof` reads the result again and has the last word.
pub(super) fn splices(
    document: &Document,
    style: &Style,
    wanted: &Wanted,
) -> Result<Vec<Splice>, PatchRefusal> {
    let pieces = Pieces::new(document.text, style);
    let mut walk = Walk { document, pieces };
    match (document.root(), wanted) {
        (Some(root), Wanted::Keys(keys)) if !root.is_empty_collection() => {
            walk.map(root, "", keys, &document.merged)?;
        }
        (root, _) => walk.pieces.start(root, &wanted.fresh().unwrap_or_default()),
    }
    Ok(walk.pieces.splices)
}

struct Walk<'a> {
    document: &'a Document<'a>,
    pieces: Pieces<'a>,
}

/// An entry to edit: what its value is to readers, how to name it, and whether it stands within braces.
struct Slot<'a, 'p> {
    entry: &'a Entry<'a>,
    found: &'a Value,
    path: &'p str,
    in_flow: bool,
}

impl<'a> Walk<'a> {
    fn map(
        &mut self,
        map: &'a Node<'a>,
        path: &str,
        keys: &[(String, Wanted)],
        found: &'a Value,
    ) -> Result<(), PatchRefusal> {
        let gone: Vec<bool> = map
            .entries()
            .iter()
            .map(|entry| is_unwanted(entry, keys))
            .collect();
        if map.is_flow() && gone.contains(&true) {
            self.pieces.rewrite(map, keys, found);
            return Ok(());
        }
        let missing = self.entries(map, path, keys, found)?;
        if gone.contains(&false) {
            self.pieces.remove_keys(map, &gone);
            self.pieces.add_keys(map, path.is_empty(), &missing);
        } else {
            self.pieces.replace_all(map, missing);
        }
        Ok(())
    }

    /// Edits the entries that are there, and returns those that are not.
    fn entries(
        &mut self,
        map: &'a Node<'a>,
        path: &str,
        keys: &[(String, Wanted)],
        found: &'a Value,
    ) -> Result<Mapping, PatchRefusal> {
        let mut missing = Mapping::new();
        for (key, wanted) in keys {
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            match (map.entry(key), found.get(key.as_str())) {
                (Some(_), _) if matches!(wanted, Wanted::Absent) => {}
                (Some(entry), found) => {
                    let found = found.unwrap_or(&Value::Null);
                    let slot = Slot {
                        entry,
                        found,
                        path: &path,
                        in_flow: map.is_flow(),
                    };
                    self.value(&slot, wanted)?;
                }
                (None, Some(Value::Mapping(_) | Value::Sequence(_))) => {
                    return Err(PatchRefusal::new(Reason::Inherited { path }).at(map.spot));
                }
                (None, _) => {
                    missing.extend(
                        wanted
                            .fresh()
                            .map(|fresh| (Value::from(key.as_str()), fresh)),
                    );
                }
            }
        }
        Ok(missing)
    }

    fn value(&mut self, slot: &Slot<'a, '_>, wanted: &Wanted) -> Result<(), PatchRefusal> {
        let Slot { entry, in_flow, .. } = *slot;
        let value = &entry.value;
        self.check_editable(value, slot.path)?;
        if value.is_null() || value.is_empty_collection() {
            self.pieces
                .fill(entry, in_flow, &wanted.fresh().unwrap_or_default());
            return Ok(());
        }
        let expected = match (wanted, &value.kind) {
            (Wanted::Keys(keys), Kind::Map { flow: false, .. }) if loses_all(value, keys) => {
                self.pieces.empty(entry);
                return Ok(());
            }
            (Wanted::Keys(keys), Kind::Map { .. }) => {
                return self.map(value, slot.path, keys, slot.found);
            }
            (Wanted::Items(items), Kind::List { .. }) => return self.list(slot, items),
            (Wanted::Is(Value::Mapping(_) | Value::Sequence(_)), _) => "another value",
            (Wanted::Is(Value::String(text)), _) if value.is_literal() && text.contains('\n') => {
                let unaligned = || {
                    PatchRefusal::new(Reason::Unaligned {
                        path: slot.path.to_owned(),
                    })
                };
                return self
                    .pieces
                    .set_literal(value, text)
                    .ok_or_else(|| unaligned().at(value.spot));
            }
            (Wanted::Is(scalar), Kind::Scalar { .. }) => {
                self.pieces.set(entry, in_flow, scalar);
                return Ok(());
            }
            (Wanted::Keys(_), _) => "a map",
            (Wanted::Items(_), _) => "a list",
            _ => "a single value",
        };
        let (path, found) = (slot.path.to_owned(), value.describe());
        Err(PatchRefusal::new(Reason::Unexpected {
            path,
            found,
            expected,
        })
        .at(value.spot))
    }

    fn list(
        &mut self,
        slot: &Slot<'a, '_>,
        items: &[(Position, Wanted)],
    ) -> Result<(), PatchRefusal> {
        let list = &slot.entry.value;
        let (mut new, mut gone) = (Vec::new(), vec![false; list.items().len()]);
        for (position, wanted) in items {
            let Position::At(index) = *position else {
                new.extend(wanted.fresh());
                continue;
            };
            let (item, path) = (&list.items()[index], format!("{}[{index}]", slot.path));
            match wanted {
                Wanted::Absent => {
                    self.check_editable(item, &path)?;
                    gone[index] = true;
                }
                Wanted::Keys(keys) => {
                    self.check_editable(item, &path)?;
                    self.map(item, &path, keys, &slot.found[index])?;
                }
                _ => new.extend(wanted.fresh()),
            }
        }
        if !gone.contains(&false) && list.is_marked() {
            let path = slot.path.to_owned();
            return Err(PatchRefusal::new(Reason::Marked { path }).at(list.spot));
        }
        self.pieces.remove_items(slot.entry, &gone, new.is_empty());
        self.pieces.add_items(slot.entry, &new);
        Ok(())
    }

    fn check_editable(&self, node: &Node, path: &str) -> Result<(), PatchRefusal> {
        let path = path.to_owned();
        let loses_mark = node.is_marked() && (node.is_null() || node.is_empty_collection());
        let reason = match node.kind {
            Kind::Alias => Reason::Alias { path },
            _ if self.document.tree.is_shared(node) => Reason::Shared { path },
            _ if loses_mark => Reason::Marked { path },
            _ => return Ok(()),
        };
        Err(PatchRefusal::new(reason).at(node.spot))
    }
}

/// Nothing of a map stays, and nothing comes in.
fn loses_all(map: &Node, keys: &[(String, Wanted)]) -> bool {
    let is_kept = |entry: &Entry| !is_unwanted(entry, keys);
    !map.entries().iter().any(is_kept) && keys.iter().all(|(_, wanted)| wanted.fresh().is_none())
}

fn is_unwanted(entry: &Entry, keys: &[(String, Wanted)]) -> bool {
    let mut unwanted = keys
        .iter()
        .filter(|(_, wanted)| matches!(wanted, Wanted::Absent));
    unwanted.any(|(key, _)| entry.key.text() == Some(key))
}
