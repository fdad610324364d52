//! `kubectl auth can-i` and `whoami`: what may the caller do, and who is it?

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{body, status::StatusError};
use crate::sandbox::{
    request::ServiceRequest, response::Response, state::KubernetesApi, tokens::TokenCaller,
};

/// Answers a review, if the path is that of one.
pub(super) fn answer(
    segments: &[&str],
    request: &ServiceRequest,
    api: &KubernetesApi,
    caller: &TokenCaller,
) -> Option<Result<Response, StatusError>> {
    let ["apis", group, "v1", review] = segments else {
        return None;
    };
    let judge = match (*group, *review) {
        ("authorization.k8s.io", "selfsubjectaccessreviews") => access,
        ("authorization.k8s.io", "selfsubjectrulesreviews") => rules,
        ("authentication.k8s.io", "selfsubjectreviews") => identity,
        _ => return None,
    };
    if request.method != Method::POST {
        return Some(Err(StatusError::MethodNotAllowed));
    }
    let answer = body::read(request).map(|mut review| {
        review["status"] = judge(&review["spec"], api, caller);
        // A review is created (201) and holds its answer as its status; nothing is kept.
        Response::json(StatusCode::CREATED, &review)
    });
    Some(answer)
}

fn access(spec: &Value, api: &KubernetesApi, _: &TokenCaller) -> Value {
    let attributes = &spec["resourceAttributes"];
    let text = |key: &str| attributes[key].as_str().unwrap_or_default();
    let asked = match text("subresource") {
        "" => text("resource").to_owned(),
        subresource => format!("{}/{subresource}", text("resource")),
    };
    let is_elsewhere = api
        .only_namespace
        .is_some_and(|only| only != text("namespace"));
    let forbidden = match asked.as_str() {
        // Everything is allowed only where nothing is forbidden.
        "*" => !api.forbidden.is_empty(),
        asked => api.forbidden.contains(&asked),
    } || is_elsewhere && attributes.is_object();
    json!({"allowed": !forbidden})
}

fn rules(_: &Value, api: &KubernetesApi, _: &TokenCaller) -> Value {
    let named =
        |resource: &&super::resources::ApiResource| !api.forbidden.contains(&resource.plural);
    let resources: Vec<Value> = super::resources::RESOURCES
        .iter()
        .filter(named)
        .map(|it| json!({"verbs": ["*"], "apiGroups": [it.group], "resources": [it.plural]}))
        .collect();
    json!({
        "resourceRules": resources,
        "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/api", "/apis", "/healthz", "/livez", "/openapi", "/readyz", "/version"]}],
        "incomplete": false,
    })
}

fn identity(_: &Value, _: &KubernetesApi, caller: &TokenCaller) -> Value {
    json!({"userInfo": {
        "username": caller.name,
        "uid": caller.object_id,
        "groups": ["system:authenticated"],
    }})
}
