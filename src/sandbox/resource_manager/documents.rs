//! What the collections of plain documents share: found, listed, written and deleted by id and type.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    call::{ArmCall, found},
    collection::seen,
    listing,
    refusal::{ArmAnswer, ArmRefusal},
};
use crate::sandbox::{
    azure::Azure,
    response::Response,
    state::{StoredDocument, StoredResourceId},
};

/// The document at an id, when it is of that type.
pub(super) fn at<'c>(
    call: &'c ArmCall<'_>,
    id: &StoredResourceId,
    kind: &str,
) -> Option<&'c StoredDocument> {
    let document = call.azure.state.documents.get(id)?;
    (document.kind == kind).then_some(document)
}

/// The document that the path names, in a resource group.
pub(super) fn existing(
    call: &ArmCall<'_>,
    kind: &'static str,
) -> Result<StoredDocument, ArmRefusal> {
    let id = call.resource(kind)?;
    let document = at(call, &id, kind).cloned();
    document.ok_or_else(|| call.no_resource(&id))
}

/// Those of a type in the resource group or the subscription of the path.
pub(super) fn list(call: &mut ArmCall<'_>, kind: &str) -> ArmAnswer {
    let scope = call.listed_scope()?;
    let documents = call.azure.state.documents.within(&scope);
    listing::page(call, documents.filter(|it| it.kind == kind), to_json)
}

/// What the body of a PUT asks for; one that exists keeps the time of its creation.
pub(super) fn requested(
    call: &ArmCall<'_>,
    id: StoredResourceId,
    kind: &'static str,
    location: Option<&str>,
) -> StoredDocument {
    let old = at(call, &id, kind);
    let mut properties = call.body["properties"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    properties.retain(|_, value| !value.is_null());
    StoredDocument {
        created: old.map_or(call.now(), |old| old.created),
        kind,
        location: location.map(str::to_owned),
        tags: call.tags(),
        attributes: Map::new(),
        properties,
        pending: None,
        id,
    }
}

/// Stores the document and answers with it: 200, as Azure Monitor does for new ones too.
pub(super) fn put(call: &mut ArmCall<'_>, document: StoredDocument) -> ArmAnswer {
    let body = to_json(&document);
    call.state().documents.insert(document);
    found(&body)
}

/// Replaces the tags.
pub(super) fn patch_tags(call: &mut ArmCall<'_>, kind: &'static str) -> ArmAnswer {
    let document = StoredDocument {
        tags: call.tags(),
        ..existing(call, kind)?
    };
    put(call, document)
}

pub(super) fn delete(call: &mut ArmCall<'_>, kind: &'static str) -> ArmAnswer {
    let id = call.resource(kind)?;
    if at(call, &id, kind).is_none() {
        return Ok(Response::empty(StatusCode::NO_CONTENT));
    }
    call.state().remove_within(&id);
    Ok(Response::empty(StatusCode::OK))
}

/// What Resource Graph knows of those of a type.
pub(super) fn rows(
    azure: &Azure,
    seen_at: Timestamp,
    kind: &str,
) -> Vec<(StoredResourceId, Value)> {
    let documents = azure.state.documents.iter();
    seen(documents.filter(|it| it.kind == kind), seen_at, to_json)
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
    if !document.tags.is_empty() {
        body["tags"] = document.tags.clone().into();
    }
    for (name, value) in &document.attributes {
        body[name] = value.clone();
    }
    body
}
