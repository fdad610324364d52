//! OpenAPI v3, as far as kubectl and Helm need it before they write: which types there are, and that the server validates.
//!
//! kubectl looks for the parameter `fieldValidation` of a type's PATCH and, where it is, leaves validation to the server.

use serde_json::{Map, Value, json};

use super::definitions;
use super::resources::{ApiResource, served};
use crate::sandbox::state::KubernetesApi;

/// The index, or the document of one group and version.
pub(super) fn document(segments: &[&str], api: &KubernetesApi) -> Option<Value> {
    match segments {
        ["openapi", "v3"] => Some(index(api)),
        ["openapi", "v3", path @ ..] => {
            let path = path.join("/");
            let resources: Vec<_> = served(api).filter(|it| path_of(it) == path).collect();
            (!resources.is_empty()).then(|| group_document(&resources, api))
        }
        _ => None,
    }
}

fn path_of(resource: &ApiResource) -> String {
    match resource.group {
        "" => format!("api/{}", resource.version),
        group => format!("apis/{group}/{}", resource.version),
    }
}

fn index(api: &KubernetesApi) -> Value {
    let paths: Map<String, Value> = served(api)
        .map(path_of)
        .map(|path| {
            // A real server adds a hash here, so that clients can cache the document.
            let url = format!("/openapi/v3/{path}");
            (path, json!({"serverRelativeURL": url}))
        })
        .collect();
    json!({"paths": paths})
}

fn group_document(resources: &[&ApiResource], api: &KubernetesApi) -> Value {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    for resource in resources {
        let id =
            json!({"group": resource.group, "version": resource.version, "kind": resource.kind});
        let namespace = if resource.namespaced {
            "namespaces/{namespace}/"
        } else {
            ""
        };
        let path = format!(
            "/{}/{namespace}{}/{{name}}",
            path_of(resource),
            resource.plural
        );
        let parameter =
            |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
        let patch = json!({
            "parameters": [parameter("dryRun"), parameter("fieldManager"), parameter("fieldValidation")],
            "responses": {"200": {"description": "OK"}},
            "x-kubernetes-action": "patch",
            // kubectl finds the operation by this, and not by the path.
            "x-kubernetes-group-version-kind": id,
        });
        paths.insert(path, json!({"patch": patch}));
        let mut schema = definitions::schema(resource, api);
        // A list in a schema, a single value in an operation.
        schema["x-kubernetes-group-version-kind"] = json!([id]);
        schemas.insert(schema_name(resource), schema);
    }
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "unversioned"},
        "paths": paths,
        "components": {"schemas": schemas},
    })
}

fn schema_name(resource: &ApiResource) -> String {
    let group = match resource.group {
        "" => "core",
        group => group,
    };
    format!("{group}.{}.{}", resource.version, resource.kind)
}
