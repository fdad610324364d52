//! What a cluster publishes about itself: its version, its API groups, and the documents of its issuer.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    openapi,
    resources::{ApiResource, served},
    status::StatusError,
};
use crate::sandbox::{
    azure::Azure,
    request::ServiceRequest,
    response::Response,
    state::{KubernetesApi, StoredCluster},
};

/// What every object can be asked to do.
const VERBS: [&str; 8] = [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];

/// Whether the server is well, which anyone may ask; it always is.
pub(super) fn health(segments: &[&str], request: &ServiceRequest) -> Option<Response> {
    let [check @ ("healthz" | "livez" | "readyz")] = segments else {
        return None;
    };
    let text = match request.query("verbose") {
        Some(_) => format!("[+]ping ok\n{check} check passed\n"),
        None => "ok".to_owned(),
    };
    Some(Response::text(StatusCode::OK, text))
}

/// What everybody may read.
pub(super) fn version(cluster: &StoredCluster) -> Response {
    let minor = cluster
        .properties
        .get("kubernetesVersion")
        .and_then(Value::as_str)
        .and_then(|version| version.split('.').nth(1))
        .unwrap_or("33");
    let body = json!({
        "major": "1",
        "minor": minor,
        "gitVersion": format!("v1.{minor}.0"),
        "platform": "linux/amd64",
    });
    Response::json(StatusCode::OK, &body)
}

/// The document at a path, if that is one.
pub(super) fn document(
    segments: &[&str],
    cluster: &StoredCluster,
    api: &KubernetesApi,
    azure: &Azure,
) -> Option<Value> {
    match segments {
        // The core group has no name and a prefix of its own; all others are below `/apis`.
        ["api"] => Some(json!({"kind": "APIVersions", "versions": ["v1"]})),
        ["apis"] => Some(group_list(api)),
        ["api", version] => resource_list("", version, api),
        ["apis", group, version] => resource_list(group, version, api),
        [".well-known", "openid-configuration"] => Some(openid_configuration(cluster, azure)),
        ["openid", "v1", "jwks"] => Some(azure.signing_key.key_set()),
        _ => openapi::document(segments, api),
    }
}

/// The public documents at the URL of the issuer.
pub(super) fn of_issuer(request: &ServiceRequest, azure: &Azure) -> Result<Response, StatusError> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let [tenant, cluster, document @ ..] = segments.as_slice() else {
        return Err(StatusError::NoSuchPath);
    };
    let cluster = azure
        .state
        .managed_clusters
        .iter()
        .filter(|it| it.has_issuer())
        .find(|it| {
            it.issuer_id().to_string() == *cluster
                && Some(it.location.as_str()) == request.label.as_deref()
        })
        .filter(|_| azure.state.directory.tenant_id.to_string() == *tenant)
        .ok_or(StatusError::NoSuchPath)?;
    let body = match (&request.method, document) {
        (&Method::GET, [".well-known", "openid-configuration"]) => {
            openid_configuration(cluster, azure)
        }
        (&Method::GET, ["openid", "v1", "jwks"]) => azure.signing_key.key_set(),
        _ => return Err(StatusError::NoSuchPath),
    };
    Ok(Response::json(StatusCode::OK, &body))
}

fn openid_configuration(cluster: &StoredCluster, azure: &Azure) -> Value {
    let issuer = azure.issuer_of(cluster);
    json!({
        "issuer": issuer,
        // The issuer of AKS ends with a slash, which must not be doubled here.
        "jwks_uri": format!("{}/openid/v1/jwks", issuer.trim_end_matches('/')),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })
}

fn group_list(api: &KubernetesApi) -> Value {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for resource in served(api).filter(|resource| !resource.group.is_empty()) {
        match groups
            .iter_mut()
            .find(|(group, _)| *group == resource.group)
        {
            Some((_, versions)) if versions.contains(&resource.version) => {}
            // Clients take the first version of a group as the preferred one.
            Some((_, versions)) => versions.push(resource.version),
            None => groups.push((resource.group, vec![resource.version])),
        }
    }
    let version = |group: &str, version: &str| json!({"groupVersion": format!("{group}/{version}"), "version": version});
    let groups: Vec<Value> = groups
        .iter()
        .map(|(group, versions)| {
            let all: Vec<Value> = versions.iter().map(|it| version(group, it)).collect();
            json!({"name": group, "versions": all, "preferredVersion": all[0]})
        })
        .collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

fn resource_list(group: &str, version: &str, api: &KubernetesApi) -> Option<Value> {
    let resources: Vec<&ApiResource> = served(api)
        .filter(|resource| resource.group == group && resource.version == version)
        .collect();
    let group_version = resources.first()?.api_version();
    let resources: Vec<Value> = resources
        .iter()
        .map(|resource| {
            json!({
                "name": resource.plural,
                "shortNames": resource.short_names(),
                "singularName": resource.kind.to_lowercase(),
                "namespaced": resource.namespaced,
                "kind": resource.kind,
                "categories": resource.categories(),
                "verbs": VERBS,
            })
        })
        .collect();
    Some(json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group_version,
        "resources": resources,
    }))
}
