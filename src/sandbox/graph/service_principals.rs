//! Service principals: applications and identities as holders of roles in this tenant.

use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    call::{Answer, Call},
    odata::{self, Key},
    refusal::Refusal,
    route::Route,
};
use crate::sandbox::{
    azure::Azure,
    request::Request,
    response::Response,
    state::{Principal, PrincipalKind},
};

const KNOWN: [&str; 2] = ["appId", "accountEnabled"];

pub(super) static ROUTES: &[Route] = &[
    Route::get("/servicePrincipals", list),
    Route::new("POST", "/servicePrincipals", create),
    Route::get("/servicePrincipals/{key}", get),
    Route::new("DELETE", "/servicePrincipals/{key}", delete),
    Route::get("/servicePrincipals/{key}/owners", owners),
];

fn list(call: &mut Call<'_>) -> Answer {
    let filter = odata::filter(call.request)?;
    let matches = |principal: &Principal| match &filter {
        None => Ok(true),
        Some((property, value)) => match property.as_str() {
            "displayName" => Ok(principal.display_name == *value),
            "appId" => Ok(principal.app_id.is_some_and(|id| id.to_string() == *value)),
            _ => Err(Refusal::Filter(property.clone())),
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
fn create(call: &mut Call<'_>) -> Answer {
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
        .ok_or_else(|| Refusal::NoBackingApplication(app_id.to_owned()))?;
    let (app_id, display_name) = (application.app_id, application.display_name.clone());
    if call
        .azure
        .state
        .directory
        .principal_of_app(app_id)
        .is_some()
    {
        return Err(Refusal::AlreadyExists("servicePrincipalNames"));
    }
    let principal = Principal {
        object_id: call.azure.fresh_guid(),
        app_id: Some(app_id),
        display_name,
        kind: PrincipalKind::ServicePrincipal,
        created: call.request.now,
    };
    let created = document(&principal, call.azure);
    call.azure.state.directory.principals.push(principal);
    Ok(Response::json(StatusCode::CREATED, &created))
}

fn get(call: &mut Call<'_>) -> Answer {
    odata::single(&document(find(call)?, call.azure), call.request)
}

/// Service principals that are made here have no owner.
fn owners(call: &mut Call<'_>) -> Answer {
    find(call)?;
    odata::page(&[], call.request, call.azure)
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id: Uuid = find(call)?.object_id;
    call.azure
        .state
        .directory
        .principals
        .retain(|it| it.object_id != id);
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

/// The service principal that the path names, once its making has reached all replicas.
fn find<'c>(call: &'c Call<'_>) -> Result<&'c Principal, Refusal> {
    let key = call.key();
    visible(call.request, call.azure)
        .find(|principal| match key {
            Key::Id(id) => id.parse() == Ok(principal.object_id),
            Key::AppId(id) => principal
                .app_id
                .is_some_and(|app_id| id.parse() == Ok(app_id)),
            Key::UniqueName(_) => false,
        })
        .ok_or_else(|| Refusal::NotFound(key.text()))
}

fn visible<'a>(request: &Request, azure: &'a Azure) -> impl Iterator<Item = &'a Principal> {
    let now = request.now;
    azure
        .state
        .directory
        .principals
        .iter()
        .filter(|principal| principal.kind == PrincipalKind::ServicePrincipal)
        .filter(move |principal| azure.has_replicated(principal.created, now))
}

fn document(principal: &Principal, azure: &Azure) -> Value {
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
