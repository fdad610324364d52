//! All that the sandbox holds as one JSON document, so that a test compares whole states and not one answer.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{azure::Azure, graph, resource_manager};

/// What a document of the sandbox's state begins with, by which it is recognized.
pub(crate) const SCHEMA: &str = "amw-rw/sandbox-state/v1";

/// The state, in an order that does not depend on that of the requests. Resources, roles and applications are as their services
/// show them; a client secret is not in it, because no service shows one again.
pub(super) fn dump(azure: &Azure, now: Timestamp) -> Value {
    json!({
        "schema": SCHEMA,
        "scenario": azure.options.scenario,
        "resources": by_id(resource_manager::documents(azure, now)),
        "applications": by_id(graph::applications(azure)),
        "principals": by_id(graph::principals(azure)),
        "kubernetes": clusters(azure),
        "series": series(azure),
    })
}

fn by_id(mut documents: Vec<Value>) -> Vec<Value> {
    // Azure returns an id in other letter case than it was sent, so case must not decide the order.
    documents.sort_by_key(|it| it["id"].as_str().unwrap_or_default().to_ascii_lowercase());
    documents
}

/// The objects of each cluster, by the name of its API server.
fn clusters(azure: &Azure) -> Map<String, Value> {
    let clusters = azure.state.kubernetes.iter();
    let shown = |(label, api): (&String, &super::state::KubernetesApi)| {
        let mut objects = api.objects.clone();
        objects.sort_by_key(object_key);
        (label.clone(), objects.into())
    };
    clusters.map(shown).collect()
}

fn object_key(object: &Value) -> String {
    let text = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    [
        "/apiVersion",
        "/kind",
        "/metadata/namespace",
        "/metadata/name",
    ]
    .map(text)
    .join("/")
}

/// How many series each workspace holds, by its id.
fn series(azure: &Azure) -> Map<String, Value> {
    let samples = azure.samples.iter();
    samples
        .map(|(workspace, samples)| (workspace.to_string(), samples.series().count().into()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::testing::TestAzure;

    fn dumped(azure: &TestAzure) -> Value {
        azure.with_azure(|azure| dump(azure, Timestamp::now()))
    }

    #[test]
    fn equal_states_have_equal_dumps_and_a_change_is_visible() {
        let (first, second) = (TestAzure::of("example"), TestAzure::of("example"));
        let before = dumped(&first);

        second.sends(
            "PUT {s}/resourceGroups/new?api-version=2024-11-01",
            &json!({"location": "westeurope"}),
        );

        let ids = |state: &Value| -> Vec<String> {
            let resources = state["resources"].as_array().unwrap().iter();
            resources
                .map(|it| it["id"].as_str().unwrap().to_owned())
                .collect()
        };
        let (before, after) = (ids(&before), ids(&dumped(&second)));
        assert_eq!(before, ids(&dumped(&first)));
        assert_eq!(after.len(), before.len() + 1);
        assert!(after.iter().any(|id| id.ends_with("/resourceGroups/new")));
    }

    #[test]
    fn trusts_and_roles_are_in_the_state_and_secrets_are_not() {
        let azure = TestAzure::of("example");
        azure.with_azure(|azure| {
            assert!(!azure.state.role_assignments.is_empty());
        });

        let state = dumped(&azure);
        let text = state.to_string();

        assert!(text.contains("/providers/Microsoft.Authorization/roleAssignments/"));
        assert!(text.contains("\"passwordCredentials\""));
        assert!(!text.contains("sandbox~only-not-a-real-secret"));
        assert!(state["kubernetes"].as_object().unwrap().len() == 1);
    }
}
