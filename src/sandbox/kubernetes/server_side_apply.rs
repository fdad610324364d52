//! Server-side apply: merges an applied object into the live one, by the owners in `managedFields`.
//!
//! Source: <https://kubernetes.io/docs/reference/using-api/server-side-apply/>.

use serde_json::{Value, json};

use super::{
    field_set::{FieldPath, FieldSet, display, item_element, leaves},
    managed_fields::{ManagedFieldsEntry, Manager, entries, new_entry, write},
    merge_keys::{ListType, is_atomic_map, list_type},
    resources::ApiResource,
    status::StatusError,
};

/// The object after a server-side apply.
pub(super) fn apply(
    resource: &ApiResource,
    live: Option<&Value>,
    applied: &Value,
    manager: Manager<'_>,
    force: bool,
) -> Result<Value, StatusError> {
    let nothing = json!({});
    let live = live.unwrap_or(&nothing);
    let mut entries = entries(live);
    let is_mine =
        |entry: &ManagedFieldsEntry| entry.manager == manager.name && entry.operation == "Apply";
    // An applied object is all that its manager wants: what it had before and lacks now is removed.
    let wanted = leaves(resource, applied);
    let conflicts = conflicts(
        resource,
        live,
        &wanted,
        entries.iter().filter(|it| !is_mine(it)),
    );
    if !conflicts.is_empty() && !force {
        return Err(StatusError::FieldConflict(
            conflicts
                .into_iter()
                .map(|(who, path)| (who, display(&path)))
                .collect(),
        ));
    }
    for entry in entries.iter_mut().filter(|it| !is_mine(it)) {
        entry
            .fields
            // With `force` the other manager loses the field, and is not asked.
            .retain(|path| !conflicts.iter().any(|(_, taken)| taken == path));
    }
    let wanted: FieldSet = wanted.into_keys().collect();
    let mut merged = live.clone();
    merge(resource, None, &mut merged, applied);
    let mine = entries
        .iter()
        .position(is_mine)
        .map(|index| entries.remove(index));
    let abandoned = mine.iter().flat_map(|entry| &entry.fields);
    let mut abandoned: Vec<&FieldPath> = abandoned
        .filter(|path| !wanted.contains(*path) && !is_owned(&entries, path))
        .collect();
    // The deepest first, so that a map is empty before it is judged.
    abandoned.sort_by_key(|path| std::cmp::Reverse(path.len()));
    for path in abandoned {
        remove(resource, None, &mut merged, path);
    }
    let mut own = new_entry(manager, "Apply", wanted);
    // An apply that changes nothing keeps its time, so that the object stays as it is.
    if let Some(before) = mine.filter(|before| before.fields == own.fields) {
        own.time = before.time;
    }
    // The API server lists appliers before other managers.
    entries.insert(0, own);
    write(resource, &mut merged, entries);
    Ok(merged)
}

/// Fields that another manager owns and that are to get another value.
fn conflicts<'a>(
    resource: &ApiResource,
    live: &Value,
    wanted: &std::collections::BTreeMap<FieldPath, Value>,
    others: impl Iterator<Item = &'a ManagedFieldsEntry>,
) -> Vec<(String, FieldPath)> {
    let present = leaves(resource, live);
    let mut found = Vec::new();
    for entry in others {
        for (path, value) in wanted {
            // The same value is no conflict: both managers own the field then.
            if entry.fields.contains(path) && present.get(path).is_some_and(|held| held != value) {
                let using = match entry.operation.as_str() {
                    "Apply" => format!("\"{}\"", entry.manager),
                    _ => format!("\"{}\" using {}", entry.manager, resource.api_version()),
                };
                found.push((using, path.clone()));
            }
        }
    }
    found
}

fn is_owned(entries: &[ManagedFieldsEntry], path: &FieldPath) -> bool {
    entries
        .iter()
        .any(|entry| entry.fields.iter().any(|owned| owned.starts_with(path)))
}

/// Lays an applied object over the live one, list items by their keys.
fn merge(resource: &ApiResource, parent: Option<&str>, into: &mut Value, applied: &Value) {
    let Value::Object(fields) = applied else {
        *into = applied.clone();
        return;
    };
    if !into.is_object() {
        *into = json!({});
    }
    for (key, value) in fields {
        let place = &mut into[key.as_str()];
        match value {
            Value::Object(inner) if !inner.is_empty() && !is_atomic_map(key) => {
                merge(resource, Some(key), place, value);
            }
            Value::Array(items) => match list_type(resource, parent, key) {
                ListType::Map(keys) => merge_items(resource, key, keys, place, items),
                ListType::Set => {
                    let mut held = place.as_array().cloned().unwrap_or_default();
                    held.extend(
                        items
                            .iter()
                            .filter(|item| !place_contains(place, item))
                            .cloned(),
                    );
                    *place = held.into();
                }
                // The Operator's `remoteWrite` is such a list: who applies one entry takes all
                // others out.
                ListType::Atomic => *place = value.clone(),
            },
            _ => *place = value.clone(),
        }
    }
}

fn place_contains(place: &Value, item: &Value) -> bool {
    place.as_array().is_some_and(|held| held.contains(item))
}

