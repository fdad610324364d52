//! What has a resource of the cluster that applying the user's own file takes away?

use serde_yaml::Value;

use super::ownership::Applied;

/// A field, or an item of a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lost {
    /// The keys that lead to it.
    pub(super) path: String,
    /// The item, where the list itself stays.
    pub(super) item: Option<String>,
}

/// What the API server writes where a file has nothing (definitions of the Operator 0.93).
const DEFAULTS: [(&str, &str); 2] = [("action", "replace"), ("protocol", "TCP")];

/// Applying a file removes the fields that the last applied one had and this one lacks, and replaces lists as a whole.
pub(super) fn losses(live: &Value, file: &Value, applied: &Applied) -> Vec<Lost> {
    let mut lost = Vec::new();
    for path in [
        &["metadata", "labels"][..],
        &["metadata", "annotations"],
        &["spec"],
    ] {
        let at = |value| path.iter().try_fold(value, |at: &Value, key| at.get(*key));
        let mut keys: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
        match (at(live), at(file)) {
            (Some(live), Some(file)) => fields(live, file, &mut keys, applied, &mut lost),
            (Some(live), None) => fields(live, &Value::Null, &mut keys, applied, &mut lost),
            (None, _) => {}
        }
    }
    lost
}

fn fields(
    live: &Value,
    file: &Value,
    keys: &mut Vec<String>,
    applied: &Applied,
    lost: &mut Vec<Lost>,
) {
    match (live, file) {
        (Value::Mapping(old), _) if file.is_mapping() || keys.len() < 3 => {
            for (key, value) in old {
                keys.push(key.as_str().unwrap_or_default().to_owned());
                match file.get(key) {
                    Some(now) => fields(value, now, keys, applied, lost),
                    None if applied.has(keys) && !value.is_null() => lost.push(Lost {
                        path: keys.join("."),
                        item: None,
                    }),
                    None => {}
                }
                keys.pop();
            }
        }
        (Value::Sequence(old), Value::Sequence(new)) => items(old, new, &keys.join("."), lost),
        _ => {}
    }
}

fn items(old: &[Value], new: &[Value], path: &str, lost: &mut Vec<Lost>) {
    for item in old {
        let same = |other: &&Value| match mark(item) {
            Some((key, name)) => other.get(key).and_then(Value::as_str) == Some(name),
            None => !lacks(item, other),
        };
        match new.iter().find(same) {
            Some(now) => inside(item, now, &format!("{path}[{}]", title(item)), lost),
            None => lost.push(Lost {
                path: path.to_owned(),
                item: Some(title(item)),
            }),
        }
    }
}

/// Of an item that is replaced, everything counts.
fn inside(old: &Value, new: &Value, path: &str, lost: &mut Vec<Lost>) {
    match (old, new) {
        (Value::Mapping(map), Value::Mapping(_)) => {
            for (key, value) in map {
                let name = key.as_str().unwrap_or_default();
                match new.get(key) {
                    Some(now) => inside(value, now, &format!("{path}.{name}"), lost),
                    None if is_default(name, value) => {}
                    None => lost.push(Lost {
                        path: format!("{path}.{name}"),
                        item: None,
                    }),
                }
            }
        }
        (Value::Sequence(old), Value::Sequence(new)) => items(old, new, path, lost),
        _ => {}
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

/// What tells an item from the others.
fn mark(item: &Value) -> Option<(&'static str, &str)> {
    ["name", "url"]
        .iter()
        .find_map(|key| Some((*key, item.get(*key)?.as_str()?)))
}

fn title(item: &Value) -> String {
    mark(item)
        .map_or("an item without a name", |(_, name)| name)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::delivery::Ownership;

    fn lost(live: &str, file: &str, last: &str) -> Vec<String> {
        let key = "kubectl.kubernetes.io/last-applied-configuration";
        let applied = Ownership::read(&json!({"annotations": {key: last}})).applied;
        let read = |text| serde_yaml::from_str(text).unwrap();
        let lost = losses(&read(live), &read(file), &applied).into_iter();
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
    fn a_list_is_replaced_whoever_wrote_it() {
        let live = "{spec: {volumes: [{name: a}, {name: b, emptyDir: {}}], containers: [{name: p, ports: [{containerPort: 1, protocol: TCP}]}]}}";
        let file =
            "{spec: {volumes: [{name: b}], containers: [{name: p, ports: [{containerPort: 1}]}]}}";

        assert_eq!(
            lost(live, file, "{}"),
            ["spec.volumes: a", "spec.volumes[b].emptyDir"]
        );
    }
}
