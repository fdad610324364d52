//! What does Helm make of values that are laid over others? It merges maps, replaces lists, and takes a key away for `null`.

use serde_yaml::{Mapping, Value};

/// The values to lay over `before` to get `after`; `None` where nothing changes.
pub(crate) fn overlay(before: &Value, after: &Value) -> Option<Value> {
    match (before, after) {
        _ if before == after => None,
        (Value::Mapping(old), Value::Mapping(new)) => {
            let changed = new.iter().filter_map(|(key, value)| {
                let value = match old.get(key) {
                    Some(old) => overlay(old, value)?,
                    None => value.clone(),
                };
                Some((key.clone(), value))
            });
            let mut laid: Mapping = changed.collect();
            let gone = old.keys().filter(|key| !new.contains_key(*key));
            laid.extend(gone.map(|key| (key.clone(), Value::Null)));
            Some(Value::Mapping(laid))
        }
        _ => Some(after.clone()),
    }
}

/// An item of a list that a release has, and that is gone when a file is laid over its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lost {
    /// The list, such as `prometheus.prometheusSpec.additionalRemoteWrite`.
    pub(crate) list: String,
    /// The item's name or URL.
    pub(crate) item: String,
}

/// What the lists that differ between `before` and `after` would take away from a release with these values.
pub(crate) fn lost(release: &Value, before: &Value, after: &Value) -> Vec<Lost> {
    let mut all = Vec::new();
    look_for_lost(Some(release), Some(before), after, "", &mut all);
    all
}

fn look_for_lost(
    release: Option<&Value>,
    before: Option<&Value>,
    after: &Value,
    path: &str,
    all: &mut Vec<Lost>,
) {
    match (release, after) {
        (Some(Value::Mapping(old)), Value::Mapping(new)) => {
            for (key, value) in new {
                let name = key.as_str().unwrap_or_default();
                let dot = if path.is_empty() { "" } else { "." };
                let before = before.and_then(|before| before.get(name));
                look_for_lost(
                    old.get(key),
                    before,
                    value,
                    &format!("{path}{dot}{name}"),
                    all,
                );
            }
        }
        (Some(Value::Sequence(old)), Value::Sequence(new)) if before != Some(after) => {
            let is_kept = |item: &&Value| {
                let is_same = |other: &Value| {
                    other == *item
                        || ["name", "url"].iter().any(|key| {
                            item.get(*key)
                                .is_some_and(|mark| other.get(*key) == Some(mark))
                        })
                };
                new.iter().any(is_same)
            };
            let gone = old.iter().filter(|item| !is_kept(item));
            all.extend(gone.map(|item| Lost {
                list: path.to_owned(),
                item: title(item),
            }));
        }
        _ => {}
    }
}

fn title(item: &Value) -> String {
    let mark = ["name", "url"]
        .iter()
        .find_map(|key| item.get(*key)?.as_str());
    mark.unwrap_or("an item without a name").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_ours_takes_away_what_only_the_release_has() {
        let yaml = |text| serde_yaml::from_str::<Value>(text).unwrap();
        let release = yaml("{p: {rw: [{name: mimir}, {url: u}], volumes: [{name: v}]}}");
        let before = yaml("{p: {volumes: [{name: w}]}}");
        let after = yaml("{p: {volumes: [{name: w}], rw: [{url: u, name: x}, {name: azure}]}}");

        let lost = lost(&release, &before, &after);

        assert_eq!(
            lost,
            [Lost {
                list: "p.rw".into(),
                item: "mimir".into()
            }]
        );
    }

    #[test]
    fn lists_come_whole_and_what_is_gone_becomes_null() {
        let yaml = |text| serde_yaml::from_str::<Value>(text).unwrap();
        let before = yaml("{a: {list: [1, 2], same: x, gone: y}, b: 1, c: {d: 1}}");
        let after = yaml("{a: {list: [1], same: x, new: {z: 1}}, b: 2, c: {d: 1}}");

        let laid = overlay(&before, &after).unwrap();

        assert_eq!(
            laid,
            yaml("{a: {list: [1], new: {z: 1}, gone: null}, b: 2}")
        );
        assert_eq!(overlay(&before, &before), None);
    }
}
