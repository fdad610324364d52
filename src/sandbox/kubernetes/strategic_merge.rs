//! Strategic merge patches: a merge patch that also merges the items of lists that have keys.
//!
//! <https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md>

use serde_json::{Map, Value};

use super::{
    merge_keys::{ListType, list_type},
    resources::ApiResource,
};

const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const DELETE_FROM_LIST: &str = "$deleteFromPrimitiveList/";
const ORDER: &str = "$setElementOrder/";

/// Lays the patch over the object.
pub(super) fn merge(resource: &ApiResource, object: &mut Value, patch: &Value) {
    if let Some(patch) = patch.as_object() {
        merge_map(resource, None, object, patch);
    }
}

fn merge_map(
    resource: &ApiResource,
    place: Option<&str>,
    into: &mut Value,
    patch: &Map<String, Value>,
) {
    if patch.get(DIRECTIVE).is_some_and(|it| it == "replace") {
        *into = without_directives(patch);
        return;
    }
    if !into.is_object() {
        *into = Value::Object(Map::new());
    }
    let Some(fields) = into.as_object_mut() else {
        return;
    };
    if let Some(retained) = patch.get(RETAIN_KEYS).and_then(Value::as_array) {
        // For unions such as a volume: a new source must remove the old one.
        fields.retain(|key, _| retained.iter().any(|it| it == key.as_str()));
    }
    for (key, change) in patch {
        if let Some(list) = key.strip_prefix(DELETE_FROM_LIST) {
            if let Some(held) = fields.get_mut(list) {
                remove_values(held, change);
            }
        } else if key.starts_with('$') {
            // Orders are for display only; the others are handled above.
            debug_assert!(key.starts_with(ORDER) || key == DIRECTIVE || key == RETAIN_KEYS);
        // As in a merge patch, null removes the key.
        } else if change.is_null() {
            fields.shift_remove(key);
        } else {
            let present = fields.entry(key.clone()).or_insert(Value::Null);
            merge_field(resource, place, key, present, change);
        }
    }
}

fn merge_field(
    resource: &ApiResource,
    place: Option<&str>,
    key: &str,
    into: &mut Value,
    change: &Value,
) {
    match change {
        Value::Object(fields) if fields.get(DIRECTIVE).is_some_and(|it| it == "delete") => {
            *into = Value::Object(Map::new());
        }
        Value::Object(fields) => merge_map(resource, Some(key), into, fields),
        Value::Array(items) => match list_type(resource, place, key) {
            ListType::Map(keys) => merge_list(resource, key, keys[0], into, items),
            ListType::Set => add_values(into, items),
            ListType::Atomic => *into = change.clone(),
        },
        _ => *into = change.clone(),
    }
}

fn merge_list(resource: &ApiResource, place: &str, key: &str, into: &mut Value, changes: &[Value]) {
    let replaces = changes.iter().any(|it| it[DIRECTIVE] == "replace");
    if !into.is_array() || replaces {
        *into = Value::Array(Vec::new());
    }
    let Some(items) = into.as_array_mut() else {
        return;
    };
    for change in changes {
        let Some(fields) = change.as_object() else {
            continue;
        };
        if change[DIRECTIVE] == "delete" {
            items.retain(|item| item[key] != change[key]);
            continue;
        }
        // The directive alone replaces the list; it is no item of it.
        if change[DIRECTIVE] == "replace" && fields.len() == 1 {
            continue;
        }
        match items.iter_mut().find(|item| item[key] == change[key]) {
            Some(item) => merge_map(resource, Some(place), item, fields),
            None => items.push(without_directives(fields)),
        }
    }
}

fn add_values(into: &mut Value, values: &[Value]) {
    let mut held = into.as_array().cloned().unwrap_or_default();
    for value in values {
        if !held.contains(value) {
            held.push(value.clone());
        }
    }
    *into = held.into();
}

fn remove_values(list: &mut Value, values: &Value) {
    let values = values.as_array().map_or(&[][..], Vec::as_slice);
    if let Value::Array(held) = list {
        held.retain(|value| !values.contains(value));
    }
}

/// The fields themselves, at every depth.
fn without_directives(fields: &Map<String, Value>) -> Value {
    fn clean(value: &Value) -> Value {
        match value {
            Value::Object(fields) => without_directives(fields),
            Value::Array(items) => items.iter().map(clean).collect(),
            plain => plain.clone(),
        }
    }
    let kept = fields
        .iter()
        .filter(|(key, value)| !key.starts_with('$') && !value.is_null());
    kept.map(|(key, value)| (key.clone(), clean(value)))
        .collect::<Map<_, _>>()
        .into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::kubernetes::resources::RESOURCES;

    fn merged(mut object: Value, patch: &Value) -> Value {
        let deployment = RESOURCES.iter().find(|it| it.kind == "Deployment").unwrap();
        merge(deployment, &mut object, patch);
        object
    }

    #[test]
    fn items_of_lists_with_keys_are_merged_by_their_key() {
        let pod = json!({"containers": [{"name": "a", "image": "1", "args": ["x"]}, {"name": "b", "image": "1"}]});
        let patch = json!({
            "$setElementOrder/containers": [{"name": "a"}, {"name": "c"}],
            "containers": [{"name": "a", "image": "2"}, {"name": "b", "$patch": "delete"}, {"name": "c"}],
        });

        let merged = merged(pod, &patch);

        assert_eq!(
            merged,
            json!({"containers": [{"name": "a", "image": "2", "args": ["x"]}, {"name": "c"}]})
        );
    }

    #[test]
    fn other_lists_and_plain_fields_are_replaced_and_null_removes() {
        let object =
            json!({"args": ["a", "b"], "replicas": 1, "gone": {"x": 1}, "labels": {"kept": "1"}});
        let patch = json!({"args": ["c"], "replicas": 2, "gone": null, "labels": {"new": "2"}});

        let merged = merged(object, &patch);

        assert_eq!(
            merged,
            json!({"args": ["c"], "replicas": 2, "labels": {"kept": "1", "new": "2"}})
        );
    }
}
