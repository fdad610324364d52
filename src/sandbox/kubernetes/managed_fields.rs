//! Records in `metadata.managedFields` which manager wrote which field last.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    field_set::{FieldSet, from_json, leaves, to_json},
    resources::ApiResource,
};

/// One entry of `managedFields`.
#[derive(Clone, Debug)]
pub(super) struct ManagedFieldsEntry {
    pub(super) manager: String,
    pub(super) operation: String,
    pub(super) subresource: Option<String>,
    pub(super) time: Value,
    pub(super) fields: FieldSet,
}

/// Who makes a change, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manager<'a> {
    pub(super) name: &'a str,
    pub(super) now: Timestamp,
}

/// Notes a create, update or patch: what it changed has this manager as its owner.
pub(super) fn record_update(
    resource: &ApiResource,
    before: Option<&Value>,
    after: &mut Value,
    manager: Manager<'_>,
) {
    let old = before
        .map(|before| leaves(resource, before))
        .unwrap_or_default();
    let new = leaves(resource, after);
    let changed: FieldSet = new
        .iter()
        .filter(|(path, value)| old.get(*path) != Some(*value))
        .map(|(path, _)| path.clone())
        .collect();
    let mut entries = entries(after);
    for entry in &mut entries {
        entry
            .fields
            // The manager that changes a field takes it from its former owner; a removed field has none.
            .retain(|path| new.contains_key(path) && !changed.contains(path));
    }
    if !changed.is_empty() {
        // A manager can have two entries: what it applies and what it updates are kept apart.
        let mine = entries.iter_mut().find(|entry| {
            entry.manager == manager.name
                && entry.operation == "Update"
                && entry.subresource.is_none()
        });
        match mine {
            Some(entry) => {
                entry.fields.extend(changed);
                entry.time = time(manager.now);
            }
            None => entries.push(new_entry(manager, "Update", changed)),
        }
    }
    write(resource, after, entries);
}

/// Makes an entry for every field of an object of a scenario.
pub(super) fn record_origin(
    resource: &ApiResource,
    object: &mut Value,
    operation: &str,
    manager: Manager<'_>,
) {
    let (status, fields): (FieldSet, FieldSet) = leaves(resource, object)
        .into_keys()
        .partition(|path| path[0] == "f:status");
    let mut entries = vec![new_entry(manager, operation, fields)];
    if !status.is_empty() {
        let controller = Manager {
            name: "PrometheusOperator",
            ..manager
        };
        let mut entry = new_entry(controller, "Update", status);
        // Writes to `/status` are recorded apart, so that applying the spec does not meet them.
        entry.subresource = Some("status".to_owned());
        entries.push(entry);
    }
    write(resource, object, entries);
}

/// The entries of an object.
pub(super) fn entries(object: &Value) -> Vec<ManagedFieldsEntry> {
    let held = object["metadata"]["managedFields"].as_array();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    held.into_iter()
        .flatten()
        .map(|entry| ManagedFieldsEntry {
            manager: text(&entry["manager"]),
            operation: text(&entry["operation"]),
            subresource: entry["subresource"].as_str().map(str::to_owned),
            time: entry["time"].clone(),
            fields: from_json(&entry["fieldsV1"]),
        })
        .collect()
}

pub(super) fn new_entry(
    manager: Manager<'_>,
    operation: &str,
    fields: FieldSet,
) -> ManagedFieldsEntry {
    ManagedFieldsEntry {
        manager: manager.name.to_owned(),
        operation: operation.to_owned(),
        subresource: None,
        time: time(manager.now),
        fields,
    }
}

/// Replaces the entries of an object; those without fields are left out.
pub(super) fn write(resource: &ApiResource, object: &mut Value, entries: Vec<ManagedFieldsEntry>) {
    let entries: Vec<Value> = entries
        .into_iter()
        .filter(|entry| !entry.fields.is_empty())
        .map(|entry| {
            let mut written = json!({
                "manager": entry.manager,
                "operation": entry.operation,
                "apiVersion": resource.api_version(),
                "time": entry.time,
                "fieldsType": "FieldsV1",
                "fieldsV1": to_json(&entry.fields),
            });
            if let Some(subresource) = entry.subresource {
                written["subresource"] = subresource.into();
            }
            written
        })
        .collect();
    object["metadata"]["managedFields"] = entries.into();
}

fn time(now: Timestamp) -> Value {
    super::time(now).into()
}
