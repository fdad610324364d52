//! Service principals: applications and identities as holders of roles in this tenant.

use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    call::{GraphAnswer, GraphCall},
    odata::{self, ObjectKey},
    refusal::GraphRefusal,
    route::GraphRoute,
};
use crate::sandbox::{
    azure::Azure,
    request::ServiceRequest,
    response::Response,
    state::{StoredPrincipal, StoredPrincipalKind},
};

const KNOWN: [&str; 2] = ["appId", "accountEnabled"];

pub(super) static ROUTES: &[GraphRoute] = &[
    GraphRoute::get("/servicePrincipals", list),
    GraphRoute::new("POST", "/servicePrincipals", create),
    GraphRoute::get("/servicePrincipals/{key}", get),
    GraphRoute::new("DELETE", "/servicePrincipals/{key}", delete),
    GraphRoute::get("/servicePrincipals/{key}/owners", owners),
];

fn list(call: &mut GraphCall<'_>) -> GraphAnswer {
    let filter = odata::filter(call.request)?;
    let matches = |principal: &StoredPrincipal| match &filter {
        None => Ok(true),
        Some((property, value)) => match property.as_str() {
            "displayName" => Ok(principal.display_name == *value),
            "appId" => Ok(principal.app_id.is_some_and(|id| id.to_string() == *value)),
            _ => Err(GraphRefusal::Filter(property.clone())),
        },
    };
    let mut found = Vec::new();
    for principal in visible(call.request, call.azure) {
        if matches(principal)? {
            found.push(document(principal, call.azure));
        }
    }
    odata::page(&found, call.request, call.azure)
}

/// Makes the service principal of an application of this tenant.
fn create(call: &mut GraphCall<'_>) -> GraphAnswer {
    let body = odata::body(call.request, &KNOWN)?;
    let app_id = odata::text(&body, "appId")?;
    let application = app_id
        .parse()
        .ok()
        .and_then(|id| call.azure.state.directory.application(id))
        .filter(|application| {
            call.azure
                .has_replicated(application.created, call.request.now)
        })
        // Right after the creation of the application this is 400, not 404: another replica does not know it yet.
        .ok_or_else(|| GraphRefusal::NoBackingApplication(app_id.to_owned()))?;
    let (app_id, display_name) = (application.app_id, application.display_name.clone());
    if call
        .azure
        .state
        .directory
        .principal_of_app(app_id)
        .is_some()
    {
        return Err(GraphRefusal::AlreadyExists("servicePrincipalNames"));
    }
    let principal = StoredPrincipal {
        object_id: call.azure.fresh_guid(),
        app_id: Some(app_id),
        display_name,
        kind: StoredPrincipalKind::ServicePrincipal,
        created: call.request.now,
    };
    let created = document(&principal, call.azure);
    call.azure.state.directory.principals.push(principal);
    Ok(Response::json(StatusCode::CREATED, &created))
}

fn get(call: &mut GraphCall<'_>) -> GraphAnswer {
    odata::single(&document(find(call)?, call.azure), call.request)
}

/// Service principals that are made here have no owner.
fn owners(call: &mut GraphCall<'_>) -> GraphAnswer {
    find(call)?;
    odata::page(&[], call.request, call.azure)
}

fn delete(call: &mut GraphCall<'_>) -> GraphAnswer {
    let id: Uuid = find(call)?.object_id;
    call.azure
        .state
        .directory
        .principals
        .retain(|it| it.object_id != id);
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

/// The service principal that the path names, once its making has reached all replicas.
fn find<'c>(call: &'c GraphCall<'_>) -> Result<&'c StoredPrincipal, GraphRefusal> {
    let key = call.key();
    visible(call.request, call.azure)
        .find(|principal| match key {
            ObjectKey::Id(id) => id.parse() == Ok(principal.object_id),
            ObjectKey::AppId(id) => principal
                .app_id
                .is_some_and(|app_id| id.parse() == Ok(app_id)),
            ObjectKey::UniqueName(_) => false,
        })
        .ok_or_else(|| GraphRefusal::NotFound(key.text()))
}

fn visible<'a>(
    request: &ServiceRequest,
    azure: &'a Azure,
) -> impl Iterator<Item = &'a StoredPrincipal> {
    let now = request.now;
    azure
        .state
        .directory
        .principals
        .iter()
        .filter(|principal| principal.kind == StoredPrincipalKind::ServicePrincipal)
        .filter(move |principal| azure.has_replicated(principal.created, now))
}

fn document(principal: &StoredPrincipal, azure: &Azure) -> Value {
    let application = principal
        .app_id
        .and_then(|id| azure.state.directory.application(id));
    json!({
        "id": principal.object_id,
        "appId": principal.app_id,
        "displayName": principal.display_name,
        "accountEnabled": true,
        "appOwnerOrganizationId": azure.state.directory.tenant_id,
        "servicePrincipalType": if application.is_some() { "Application" } else { "ManagedIdentity" },
        "servicePrincipalNames": [principal.app_id],
        "passwordCredentials": [],
        "keyCredentials": [],
    })
}
