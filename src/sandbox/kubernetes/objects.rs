//! Reading objects: one by its name, or all that the selectors let through, in pages.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    address::Address, resources::Resource, selector::Selectors, status::Failure, table, watch,
};
use crate::sandbox::{request::Request, response::Response, state::KubernetesApi};

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

/// The form in which a client wants objects, by its `Accept` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Whole,
    Metadata,
    Table(table::Include),
}

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
    let shape = Shape::of(request);
    if matches!(request.query("watch"), Some("true" | "1")) {
        return watch::answer(address, request, shape, api);
    }
    let body = match address.name {
        Some(name) => {
            let object = api
                .object(address.resource.kind, address.namespace, name)
                .ok_or_else(|| Failure::not_found(address, name))?;
            shape.one(address.resource, object, request.now)
        }
        None => list(address, request, shape, api)?,
    };
    Ok(Response::json(StatusCode::OK, &body))
}

/// The objects of a type that a list would show.
pub(super) fn matching<'a>(
    address: &Address<'_>,
    selectors: &Selectors,
    api: &'a KubernetesApi,
) -> Vec<&'a Value> {
    api.objects
        .iter()
        .filter(|object| is_of(object, address.resource))
        .filter(|object| {
            address
                .namespace
                .is_none_or(|namespace| object["metadata"]["namespace"] == namespace)
        })
        .filter(|object| selectors.select(object))
        .collect()
}

fn list(
    address: &Address<'_>,
    request: &Request,
    shape: Shape,
    api: &KubernetesApi,
) -> Result<Value, Failure> {
    let found = matching(address, &Selectors::read(request)?, api);
    let number = |name: &str| {
        request
            .query(name)
            .and_then(|text| text.parse::<usize>().ok())
    };
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
    Ok(shape.list(address.resource, page, &metadata, request.now))
}

impl Shape {
    fn of(request: &Request) -> Self {
        let accept = request.header("accept").unwrap_or_default();
        if accept.contains("as=Table") {
            Self::Table(table::Include::of(request))
        } else if accept.contains("as=PartialObjectMetadata") {
            Self::Metadata
        } else {
            Self::Whole
        }
    }

    pub(super) fn one(self, resource: &Resource, object: &Value, now: Timestamp) -> Value {
        match self {
            Self::Whole => object.clone(),
            Self::Metadata => metadata_of(object),
            Self::Table(include) => {
                let version = &object["metadata"]["resourceVersion"];
                let metadata = json!({"resourceVersion": version});
                table::render(resource, &[object], &metadata, include, now)
            }
        }
    }

    fn list(
        self,
        resource: &Resource,
        items: &[&Value],
        metadata: &Value,
        now: Timestamp,
    ) -> Value {
        let (kind, version, items): (_, _, Vec<Value>) = match self {
            Self::Table(include) => return table::render(resource, items, metadata, include, now),
            Self::Metadata => (
                "PartialObjectMetadataList".to_owned(),
                "meta.k8s.io/v1".to_owned(),
                items.iter().map(|object| metadata_of(object)).collect(),
            ),
            Self::Whole => (
                format!("{}List", resource.kind),
                resource.api_version(),
                items.iter().copied().cloned().collect(),
            ),
        };
        json!({"kind": kind, "apiVersion": version, "metadata": metadata, "items": items})
    }
}

pub(super) fn is_of(object: &Value, resource: &Resource) -> bool {
    object["kind"] == resource.kind && object["apiVersion"] == resource.api_version().as_str()
}

pub(super) fn metadata_of(object: &Value) -> Value {
    json!({
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": object["metadata"],
    })
}
