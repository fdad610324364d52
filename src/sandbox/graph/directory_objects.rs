//! `directoryObjects`: the principals behind object ids.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    call::{GraphAnswer, GraphCall},
    odata,
    refusal::GraphRefusal,
    route::GraphRoute,
};
use crate::sandbox::{
    response::Response,
    state::{StoredPrincipal, StoredPrincipalKind},
};

pub(super) static ROUTES: &[GraphRoute] =
    &[GraphRoute::new("POST", "/directoryObjects/getByIds", get_by_ids).reading()];

/// Names the principals with these ids; unknown ids are left out.
fn get_by_ids(call: &mut GraphCall<'_>) -> GraphAnswer {
    let body = odata::body(call.request, &["ids", "types"])?;
    let ids = body["ids"].as_array().ok_or_else(|| GraphRefusal::Value {
        property: "ids",
        why: "a list is required.".to_owned(),
    })?;
    // No 404 for an unknown id: the answer just lacks it.
    let found: Vec<Value> = ids
        .iter()
        .filter_map(|id| {
            call.azure
                .state
                .directory
                .principal(id.as_str()?.parse().ok()?)
        })
        .filter(|principal| {
            call.azure
                .has_replicated(principal.created, call.request.now)
        })
        .map(document)
        .collect();
    Ok(Response::json(StatusCode::OK, &json!({"value": found})))
}

pub(super) fn document(principal: &StoredPrincipal) -> Value {
    json!({
        // Users and service principals come in one list, so each object names its type.
        "@odata.type": format!("#microsoft.graph.{}", type_name(principal.kind)),
        "id": principal.object_id,
        "displayName": principal.display_name,
        "appId": principal.app_id,
    })
}

fn type_name(kind: StoredPrincipalKind) -> &'static str {
    match kind {
        StoredPrincipalKind::User => "user",
        StoredPrincipalKind::ServicePrincipal => "servicePrincipal",
    }
}
