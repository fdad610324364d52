//! What has a resource of the cluster that applying the user's own file takes away?

use serde_yaml::Value;

use super::ownership::Applier;
use super::sides::{LiveAndDesired, is_sign_in};
use crate::target::list_item::{mark, title_or_unnamed};

/// A field, or an item of a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LostField {
    /// The keys that lead to it.
    pub(super) path: String,
    /// The item, where the list itself stays.
    pub(super) item: Option<String>,
}

/// What the API server writes where a file has nothing (definitions of the Operator 0.93).
const DEFAULTS: [(&str, &str); 2] = [("action", "replace"), ("protocol", "TCP")];

/// Applying a file removes the fields that the last applied one had and this one lacks, and replaces lists as a whole.
/// `null` is no value: kubectl takes it for a field that is not there.
/// `applier` is the one that has applied it.
pub(super) fn losses(sides: LiveAndDesired<'_>, applier: Option<&Applier>) -> Vec<LostField> {
    let mut look = LossSearch {
        applier,
        lost: Vec::new(),
    };
    for path in [
        &["metadata", "labels"][..],
        &["metadata", "annotations"],
        &["spec"],
    ] {
        let at = |value| path.iter().try_fold(value, |at: &Value, key| at.get(*key));
        let Some(live) = at(sides.live) else {
            continue;
        };
        let mut keys: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
        let sides = LiveAndDesired {
            live,
            own: at(sides.own).unwrap_or(&Value::Null),
            after: at(sides.after).unwrap_or(&Value::Null),
        };
        look.fields(sides, &mut keys);
    }
    look.lost
}

struct LossSearch<'a> {
    applier: Option<&'a Applier>,
    lost: Vec<LostField>,
}

impl LossSearch<'_> {
    fn fields(&mut self, sides: LiveAndDesired<'_>, keys: &mut Vec<String>) {
        match (sides.live, sides.after) {
            // The first two levels are walked also where the file has none, since it can leave out all labels or
            // annotations.
            (Value::Mapping(old), after) if after.is_mapping() || keys.len() < 3 => {
                for (key, value) in old {
                    keys.push(key.as_str().unwrap_or_default().to_owned());
                    self.field(sides.below(key, value), keys);
                    keys.pop();
                }
            }
            (Value::Sequence(_), Value::Sequence(_)) => self.items(sides, &keys.join(".")),
            _ => {}
        }
    }

    fn field(&mut self, sides: LiveAndDesired<'_>, keys: &mut Vec<String>) {
        // `kubectl apply` removes only what the last applied file had; fields of other writers stay.
        let is_of_last =
            sides.own.is_null() && self.applier.is_some_and(|applier| applier.has(keys));
        match (sides.live, sides.after) {
            (Value::Null, _) => {}
            (_, Value::Null) if is_of_last => self.lost.push(LostField {
                path: keys.join("."),
                item: None,
            }),
            (_, Value::Null) => {}
            _ => self.fields(sides, keys),
        }
    }

    fn items(&mut self, sides: LiveAndDesired<'_>, path: &str) {
        for item in sides.live.as_sequence().into_iter().flatten() {
            match sides.of_item(item, is_same) {
                Some(sides) => {
                    self.inside(sides, &format!("{path}[{}]", title_or_unnamed(item)), "");
                }
                None if sides.own_has(item, is_same) => {}
                None => self.lost.push(LostField {
                    path: path.to_owned(),
                    item: Some(title_or_unnamed(item).to_owned()),
                }),
            }
        }
    }

    /// Of an item that is replaced, everything counts.
    fn inside(&mut self, sides: LiveAndDesired<'_>, path: &str, key: &str) {
        match (sides.live, sides.after) {
            (Value::Mapping(map), Value::Mapping(_)) => {
                // Another way to sign in is a change.
                for (key, value) in map.iter().filter(|_| !is_sign_in(key)) {
                    let name = key.as_str().unwrap_or_default();
                    let below = sides.below(key, value);
                    let path = format!("{path}.{name}");
                    if !below.after.is_null() {
                        self.inside(below, &path, name);
                    } else if below.own.is_null() && !is_default(name, value) {
                        self.lost.push(LostField { path, item: None });
                    }
                }
            }
            (Value::Sequence(_), Value::Sequence(_)) => self.items(sides, path),
            _ => {}
        }
    }
}

