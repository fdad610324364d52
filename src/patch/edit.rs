//! Walks a file along what it must contain, and decides at each place what has to be put in, changed or taken out.

use serde_yaml::{Mapping, Value};

use super::document::Document;
use super::edits::Edits;
use super::lines::Splice;
use super::refusal::{PatchRefusal, Reason};
use super::style::Style;
use super::tree::{MapEntry, Node, NodeKind};
use crate::render::Desired;
use crate::target::Position;

/// The edits of text that make the document contain what is desired, none of which it contains yet.
///
/// Each is a guess about how the file is read; `verification` reads the result again and decides.
pub(super) fn splices(
    document: &Document,
    style: &Style,
    desired: &Desired,
) -> Result<Vec<Splice>, PatchRefusal> {
    let edits = Edits::new(document.text, style);
    let mut walk = DocumentEditor { document, edits };
    match (document.top(), desired) {
        (Some(root), Desired::Keys(keys)) if !root.is_empty_collection() => {
            walk.map(root, "", keys, document.merged())?;
        }
        (root, _) => walk
            .edits
            .start(root, &desired.new_value().unwrap_or_default()),
    }
    Ok(walk.edits.splices)
}

struct DocumentEditor<'a> {
    document: &'a Document<'a>,
    edits: Edits<'a>,
}

/// An entry to edit: its value, its name in messages, and whether it is within braces.
struct EditedEntry<'a, 'p> {
    entry: &'a MapEntry<'a>,
    found: &'a Value,
    path: &'p str,
    in_flow: bool,
}

impl<'a> DocumentEditor<'a> {
    fn map(
        &mut self,
        map: &'a Node<'a>,
        path: &str,
        keys: &[(String, Desired)],
        found: &'a Value,
    ) -> Result<(), PatchRefusal> {
        let gone: Vec<bool> = map
            .entries()
            .iter()
            .map(|entry| is_unwanted(entry, keys))
            .collect();
        // Between braces an entry shares its commas and often its line with its neighbours.
        if map.is_flow() && gone.contains(&true) {
            self.edits.rewrite(map, keys, found);
            return Ok(());
        }
        let missing = self.entries(map, path, keys, found)?;
        if gone.contains(&false) {
            self.edits.remove_keys(map, &gone);
            match map.is_flow() {
                true => self.edits.add_to_braces(map, &missing),
                false => self.edits.add_keys(map, path.is_empty(), &missing),
            }
        } else {
            self.edits.replace_all(map, missing);
        }
        Ok(())
    }

    /// Edits the entries that are there, and returns those that are not.
    fn entries(
        &mut self,
        map: &'a Node<'a>,
        path: &str,
        keys: &[(String, Desired)],
        found: &'a Value,
    ) -> Result<Mapping, PatchRefusal> {
        let mut missing = Mapping::new();
        for (key, desired) in keys {
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            match (map.entry(key), found.get(key.as_str())) {
                (Some(_), _) if matches!(desired, Desired::Absent) => {}
                (Some(entry), found) => {
                    let found = found.unwrap_or(&Value::Null);
                    let slot = EditedEntry {
                        entry,
                        found,
                        path: &path,
                        in_flow: map.is_flow(),
                    };
                    self.value(&slot, desired)?;
                }
                // A key of its own would replace the whole inherited value, not only what is desired of it.
                (None, Some(Value::Mapping(_) | Value::Sequence(_))) => {
                    return Err(PatchRefusal::new(Reason::Inherited { path }).at(map.location));
                }
                (None, _) => {
                    missing.extend(
                        desired
                            .new_value()
                            .map(|fresh| (Value::from(key.as_str()), fresh)),
                    );
                }
            }
        }
        Ok(missing)
    }

