//! Remote writes that Prometheus refuses as duplicates: promtool accepts two equal ones, and the server exits.

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
    let normal: Vec<_> = all
        .iter()
        .map(|each| normal(item(found, each), spelling))
        .collect();
    for (later, entry) in all.iter().enumerate() {
        let line = |earlier: usize| all[earlier].location.map(|location| location.line);
        let is_equal =
            |earlier: &usize| normal[later].is_some() && normal[*earlier] == normal[later];
        let has_same_name =
            |earlier: &usize| entry.name().is_some() && all[*earlier].name() == entry.name();
        let reason = if let Some(earlier) = (0..later).find(is_equal) {
            Reason::EqualEntries {
                first: line(earlier),
            }
        } else if let Some(earlier) = (0..later).find(has_same_name) {
            Reason::EqualNames {
                name: entry.name().unwrap_or_default().to_owned(),
                first: line(earlier),
            }
        } else {
            continue;
        };
        return Err(PatchRefusal::new(reason).at_any(entry.location));
    }
    Ok(())
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
    let entries = entry?.as_mapping()?;
    entries.get("url")?;
    let says_something = |key: &Value, value: &Value| {
        let text = match value {
            Value::Bool(truth) => truth.to_string(),
            _ => value.as_str().unwrap_or_default().to_owned(),
        };
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
