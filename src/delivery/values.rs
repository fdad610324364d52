//! What has a Helm release that laying the user's own file over its values takes away?

use serde_yaml::Value;

use super::sides::{LiveAndDesired, is_sign_in};
use crate::target::list_item::{shares_mark, title_or_unnamed};
use crate::text::key_path;

/// Something that a release has, and that is gone when a file is laid over its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LostValue {
    /// The list or the key, such as `prometheus.prometheusSpec.additionalRemoteWrite`.
    pub(crate) path: String,
    /// The item's name or URL, where the list itself stays.
    pub(crate) item: Option<String>,
}

/// `sides` has as `live` all values that the release runs with, those of the chart included; `given` are those of its user.
///
/// A list counts, no matter which file set it: Helm replaces it by that of the file also where the file has had it for long. `null` takes
/// away all that is below it; this can be the intended way to remove a default of the chart.
pub(crate) fn lost_values(sides: LiveAndDesired<'_>, given: &Value) -> Vec<LostValue> {
    let mut all = Vec::new();
    look(sides, given, "", &mut all);
    all
}

fn look(sides: LiveAndDesired<'_>, given: &Value, path: &str, all: &mut Vec<LostValue>) {
    match (sides.live, sides.after) {
        (Value::Mapping(running), Value::Mapping(new)) => {
            for key in new.keys() {
                let name = key.as_str().unwrap_or_default();
                let running = running.get(key).unwrap_or(&Value::Null);
                let given = given.get(key).unwrap_or(&Value::Null);
                look(
                    sides.below(key, running),
                    given,
                    &key_path::below(path, name),
                    all,
                );
            }
        }
        // Helm merges maps key by key, but takes a list as a whole from the last file that has it.
        (Value::Sequence(_), new) if new.is_sequence() || new.is_null() => {
            items(sides, path, all);
        }
        (_, Value::Null) if !is_empty(given) => all.push(LostValue {
            path: path.to_owned(),
            item: None,
        }),
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Mapping(map) => map.values().all(is_empty),
        Value::Sequence(list) => list.is_empty(),
        _ => false,
    }
}

fn items(sides: LiveAndDesired<'_>, path: &str, all: &mut Vec<LostValue>) {
    for item in sides.live.as_sequence().into_iter().flatten() {
        match sides.of_item(item, shares_mark) {
            Some(sides) => keys(sides, &format!("{path}[{}]", title_or_unnamed(item)), all),
            // The connection takes it out of a file that had it, which the diff of the file shows.
            None if sides.own_has(item, shares_mark) => {}
            None => all.push(LostValue {
                path: path.to_owned(),
                item: Some(title_or_unnamed(item).to_owned()),
            }),
        }
    }
}

/// An item is replaced as a whole, so everything that it has counts.
fn keys(sides: LiveAndDesired<'_>, path: &str, all: &mut Vec<LostValue>) {
    match (sides.live, sides.after) {
        (Value::Mapping(old), Value::Mapping(_)) => {
            for (key, value) in old.iter().filter(|(_, value)| !is_empty(value)) {
                let name = key.as_str().unwrap_or_default();
                let below = sides.below(key, value);
                let path = key_path::below(path, name);
                match (below.own, below.after) {
                    (Value::Null, Value::Null) => all.push(LostValue { path, item: None }),
                    // Another way to sign in is a change.
                    (_, Value::Null) => {}
                    _ if is_sign_in(name) => {}
                    _ => keys(below, &path, all),
                }
            }
        }
        (Value::Sequence(_), Value::Sequence(_)) => items(sides, path, all),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yaml(text: &str) -> Value {
        serde_yaml::from_str(text).unwrap()
    }

    fn lost_by(release: &str, own: &str, file: &str) -> Vec<String> {
        let [release, own, file] = [release, own, file].map(yaml);
        let sides = LiveAndDesired {
            live: &release,
            own: &own,
            after: &file,
        };
        let all = lost_values(sides, &release).into_iter();
        all.map(|lost| match lost.item {
            Some(item) => format!("{} {item}", lost.path),
            None => lost.path,
        })
        .collect()
    }

    #[test]
    fn every_list_of_the_file_takes_away_what_only_the_release_has() {
        let release = "{p: {rw: [{name: mimir}, {url: u}], volumes: [{name: v}], env: [1]}}";
        let lost = |file: &str| lost_by(release, file, file);

        assert_eq!(
            lost("{p: {volumes: [{name: w}], rw: [{url: u, name: x}, {name: azure}]}}"),
            ["p.volumes v", "p.rw mimir"]
        );
        assert_eq!(lost("{p: {volumes: null}}"), ["p.volumes v"]);
        assert!(lost("{p: {volumes: [{name: v, more: 1}], other: [2]}}").is_empty());
    }

    #[test]
    fn a_null_takes_away_all_that_the_user_gave_below_it() {
        let release = "{p: {rw: [{name: mimir}], retention: 5d, empty: {a: []}}, q: {}}";

        assert_eq!(lost_by(release, "{}", "{p: null, q: null}"), ["p"]);
        assert_eq!(
            lost_by(
                release,
                "{}",
                "{p: {retention: null, empty: null, none: null}}"
            ),
            ["p.retention"]
        );
        let by_default = LiveAndDesired {
            live: &yaml("{p: {resources: {a: 1}, rw: [{name: mimir}]}}"),
            own: &Value::Null,
            after: &yaml("{p: {resources: null, rw: {}}}"),
        };
        assert_eq!(lost_values(by_default, &Value::Null), []);
    }

    #[test]
    fn an_item_that_stays_loses_its_keys() {
        let release = "{rw: [{name: mimir, headers: {a: b}, queue: {x: 1}, azureAd: {sdk: {}}}]}";
        let file = "{rw: [{name: mimir, queue: {}, azureAd: {oauth: {}}}]}";

        assert_eq!(
            lost_by(release, "{}", file),
            ["rw[mimir].headers", "rw[mimir].queue.x"]
        );
        assert_eq!(lost_by(release, release, file), [""; 0]);
        assert_eq!(lost_by(release, release, "{rw: []}"), [""; 0]);
    }
}
