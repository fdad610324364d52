//! What to write by hand where a file cannot be edited safely.

mod advice;
pub(super) mod text;

use serde_yaml::{Mapping, Value};

use self::text::{EntryEdit, ManualPatch};
use super::document::Document;
use super::entry_place::{of_item, prefix_in};
use super::occupied::{list_in_text, occupied};
use super::own_entry::{ExistingEntry, existing, ours};
use super::refusal::Reason;
use super::release_resource;
use super::rewrite::removed_paths;
use super::written_value::WrittenValue;
use crate::compat::Installation;
use crate::redact::without_secrets;
use crate::remote_write::RemoteWrite;
use crate::render::{BlockStyle, Desired, block_lines};
use crate::target::{EntryPlace, Position, Target, at_path};

/// The block that is missing, from the top of the file on.
pub(super) fn paste(
    installation: &Installation,
    remote_write: &RemoteWrite,
    prefix: &[&str],
) -> ManualPatch {
    let place = installation.target.new_place();
    let desired = installation.desired(remote_write, place, &Value::Null);
    match desired.ok().and_then(|desired| desired.new_value()) {
        Some(missing) => parts(prefix, place.list, missing),
        None => ManualPatch::default(),
    }
}

/// The same for a text that could not be read as YAML.
pub(super) fn paste_into(
    text: &str,
    installation: &Installation,
    remote_write: &RemoteWrite,
    prefix: &[&str],
) -> ManualPatch {
    let list = list_in_text(text, installation.target.lists()[0]);
    ManualPatch {
        occupied: list.into_iter().collect(),
        ..paste(installation, remote_write, prefix)
    }
}

/// What a text lacks, and where it has the rest; `None` if it cannot be read. `is_any` decides for a text in it whether it replaces
/// any value, as an expression of a template does.
pub(super) fn of_text(
    text: &str,
    installation: &Installation,
    remote_write: &RemoteWrite,
    reason: &Reason,
    is_any: &dyn Fn(&str) -> bool,
) -> Option<ManualPatch> {
    let target = installation.target;
    let document = release_resource::document(text, target).ok()?;
    let data = document.subject();
    let prefix = prefix_in(target, data, document.is_of_chart()).ok()?;
    let found = at_path(data, &prefix).unwrap_or(&Value::Null);
    let all = existing(found, target, |_| None);
    let ours = ours(&all, remote_write).ok().flatten();
    let new = target.new_place_in(found);
    let unmet = |place| {
        let desired = installation.desired(remote_write, place, found).ok()?;
        let unmet = desired.unmet(Some(found));
        Some(unmet.map_or_else(Desired::nothing, |unmet| unmet.unless(found, is_any)))
    };
    let missing = unmet(new)?.new_value().unwrap_or_default();
    if let Reason::Elsewhere { path } = reason {
        return Some(elsewhere(
            path,
            installation,
            remote_write,
            &prefix,
            missing,
        ));
    }
    let place = ours.map_or(new, ExistingEntry::place);
    let placed = PlacedPatch {
        document: &document,
        prefix: &prefix,
        place,
    };
    let patch = parts(&prefix, new.list, missing);
    let unmet = unmet(place)?;
    Some(match ours {
        Some(_) => placed.into_edit(patch, unmet),
        None => ManualPatch {
            occupied: occupied(&document, &unmet.under(&prefix)),
            ..patch
        },
    })
}

/// The line of an item of a list, also behind an alias or a merge key.
pub(super) fn line_of(document: &Document, prefix: &[&str], place: EntryPlace) -> Option<usize> {
    let root = WrittenValue::of(&document.tree, document.root()?);
    let mut path = prefix.iter().chain(place.list);
    let list = path.try_fold(root, |at, key| at.key(&document.tree, key))?;
    match place.position {
        Position::At(index) => Some(list.item(&document.tree, index)?.location.line),
        Position::End => None,
    }
}

struct PlacedPatch<'p, 'd> {
    document: &'p Document<'d>,
    prefix: &'p [&'p str],
    place: EntryPlace,
}

impl PlacedPatch<'_, '_> {
    fn into_edit(self, patch: ManualPatch, unmet: Desired) -> ManualPatch {
        let edit = self.edit(&of_item(&unmet, self.place));
        let rest = unmet.without(self.place.list);
        let value = rest.new_value().filter(has_keys);
        ManualPatch {
            rest: value.map_or_else(String::new, |value| block(self.prefix, value)),
            occupied: occupied(self.document, &rest.under(self.prefix)),
            edit: Some(edit),
            ..patch
        }
    }

    fn edit(&self, entry: &Desired) -> EntryEdit {
        let set = entry.new_value().filter(has_keys);
        let place = Desired::Items(vec![(self.place.position, entry.clone())]);
        let place = place.under(&[self.prefix, self.place.list].concat());
        // The message has the line of the remote write itself already.
        let line = line_of(self.document, self.prefix, self.place);
        EntryEdit {
            line,
            set: set.map_or_else(String::new, |set| block(&[], set)),
            removed: removed_paths(entry),
            occupied: occupied(self.document, &place)
                .into_iter()
                .filter(|place| place.is_borrowed() && place.line != line)
                .collect(),
        }
    }
}

/// Where the remote write belongs to another file than the rest.
fn elsewhere(
    path: &str,
    installation: &Installation,
    remote_write: &RemoteWrite,
    prefix: &[&str],
    mut missing: Value,
) -> ManualPatch {
    let target = installation.target;
    take(&mut missing, target.lists()[0]);
    take(&mut missing, target.cluster_label());
    let configuration = Installation {
        target: Target::ConfigMap,
        ..installation.clone()
    };
    // What the chart takes from elsewhere is a plain prometheus.yml, in the spelling of Prometheus.
    let native = paste(&configuration, remote_write, &[]).whole;
    let values = match has_keys(&missing) {
        true => block(prefix, missing) + "# and ",
        false => "# ".to_owned(),
    };
    ManualPatch {
        whole: format!("{values}in the configuration that {path} names:\n{native}"),
        ..ManualPatch::default()
    }
}

fn has_keys(value: &Value) -> bool {
    value.as_mapping().is_some_and(|map| !map.is_empty())
}

fn parts(prefix: &[&str], list: &[&str], missing: Value) -> ManualPatch {
    let mut rest = missing.clone();
    let item = take(&mut rest, list);
    let rest = Some(rest).filter(has_keys);
    ManualPatch {
        whole: block(prefix, missing),
        item: item.map_or_else(String::new, |item| block(&[], item)),
        rest: rest.map_or_else(String::new, |rest| block(prefix, rest)),
        ..ManualPatch::default()
    }
}

fn block(prefix: &[&str], missing: Value) -> String {
    let whole = Desired::Is(missing).under(prefix).new_value();
    let lines = block_lines(&whole.unwrap_or_default(), BlockStyle::default());
    // The block is printed on a terminal, and can end up in the log of a pipeline.
    without_secrets(&(lines.join("\n") + "\n"))
}

/// Takes out what is at the end of a path, and the maps above it that hold nothing else.
fn take(value: &mut Value, path: &[&str]) -> Option<Value> {
    let [first, rest @ ..] = path else {
        return None;
    };
    let map = value.as_mapping_mut()?;
    if rest.is_empty() {
        return map.remove(*first);
    }
    let below = map.get_mut(*first)?;
    let taken = take(below, rest);
    if below.as_mapping().is_some_and(Mapping::is_empty) {
        map.remove(*first);
    }
    taken
}
