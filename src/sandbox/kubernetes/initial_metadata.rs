//! Gives the objects of a scenario what an API server would have given them when they were created.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    controllers::reconcile,
    definitions,
    managed_fields::{self, Manager},
    resources::{ApiResource, RESOURCES},
    time,
};
use crate::sandbox::state::{KubernetesApi, guid_for};

/// Completes every object without a creation time of its own.
pub(crate) fn complete(api: &mut KubernetesApi, created: Timestamp) {
    add_namespaces(&mut api.objects);
    definitions::add(api);
    let revision = api.revision().to_string();
    for object in &mut api.objects {
        let resource = RESOURCES.iter().find(|it| it.kind == object["kind"]);
        if let Some(resource) = resource
            && object["metadata"]["creationTimestamp"].is_null()
        {
            complete_object(resource, object, created, &revision);
        }
    }
}

/// Adds the namespaces that objects are in and that no scenario lists.
fn add_namespaces(objects: &mut Vec<Value>) {
    let used: BTreeSet<String> = objects
        .iter()
        .filter_map(|object| object["metadata"]["namespace"].as_str())
        .map(str::to_owned)
        .collect();
    for name in used {
        let is_it = |it: &Value| it["kind"] == "Namespace" && it["metadata"]["name"] == *name;
        if !objects.iter().any(is_it) {
            objects
                .push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
        }
    }
}

fn complete_object(resource: &ApiResource, object: &mut Value, created: Timestamp, revision: &str) {
    let seed = format!("{} {}", resource.plural, object["metadata"]);
    let has_spec = !object["spec"].is_null();
    let metadata = &mut object["metadata"];
    if metadata["uid"].is_null() {
        // Derived and not drawn: each start of a scenario has the same objects.
        metadata["uid"] = json!(guid_for(&seed));
    }
    metadata["creationTimestamp"] = time(created).into();
    metadata["resourceVersion"] = revision.into();
    // Objects without a spec, such as ConfigMaps, have no generation.
    if has_spec {
        metadata["generation"] = json!(1);
    }
    if metadata["managedFields"].is_null() {
        let labels = &metadata["labels"]["app.kubernetes.io/managed-by"];
        let (name, operation) = match labels.as_str() {
            // Helm 4 applies server-side.
            Some("Helm") => ("helm", "Apply"),
            Some("prometheus-operator") => ("PrometheusOperator", "Update"),
            _ => ("kubectl-create", "Update"),
        };
        let manager = Manager { name, now: created };
        managed_fields::record_origin(resource, object, operation, manager);
    }
    reconcile(object, created);
}