fn merge_items(
    resource: &ApiResource,
    key: &str,
    keys: &[&str],
    place: &mut Value,
    items: &[Value],
) {
    let mut held = place.as_array().cloned().unwrap_or_default();
    for item in items {
        let element = item_element(item, keys);
        match held.iter_mut().find(|it| item_element(it, keys) == element) {
            Some(present) => merge(resource, Some(key), present, item),
            None => held.push(item.clone()),
        }
    }
    *place = held.into();
}

/// Takes a field out, and maps and lists that it leaves empty.
fn remove(resource: &ApiResource, parent: Option<&str>, object: &mut Value, path: &[String]) {
    let [first, rest @ ..] = path else { return };
    let Some(key) = first.strip_prefix("f:") else {
        return;
    };
    let Some(fields) = object.as_object_mut() else {
        return;
    };
    let Some(value) = fields.get_mut(key) else {
        return;
    };
    match (rest, value) {
        ([], _) => {
            fields.shift_remove(key);
            return;
        }
        ([element, inner @ ..], Value::Array(items)) => {
            remove_from_list(resource, (parent, key), items, element, inner);
        }
        (_, value) => remove(resource, Some(key), value, rest),
    }
    let is_empty = match &fields[key] {
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    if is_empty {
        fields.shift_remove(key);
    }
}

fn remove_from_list(
    resource: &ApiResource,
    (parent, key): (Option<&str>, &str),
    items: &mut Vec<Value>,
    element: &str,
    inner: &[String],
) {
    let value = element.strip_prefix("v:");
    if let Some(Ok(value)) = value.map(serde_json::from_str::<Value>) {
        items.retain(|item| *item != value);
    }
    let ListType::Map(keys) = list_type(resource, parent, key) else {
        return;
    };
    let found = items
        .iter()
        .position(|item| item_element(item, keys) == element);
    match (found, inner) {
        (Some(index), []) => {
            items.remove(index);
        }
        (Some(index), inner) => remove(resource, Some(key), &mut items[index], inner),
        (None, _) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::kubernetes::managed_fields::record_update;
    use crate::sandbox::{kubernetes::resources::RESOURCES, testing::start_time};

    fn prometheus() -> &'static ApiResource {
        RESOURCES.iter().find(|it| it.kind == "Prometheus").unwrap()
    }

    fn manager(name: &str) -> Manager<'_> {
        Manager {
            name,
            now: start_time(),
        }
    }

    fn applying(
        live: Option<&Value>,
        spec: &Value,
        who: &str,
        force: bool,
    ) -> Result<Value, StatusError> {
        let applied = json!({"metadata": {"name": "a"}, "spec": spec});
        apply(prometheus(), live, &applied, manager(who), force)
    }

    #[test]
    fn a_field_of_another_manager_is_a_conflict_until_it_is_forced() {
        let spec = |name: &str| json!({"remoteWrite": [{"name": name}], "replicas": 1});
        let live = applying(None, &spec("x"), "helm", false).unwrap();

        let refused = applying(Some(&live), &spec("y"), "kubectl", false).unwrap_err();
        let forced = applying(Some(&live), &spec("y"), "kubectl", true).unwrap();

        assert_eq!(
            refused.to_string(),
            "Apply failed with 1 conflict: conflict with \"helm\": .spec.remoteWrite"
        );
        assert_eq!(forced["spec"], spec("y"));
        let owners = forced["metadata"]["managedFields"].as_array().unwrap();
        assert_eq!(owners[0]["manager"], "kubectl");
        assert_eq!(owners[1]["fieldsV1"], json!({"f:spec": {"f:replicas": {}}}));
    }

    #[test]
    fn what_a_manager_no_longer_applies_is_removed_unless_another_owns_it() {
        let both = json!({"replicas": 1, "retention": "10d", "externalLabels": {"a": "b"}});
        let live = applying(None, &both, "one", false).unwrap();
        let live = applying(Some(&live), &json!({"retention": "10d"}), "two", false).unwrap();

        let left = applying(Some(&live), &json!({"replicas": 1}), "one", false).unwrap();

        assert_eq!(left["spec"], json!({"replicas": 1, "retention": "10d"}));
    }

    #[test]
    fn an_update_takes_over_what_it_changes_and_nothing_else() {
        let live = applying(
            None,
            &json!({"replicas": 1, "retention": "10d"}),
            "helm",
            false,
        )
        .unwrap();
        let mut changed = live.clone();
        changed["spec"]["replicas"] = json!(2);

        record_update(
            prometheus(),
            Some(&live),
            &mut changed,
            manager("kubectl-patch"),
        );

        let owners = changed["metadata"]["managedFields"].as_array().unwrap();
        assert_eq!(
            owners[0]["fieldsV1"],
            json!({"f:spec": {"f:retention": {}}})
        );
        assert_eq!(
            (
                &owners[1]["manager"],
                &owners[1]["operation"],
                &owners[1]["fieldsV1"]
            ),
            (
                &json!("kubectl-patch"),
                &json!("Update"),
                &json!({"f:spec": {"f:replicas": {}}})
            )
        );
    }

    #[test]
    fn applying_the_same_twice_changes_nothing() {
        let spec = || json!({"replicas": 1, "remoteWrite": [{"name": "x"}]});
        let once = applying(None, &spec(), "helm", false).unwrap();

        let twice = applying(Some(&once), &spec(), "helm", false).unwrap();

        assert_eq!(twice, once);
    }
}
