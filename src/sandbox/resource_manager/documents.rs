//! What the collections of plain documents share: how a body becomes a document, and how a document is shown.

use serde_json::{Map, Value, json};

use super::{arm_resource::ArmResource, call::ArmCall};
use crate::sandbox::state::{StoredDocument, StoredResourceId};

/// What the body of a PUT asks for; one that exists keeps the time of its creation.
pub(super) fn requested<R: ArmResource>(
    call: &ArmCall<'_>,
    id: StoredResourceId,
    old: Option<&StoredDocument>,
    location: Option<&str>,
) -> StoredDocument {
    let properties = call.body["properties"].as_object();
    let mut properties = properties.cloned().unwrap_or_default();
    // Clients that are generated from a schema send null for what they do not set.
    properties.retain(|_, value| !value.is_null());
    StoredDocument {
        created: old.map_or(call.now(), |old| old.created),
        kind: R::KIND,
        location: location.map(str::to_owned),
        tags: call.tags(),
        attributes: Map::new(),
        properties,
        pending: None,
        id,
    }
}

pub(super) fn to_json(document: &StoredDocument) -> Value {
    let mut body = json!({
        "id": document.id,
        "name": document.id.name(),
        "type": document.kind,
        "properties": document.properties,
    });
    if let Some(location) = &document.location {
        body["location"] = location.as_str().into();
    }
    // Azure Monitor leaves out empty tags (recorded).
    if !document.tags.is_empty() {
        body["tags"] = document.tags.clone().into();
    }
    for (name, value) in &document.attributes {
        body[name] = value.clone();
    }
    body
}
