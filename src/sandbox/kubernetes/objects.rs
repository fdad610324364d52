//! Reading objects: one by its name, or all that the selectors let through.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    address::{Address, Resource},
    selector::Selectors,
    status::Failure,
};
use crate::sandbox::{request::Request, response::Response, state::KubernetesApi};

/// Query parameters that a client may send; those of watching are not among them.
const PARAMETERS: [&str; 7] = [
    "labelSelector",
    "fieldSelector",
    "limit",
    "pretty",
    "resourceVersion",
    "resourceVersionMatch",
    "timeoutSeconds",
];

/// Answers a GET.
pub(super) fn read(
    address: &Address<'_>,
    request: &Request,
    api: &KubernetesApi,
) -> Result<Response, Failure> {
    for (parameter, _) in &request.query {
        if !PARAMETERS.contains(&parameter.as_str()) {
            let text = format!("the sandbox knows no parameter `{parameter}`");
            return Err(Failure::BadRequest(text));
        }
    }
    // Clients that want no more than metadata say so in the `Accept` header.
    let bare = request
        .header("accept")
        .is_some_and(|accept| accept.contains("as=PartialObjectMetadata"));
    let body = match address.name {
        Some(name) => {
            let object = api
                .object(address.resource.kind, address.namespace, name)
                .ok_or_else(|| Failure::not_found(address, name))?;
            if bare {
                metadata_of(object)
            } else {
                object.clone()
            }
        }
        None => list(address, &Selectors::read(request)?, bare, api),
    };
    Ok(Response::json(StatusCode::OK, &body))
}

fn list(address: &Address<'_>, selectors: &Selectors, bare: bool, api: &KubernetesApi) -> Value {
    let items: Vec<Value> = api
        .objects
        .iter()
        .filter(|object| is_of(object, address.resource))
        .filter(|object| {
            address
                .namespace
                .is_none_or(|namespace| object["metadata"]["namespace"] == namespace)
        })
        .filter(|object| selectors.select(object))
        .map(|object| {
            if bare {
                metadata_of(object)
            } else {
                object.clone()
            }
        })
        .collect();
    let (kind, version) = if bare {
        (
            "PartialObjectMetadataList".to_owned(),
            "meta.k8s.io/v1".to_owned(),
        )
    } else {
        (
            format!("{}List", address.resource.kind),
            address.resource.api_version(),
        )
    };
    json!({"kind": kind, "apiVersion": version, "metadata": {"resourceVersion": "1000"}, "items": items})
}

fn is_of(object: &Value, resource: &Resource) -> bool {
    object["kind"] == resource.kind && object["apiVersion"] == resource.api_version().as_str()
}

fn metadata_of(object: &Value) -> Value {
    json!({
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": object["metadata"],
    })
}
