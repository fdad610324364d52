//! Which fields does a manager own? Sets of paths, in the form of `metadata.managedFields[].fieldsV1`.
//!
//! Format: <https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management>.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    merge_keys::{ListType, is_atomic_map, list_type},
    resources::ApiResource,
};

/// A path of elements such as `f:spec` and `k:{"name":"a"}`.
pub(super) type FieldPath = Vec<String>;
pub(super) type FieldSet = BTreeSet<FieldPath>;

/// What the server manages itself, or what names the object.
const UNMANAGED: [&str; 9] = [
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "managedFields",
    "selfLink",
    "generateName",
];

/// Every field that has an owner of its own, with its value. An item of a list with keys is one too, with null.
pub(super) fn leaves(resource: &ApiResource, object: &Value) -> BTreeMap<FieldPath, Value> {
    let mut found = BTreeMap::new();
    let mut path = Vec::new();
    for (key, value) in object.as_object().into_iter().flatten() {
        match key.as_str() {
            // They say which object it is; no manager owns them.
            "apiVersion" | "kind" => {}
            "metadata" => {
                let kept = value.as_object().into_iter().flatten();
                let kept = kept.filter(|(key, _)| !UNMANAGED.contains(&key.as_str()));
                let kept: Map<String, Value> = kept.map(|(k, v)| (k.clone(), v.clone())).collect();
                if !kept.is_empty() {
                    collect(resource, None, key, &kept.into(), &mut path, &mut found);
                }
            }
            _ => collect(resource, None, key, value, &mut path, &mut found),
        }
    }
    found
}

fn collect(
    resource: &ApiResource,
    parent: Option<&str>,
    key: &str,
    value: &Value,
    path: &mut FieldPath,
    found: &mut BTreeMap<FieldPath, Value>,
) {
    path.push(format!("f:{key}"));
    match value {
        // An empty map is a field with an owner of its own.
        Value::Object(fields) if !fields.is_empty() && !is_atomic_map(key) => {
            for (inner, value) in fields {
                collect(resource, Some(key), inner, value, path, found);
            }
        }
        Value::Array(items) if !items.is_empty() => match list_type(resource, parent, key) {
            ListType::Atomic => {
                found.insert(path.clone(), value.clone());
            }
            ListType::Set => {
                for item in items {
                    // An item of a set is named by its own value, as JSON.
                    let element = format!("v:{item}");
                    found.insert([path.as_slice(), &[element]].concat(), item.clone());
                }
            }
            ListType::Map(keys) => {
                for item in items {
                    path.push(item_element(item, keys));
                    // An item of a keyed list is owned as such, apart from its fields.
                    found.insert(path.clone(), Value::Null);
                    for (inner, value) in item.as_object().into_iter().flatten() {
                        collect(resource, Some(key), inner, value, path, found);
                    }
                    path.pop();
                }
            }
        },
        _ => {
            found.insert(path.clone(), value.clone());
        }
    }
    path.pop();
}

/// The path element of an item of a list with keys.
pub(super) fn item_element(item: &Value, keys: &[&str]) -> String {
    let mut named: Vec<&str> = keys.to_vec();
    named.sort_unstable();
    let fields: Map<String, Value> = named
        .iter()
        .filter_map(|key| match (&item[*key], *key) {
            // The server's default, which clients leave out.
            (Value::Null, "protocol") => Some(("protocol".to_owned(), json!("TCP"))),
            (Value::Null, _) => None,
            (value, key) => Some((key.to_owned(), value.clone())),
        })
        .collect();
    format!("k:{}", Value::Object(fields))
}

/// As `fieldsV1` writes it.
pub(super) fn to_json(set: &FieldSet) -> Value {
    let mut root = json!({});
    for path in set {
        let mut place = &mut root;
        for element in path {
            place = &mut place[element.as_str()];
            if place.is_null() {
                *place = json!({});
            }
        }
    }
    // A path that others continue is itself a member: it has a dot for that.
    for path in set {
        let pointer: String = path.iter().map(|it| format!("/{}", escaped(it))).collect();
        if let Some(Value::Object(fields)) = root.pointer_mut(&pointer)
            && !fields.is_empty()
        {
            fields.shift_insert(0, ".".to_owned(), json!({}));
        }
    }
    root
}

/// Reads `fieldsV1`.
pub(super) fn from_json(fields: &Value) -> FieldSet {
    fn read(fields: &Map<String, Value>, path: &mut FieldPath, found: &mut FieldSet) {
        for (element, inner) in fields {
            let inner = inner.as_object();
            if element == "." {
                found.insert(path.clone());
                continue;
            }
            path.push(element.clone());
            match inner {
                Some(inner) if !inner.is_empty() => read(inner, path, found),
                _ => {
                    found.insert(path.clone());
                }
            }
            path.pop();
        }
    }
    let mut found = FieldSet::new();
    if let Some(fields) = fields.as_object() {
        read(fields, &mut Vec::new(), &mut found);
    }
    found
}

/// A path as messages write it, such as `.spec.containers[name="a"].image`.
pub(super) fn display(path: &[String]) -> String {
    path.iter()
        .map(|element| display_element(element))
        .collect()
}

fn display_element(element: &str) -> String {
    if let Some(name) = element.strip_prefix("f:") {
        return format!(".{name}");
    }
    let keys = element
        .strip_prefix("k:")
        .and_then(|keys| serde_json::from_str(keys).ok());
    let Some(Value::Object(keys)) = keys else {
        return format!("[{}]", element.trim_start_matches("v:"));
    };
    let keys: Vec<String> = keys
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    format!("[{}]", keys.join(","))
}

fn escaped(element: &str) -> String {
    element.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::kubernetes::resources::RESOURCES;

    fn fields(kind: &str, object: &Value) -> Value {
        let resource = RESOURCES.iter().find(|it| it.kind == kind).unwrap();
        let set: FieldSet = leaves(resource, object).into_keys().collect();
        let json = to_json(&set);
        assert_eq!(from_json(&json), set);
        json
    }

    #[test]
    fn lists_of_a_custom_resource_have_one_owner_and_labels_have_one_each() {
        let object = json!({
            "apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus",
            "metadata": {"name": "a", "labels": {"b": "c"}},
            "spec": {"remoteWrite": [{"name": "x"}], "externalLabels": {"cluster": "d"}},
        });

        assert_eq!(
            fields("Prometheus", &object),
            json!({
                "f:metadata": {"f:labels": {"f:b": {}}},
                "f:spec": {"f:externalLabels": {"f:cluster": {}}, "f:remoteWrite": {}},
            })
        );
    }

    #[test]
    fn items_of_a_list_with_keys_have_owners_of_their_own() {
        let object = json!({"spec": {"containers": [{"name": "a/b", "image": "c"}]}});

        assert_eq!(
            fields("Pod", &object),
            json!({"f:spec": {"f:containers": {"k:{\"name\":\"a/b\"}": {".": {}, "f:image": {}, "f:name": {}}}}})
        );
        let path = ["f:spec", "f:containers", "k:{\"name\":\"a\"}"].map(str::to_owned);
        assert_eq!(display(&path), ".spec.containers[name=\"a\"]");
    }
}
