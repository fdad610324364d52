//! The CustomResourceDefinitions of the Operator's types.

use serde_json::{Value, json};

use super::resources::{ApiResource, served};
use crate::sandbox::state::KubernetesApi;

/// Adds the definition of each type that is served and has none yet.
pub(super) fn add(api: &mut KubernetesApi) {
    let missing: Vec<Value> = served(api)
        .filter(|resource| resource.is_custom() && of(resource, api).is_none())
        .map(definition)
        .collect();
    api.objects.extend(missing);
}

/// The OpenAPI schema of a type: that of its definition, which the API server publishes.
pub(super) fn schema(resource: &ApiResource, api: &KubernetesApi) -> Value {
    let schema =
        of(resource, api).map(|it| it["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone());
    schema.unwrap_or_else(any_field)
}

fn of<'a>(resource: &ApiResource, api: &'a KubernetesApi) -> Option<&'a Value> {
    let name = name(resource);
    let mut objects = api.objects.iter();
    objects.find(|it| it["kind"] == "CustomResourceDefinition" && it["metadata"]["name"] == *name)
}

fn name(resource: &ApiResource) -> String {
    format!("{}.{}", resource.plural, resource.group)
}

fn any_field() -> Value {
    // Without the mark, an API server would drop every field that the schema does not name.
    json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
}

fn definition(resource: &ApiResource) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": name(resource)},
        "spec": {
            "group": resource.group,
            "names": {"kind": resource.kind, "plural": resource.plural},
            "scope": "Namespaced",
            "versions": [{
                "name": resource.version,
                "served": true,
                // Exactly one version of a definition is the one that is stored.
                "storage": true,
                "schema": {"openAPIV3Schema": any_field()},
            }],
        },
    })
}
