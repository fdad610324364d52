//! Reading objects: one by its name, or all that the selectors let through, in pages.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    address::ResourcePath, representation::Representation, selector::Selectors,
    status::StatusError, watch,
};
use crate::sandbox::{request::ServiceRequest, response::Response, state::KubernetesApi};

/// Query parameters that a client may send.
const PARAMETERS: [&str; 12] = [
    "labelSelector",
    "fieldSelector",
    "limit",
    "continue",
    "pretty",
    "resourceVersion",
    "resourceVersionMatch",
    "timeoutSeconds",
    "includeObject",
    "watch",
    "allowWatchBookmarks",
    "sendInitialEvents",
];

/// Answers a GET.
pub(super) fn read(
    address: &ResourcePath<'_>,
    request: &ServiceRequest,
    api: &KubernetesApi,
) -> Result<Response, StatusError> {
    for (parameter, _) in &request.query {
        // A real API server ignores what it does not know, and hides a client's mistake.
        if !PARAMETERS.contains(&parameter.as_str()) {
            let text = format!("the sandbox knows no parameter `{parameter}`");
            return Err(StatusError::BadRequest(text));
        }
    }
    let representation = Representation::of(request);
    if matches!(request.query("watch"), Some("true" | "1")) {
        return watch::answer(address, request, representation, api);
    }
    let body = match address.name {
        Some(name) => {
            let object = api
                .object(address.resource.kind, address.namespace, name)
                .ok_or_else(|| StatusError::not_found(address, name))?;
            representation.one(address.resource, object, request.now)
        }
        None => list(address, request, representation, api)?,
    };
    Ok(Response::json(StatusCode::OK, &body))
}

/// The objects of a type that a list would show.
pub(super) fn matching<'a>(
    address: &ResourcePath<'_>,
    selectors: &Selectors,
    api: &'a KubernetesApi,
) -> Vec<&'a Value> {
    api.objects
        .iter()
        .filter(|object| address.resource.describes(object))
        .filter(|object| {
            address
                .namespace
                .is_none_or(|namespace| object["metadata"]["namespace"] == namespace)
        })
        .filter(|object| selectors.select(object))
        .collect()
}

fn list(
    address: &ResourcePath<'_>,
    request: &ServiceRequest,
    representation: Representation,
    api: &KubernetesApi,
) -> Result<Value, StatusError> {
    let found = matching(address, &Selectors::read(request)?, api);
    let number = |name: &str| {
        request
            .query(name)
            .and_then(|text| text.parse::<usize>().ok())
    };
    // A real token names a revision, and ends with it (410 `Expired`); here it is an offset.
    let begin = number("continue").unwrap_or_default().min(found.len());
    let limit = number("limit")
        .filter(|limit| *limit > 0)
        .unwrap_or(usize::MAX);
    let end = begin.saturating_add(limit).min(found.len());
    let mut metadata = json!({"resourceVersion": api.revision().to_string()});
    if end < found.len() {
        metadata["continue"] = end.to_string().into();
        metadata["remainingItemCount"] = (found.len() - end).into();
    }
    let page = &found[begin..end];
    Ok(representation.list(address.resource, page, &metadata, request.now))
}
