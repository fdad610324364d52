//! Remote writes that Prometheus refuses as duplicates: promtool accepts two equal ones, and the server exits.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use serde_yaml::{Mapping, Value};

use super::own_entry::ExistingEntry;
use super::refusal::{EntryLine, PatchRefusal, Reason};
use crate::remote_write::RemoteWrite;
use crate::target::{EntryPlace, Position, Spelling, at_path};

/// Settings that equal the default.
const DEFAULTS: [(&str, &str); 6] = [
    ("remote_timeout", "30s"),
    ("follow_redirects", "true"),
    ("send_exemplars", "false"),
    ("send_native_histograms", "false"),
    ("round_robin_dns", "false"),
    ("proxy_from_environment", "false"),
];

/// Refuses a file with two remote writes that are equal, or have one name.
pub(super) fn check(
    found: &Value,
    spelling: Spelling,
    all: &[ExistingEntry],
) -> Result<(), PatchRefusal> {
    let mut entries: HashMap<Mapping, usize> = HashMap::new();
    let mut names: HashMap<&str, usize> = HashMap::new();
    for (later, entry) in all.iter().enumerate() {
        let line = |earlier: usize| all[earlier].location.map(|location| location.line);
        let equal = normal(item(found, entry), spelling)
            .and_then(|normal| first_place(&mut entries, normal, later));
        let of_same_name = entry
            .name()
            .and_then(|name| first_place(&mut names, name, later));
        let reason = match (equal, of_same_name) {
            // Equal entries without a name get the same name from Prometheus, a hash of the entry, so this is reported
            // first.
            (Some(earlier), _) => Reason::EqualEntries {
                first: line(earlier),
            },
            (None, Some(earlier)) => Reason::EqualNames {
                name: entry.name().unwrap_or_default().to_owned(),
                first: line(earlier),
            },
            (None, None) => continue,
        };
        return Err(PatchRefusal::new(reason).at_any(entry.location));
    }
    Ok(())
}

/// Refuses a file with two remote writes to our data collection rule. Two that choose samples in different ways share the rule on
/// purpose.
pub(super) fn check_rule(
    found: &Value,
    spelling: Spelling,
    all: &[ExistingEntry],
    remote_write: &RemoteWrite,
    line: impl Fn(EntryPlace) -> Option<usize>,
) -> Result<(), PatchRefusal> {
    let chosen = |entry: &ExistingEntry| {
        let key = spelling.key("write_relabel_configs");
        item(found, entry).and_then(|item| item.get(key.as_str()))
    };
    let writing = || all.iter().filter(|each| each.writes_to(remote_write));
    let Some(keep) = writing().min_by_key(|each| each.rank(remote_write)) else {
        return Ok(());
    };
    let is_double =
        |other: &&ExistingEntry| other.place() != keep.place() && chosen(other) == chosen(keep);
    let Some(remove) = writing().find(is_double) else {
        return Ok(());
    };
    let line_of = |entry: &ExistingEntry| EntryLine {
        name: entry.name().map(str::to_owned),
        line: line(entry.place()),
    };
    let reason = Reason::SameRule {
        keep: line_of(keep),
        remove: line_of(remove),
    };
    Err(PatchRefusal::new(reason).at_any(remove.location))
}

/// Where this key was seen before; it is remembered otherwise.
fn first_place<K: Eq + Hash>(seen: &mut HashMap<K, usize>, key: K, place: usize) -> Option<usize> {
    match seen.entry(key) {
        Entry::Occupied(earlier) => Some(*earlier.get()),
        Entry::Vacant(vacant) => {
            vacant.insert(place);
            None
        }
    }
}

fn item<'a>(found: &'a Value, existing: &ExistingEntry) -> Option<&'a Value> {
    let place = existing.place();
    match place.position {
        Position::At(index) => at_path(found, place.list)?.get(index),
        Position::End => None,
    }
}

/// An entry without settings that equal a default; `None` where it is not a map with a URL.
fn normal(entry: Option<&Value>, spelling: Spelling) -> Option<Mapping> {
    // A null item is no entry: Prometheus exits with `empty or null remote write config section`.
    let entries = entry?.as_mapping()?;
    entries.get("url")?;
    let says_something = |key: &Value, value: &Value| {
        let text = match value {
            Value::Bool(truth) => truth.to_string(),
            _ => value.as_str().unwrap_or_default().to_owned(),
        };
        // Prometheus compares the entries with defaults filled in, so `remote_timeout: 30s` does not make an entry
        // another one.
        let is_default = |(name, default): &(&str, &str)| {
            key.as_str() == Some(&spelling.key(name)) && text == *default
        };
        !value.is_null() && !DEFAULTS.iter().any(is_default)
    };
    let all = entries
        .iter()
        .filter(|(key, value)| says_something(key, value));
    Some(
        all.map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_of_a_key_stays_the_first() {
        let mut seen = HashMap::new();

        let places = ["a", "b", "a", "a"].map(|key| key.to_owned());
        let found: Vec<_> = (places.into_iter().zip(0..))
            .map(|(key, place)| first_place(&mut seen, key, place))
            .collect();

        assert_eq!(found, [None, None, Some(0), Some(0)]);
    }
}
