//! Remote writes that Prometheus refuses as duplicates: promtool accepts two equal ones, and the server exits.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use serde_yaml::{Mapping, Value};

use super::own_entry::ExistingEntry;
use super::refusal::{PatchRefusal, Reason};
use crate::target::{Position, Spelling, at_path};

/// Settings that say no more than their absence.
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

/// An entry without what says nothing; `None` where it is not a map with a URL.
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
