//! The resources of a text: its documents, the items of a `List`, and what the values of a chart hold.

use serde_yaml::Value;

use super::pod;
use crate::patch::{self, PatchRefusal};

/// The documents of a text, with the items of a `List` in its place, as `kubectl get -o yaml` prints several objects.
pub(super) fn documents(text: &str) -> Result<Vec<Value>, PatchRefusal> {
    let documents = patch::documents(text)?.into_iter();
    let items = documents.flat_map(|mut document| {
        if document["kind"] != "List" {
            return vec![document];
        }
        match document.get_mut("items").map(std::mem::take) {
            Some(Value::Sequence(items)) => items,
            _ => Vec::new(),
        }
    });
    Ok(items.collect())
}

/// The workloads and Services below the top of a document, such as those that `extraManifests` adds to a chart.
pub(super) fn resources_in(document: &Value) -> Vec<Value> {
    let below: Vec<&Value> = match document {
        Value::Mapping(map) => map.values().collect(),
        Value::Sequence(items) => items.iter().collect(),
        _ => Vec::new(),
    };
    let found = below.into_iter().flat_map(|value| match value {
        // An item of `extraManifests` can be a text, which Helm fills in.
        Value::String(text) if text.contains("kind:") => {
            let documents = documents(text).unwrap_or_default();
            documents.into_iter().filter(is_resource).collect()
        }
        value if is_resource(value) => vec![value.clone()],
        value => resources_in(value),
    });
    found.collect()
}

fn is_resource(value: &Value) -> bool {
    value.get("apiVersion").is_some() && (pod::is_workload(value) || value["kind"] == "Service")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_items_of_a_list_are_documents() {
        let text = "kind: List\nitems: [{kind: Pod}, {kind: Service}]\n---\nkind: Deployment\n";

        let kinds: Vec<Value> = documents(text).unwrap();
        let kinds: Vec<&str> = kinds.iter().filter_map(|it| it["kind"].as_str()).collect();

        assert_eq!(kinds, ["Pod", "Service", "Deployment"]);
    }

    #[test]
    fn a_manifest_that_is_a_text_is_read() {
        let text = "extraManifests:\n  - |\n    apiVersion: v1\n    kind: Service\n  - |\n    kind: note\n";

        let found = resources_in(&documents(text).unwrap()[0]);

        assert_eq!(found.len(), 1);
    }

    #[test]
    fn the_workloads_that_values_add_are_found() {
        let text = "extraManifests: [{apiVersion: apps/v1, kind: Deployment}, {apiVersion: v1, kind: Secret}, \
                    {apiVersion: v1, kind: Service}]\nprometheus: {service: {kind: Service}}\n";

        let found = resources_in(&documents(text).unwrap()[0]);

        let kinds: Vec<&str> = found.iter().filter_map(|it| it["kind"].as_str()).collect();
        assert_eq!(kinds, ["Deployment", "Service"]);
    }
}