fn is_same(item: &Value, other: &Value) -> bool {
    match mark(item) {
        Some((key, name)) => other.get(key).and_then(Value::as_str) == Some(name),
        None => !lacks(item, other),
    }
}

/// Whether an item without a name has more than another one, or something else.
fn lacks(item: &Value, other: &Value) -> bool {
    match (item, other) {
        (Value::Mapping(old), Value::Mapping(_)) => old.iter().any(|(key, value)| {
            let name = key.as_str().unwrap_or_default();
            match other.get(key) {
                Some(now) => lacks(value, now),
                None => !is_default(name, value),
            }
        }),
        _ => item != other,
    }
}

fn is_default(key: &str, value: &Value) -> bool {
    let text = value.as_str();
    value.is_null()
        || text == Some("")
        || DEFAULTS
            .iter()
            .any(|(name, default)| *name == key && text == Some(default))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::delivery::Ownership;

    fn lost(live: &str, file: &str, last: &str) -> Vec<String> {
        lost_by_patch(live, file, file, last)
    }

    fn lost_by_patch(live: &str, own: &str, after: &str, last: &str) -> Vec<String> {
        let key = "kubectl.kubernetes.io/last-applied-configuration";
        let appliers = Ownership::read(&json!({"annotations": {key: last}})).appliers;
        let read = |text| serde_yaml::from_str::<Value>(text).unwrap();
        let [live, own, after] = [live, own, after].map(read);
        let sides = LiveAndDesired {
            live: &live,
            own: &own,
            after: &after,
        };
        let lost = losses(sides, appliers.first()).into_iter();
        lost.map(|lost| match lost.item {
            Some(item) => format!("{}: {item}", lost.path),
            None => lost.path,
        })
        .collect()
    }

    #[test]
    fn a_field_goes_if_the_last_file_had_it_and_one_that_others_set_stays() {
        let live = "{metadata: {labels: {a: b}}, spec: {replicas: 2, portName: web, ruleSelector: {matchLabels: {x: y}}}}";
        let last = r#"{"metadata": {"labels": {"a": "b"}}, "spec": {"replicas": 2, "ruleSelector": {"matchLabels": {"x": "y"}}}}"#;

        assert_eq!(
            lost(live, "{spec: {ruleSelector: {}}}", last),
            [
                "metadata.labels.a",
                "spec.replicas",
                "spec.ruleSelector.matchLabels"
            ]
        );
        assert_eq!(lost(live, live, last), [""; 0]);
    }

    #[test]
    fn a_list_is_replaced_by_any_field_manager() {
        let live = "{spec: {volumes: [{name: a}, {name: b, emptyDir: {}}], containers: [{name: p, ports: [{containerPort: 1, protocol: TCP}]}]}}";
        let file =
            "{spec: {volumes: [{name: b}], containers: [{name: p, ports: [{containerPort: 1}]}]}}";

        assert_eq!(
            lost(live, file, "{}"),
            ["spec.volumes: a", "spec.volumes[b].emptyDir"]
        );
    }

    #[test]
    fn a_null_takes_away_what_the_last_file_had() {
        let live = "{spec: {replicas: 2, volumes: [{name: a}], remoteWrite: [{name: b, headers: {c: d}}]}}";
        let file =
            "{spec: {replicas: null, volumes: null, remoteWrite: [{name: b, headers: null}]}}";
        let last = r#"{"spec": {"replicas": 2, "volumes": []}}"#;

        assert_eq!(
            lost(live, file, last),
            [
                "spec.replicas",
                "spec.volumes",
                "spec.remoteWrite[b].headers"
            ]
        );
        assert_eq!(
            lost(live, "{spec: null}", last),
            ["spec.replicas", "spec.volumes"]
        );
    }

    #[test]
    fn what_the_connection_takes_out_of_an_up_to_date_file_is_left_to_the_diff() {
        let live =
            "{spec: {remoteWrite: [{name: us, azureAd: {sdk: {}}, headers: {a: b}}, {name: old}]}}";
        let after = "{spec: {remoteWrite: [{name: us, azureAd: {managedIdentity: {}}}]}}";

        assert_eq!(lost_by_patch(live, live, after, "{}"), [""; 0]);
        assert_eq!(
            lost_by_patch(live, "{}", after, "{}"),
            ["spec.remoteWrite[us].headers", "spec.remoteWrite: old"]
        );
    }
}
