//! The form in which a client wants objects: whole, their metadata only, or a table.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    resources::{ApiResource, partial_metadata},
    table,
};
use crate::sandbox::request::ServiceRequest;

/// The form in which a client wants objects, by its `Accept` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Representation {
    Whole,
    Metadata,
    Table(table::Include),
}

impl Representation {
    pub(super) fn of(request: &ServiceRequest) -> Self {
        let accept = request.header("accept").unwrap_or_default();
        // kubectl offers several forms in one header, the preferred one first, and prints what it gets.
        if accept.contains("as=Table") {
            Self::Table(table::Include::of(request))
        } else if accept.contains("as=PartialObjectMetadata") {
            Self::Metadata
        } else {
            Self::Whole
        }
    }

    pub(super) fn one(self, resource: &ApiResource, object: &Value, now: Timestamp) -> Value {
        match self {
            Self::Whole => object.clone(),
            Self::Metadata => partial_metadata(object),
            Self::Table(include) => {
                let version = &object["metadata"]["resourceVersion"];
                let metadata = json!({"resourceVersion": version});
                table::render(resource, &[object], &metadata, include, now)
            }
        }
    }

    pub(super) fn list(
        self,
        resource: &ApiResource,
        items: &[&Value],
        metadata: &Value,
        now: Timestamp,
    ) -> Value {
        let (kind, version, items): (_, _, Vec<Value>) = match self {
            Self::Table(include) => return table::render(resource, items, metadata, include, now),
            Self::Metadata => (
                "PartialObjectMetadataList".to_owned(),
                "meta.k8s.io/v1".to_owned(),
                items
                    .iter()
                    .map(|object| partial_metadata(object))
                    .collect(),
            ),
            // A real server leaves kind and version out of the items of built-in types.
            Self::Whole => (
                format!("{}List", resource.kind),
                resource.api_version(),
                items.iter().copied().cloned().collect(),
            ),
        };
        json!({"kind": kind, "apiVersion": version, "metadata": metadata, "items": items})
    }
}