    fn value(&mut self, slot: &EditedEntry<'a, '_>, desired: &Desired) -> Result<(), PatchRefusal> {
        let EditedEntry { entry, in_flow, .. } = *slot;
        let value = &entry.value;
        self.check_editable(value, slot.path)?;
        // `remote_write:` without a value is null, and `[]` has no line to which an item could be added.
        // A null `azuread:` is accepted by Prometheus too, which then sends no token at all.
        // `[]` in the place of a map is refused: the reader of the file takes no map there either.
        let is_other = matches!(
            (desired, &value.kind),
            (Desired::Keys(_), NodeKind::List { .. }) | (Desired::Items(_), NodeKind::Map { .. })
        );
        if value.is_null() || (value.is_empty_collection() && !is_other) {
            self.edits
                .fill(entry, in_flow, &desired.new_value().unwrap_or_default());
            return Ok(());
        }
        let expected = match (desired, &value.kind) {
            (Desired::Keys(keys), NodeKind::Map { flow: false, .. }) if loses_all(value, keys) => {
                self.edits.empty(entry);
                return Ok(());
            }
            (Desired::Keys(keys), NodeKind::Map { .. }) => {
                return self.map(value, slot.path, keys, slot.found);
            }
            (Desired::Items(items), NodeKind::List { .. }) => return self.list(slot, items),
            (Desired::Is(Value::Mapping(_) | Value::Sequence(_)), _) => "another value",
            (Desired::Is(Value::String(text)), _) if value.is_literal() && text.contains('\n') => {
                let unaligned = || {
                    PatchRefusal::new(Reason::Unaligned {
                        path: slot.path.to_owned(),
                    })
                };
                return self
                    .edits
                    .set_literal(value, text)
                    .ok_or_else(|| unaligned().at(value.location));
            }
            (Desired::Is(scalar), NodeKind::Scalar { .. }) => {
                self.edits.set(entry, in_flow, scalar);
                return Ok(());
            }
            (Desired::Keys(_), _) => "a map",
            (Desired::Items(_), _) => "a list",
            _ => "a single value",
        };
        let (path, found) = (slot.path.to_owned(), value.describe());
        Err(PatchRefusal::new(Reason::Unexpected {
            path,
            found,
            expected,
        })
        .at(value.location))
    }

    fn list(
        &mut self,
        slot: &EditedEntry<'a, '_>,
        items: &[(Position, Desired)],
    ) -> Result<(), PatchRefusal> {
        let list = &slot.entry.value;
        let (mut new, mut gone) = (Vec::new(), vec![false; list.items().len()]);
        for (position, desired) in items {
            let Position::At(index) = *position else {
                new.extend(desired.new_value());
                continue;
            };
            let (item, path) = (&list.items()[index], format!("{}[{index}]", slot.path));
            match desired {
                Desired::Absent => {
                    self.check_editable(item, &path)?;
                    gone[index] = true;
                }
                Desired::Keys(keys) => {
                    self.check_editable(item, &path)?;
                    self.map(item, &path, keys, &slot.found[index])?;
                }
                _ => new.extend(desired.new_value()),
            }
        }
        // Without items the list becomes `[]` on the line of its key, where the anchor would be lost.
        if !gone.contains(&false) && list.is_marked() {
            let path = slot.path.to_owned();
            return Err(PatchRefusal::new(Reason::Marked { path }).at(list.location));
        }
        self.edits.remove_items(slot.entry, &gone, new.is_empty());
        match list.is_flow() {
            true => self.edits.add_to_brackets(list, &new),
            false => self.edits.add_items(slot.entry, &new),
        }
        Ok(())
    }

    fn check_editable(&self, node: &Node, path: &str) -> Result<(), PatchRefusal> {
        let path = path.to_owned();
        // The anchor or tag is before the null or the braces, which are about to be replaced.
        let loses_mark = node.is_marked() && (node.is_null() || node.is_empty_collection());
        let reason = match node.kind {
            NodeKind::Alias(_) => Reason::Alias { path },
            _ if self.document.tree.is_shared(node) => Reason::Shared { path },
            _ if loses_mark => Reason::Marked { path },
            _ => return Ok(()),
        };
        Err(PatchRefusal::new(reason).at(node.location))
    }
}

/// Nothing of a map stays, and nothing comes in.
fn loses_all(map: &Node, keys: &[(String, Desired)]) -> bool {
    let is_kept = |entry: &MapEntry| !is_unwanted(entry, keys);
    !map.entries().iter().any(is_kept)
        && keys
            .iter()
            .all(|(_, desired)| desired.new_value().is_none())
}

fn is_unwanted(entry: &MapEntry, keys: &[(String, Desired)]) -> bool {
    let mut unwanted = keys
        .iter()
        .filter(|(_, desired)| matches!(desired, Desired::Absent));
    unwanted.any(|(key, _)| entry.key.text() == Some(key))
}
