//! Service principals: applications and identities as holders of roles in this tenant.

use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    odata::{self, Key},
    refusal::Refusal,
};
use crate::sandbox::{
    azure::Azure,
    request::Request,
    response::Response,
    state::{Principal, PrincipalKind},
};

const KNOWN: [&str; 2] = ["appId", "accountEnabled"];

pub(super) fn list(request: &Request, azure: &Azure) -> Result<Response, Refusal> {
    let filter = odata::filter(request)?;
    let matches = |principal: &Principal| match &filter {
        None => Ok(true),
        Some((property, value)) => match property.as_str() {
            "displayName" => Ok(principal.display_name == *value),
            "appId" => Ok(principal.app_id.is_some_and(|id| id.to_string() == *value)),
            _ => Err(Refusal::Filter(property.clone())),
        },
    };
    let mut found = Vec::new();
    for principal in visible(request, azure) {
        if matches(principal)? {
            found.push(document(principal, azure));
        }
    }
    odata::page(&found, request, azure)
}

/// Makes the service principal of an application of this tenant.
pub(super) fn create(request: &Request, azure: &mut Azure) -> Result<Response, Refusal> {
    let body = odata::body(request, &KNOWN)?;
    let app_id = odata::text(&body, "appId")?;
    let application = app_id
        .parse()
        .ok()
        .and_then(|id| azure.state.directory.application(id))
        .filter(|application| azure.has_replicated(application.created, request.now))
        .ok_or_else(|| Refusal::NoBackingApplication(app_id.to_owned()))?;
    let (app_id, display_name) = (application.app_id, application.display_name.clone());
    if azure.state.directory.principal_of_app(app_id).is_some() {
        return Err(Refusal::AlreadyExists("servicePrincipalNames"));
    }
    let principal = Principal {
        object_id: azure.fresh_guid(),
        app_id: Some(app_id),
        display_name,
        kind: PrincipalKind::ServicePrincipal,
        created: request.now,
    };
    let created = document(&principal, azure);
    azure.state.directory.principals.push(principal);
    Ok(Response::json(StatusCode::CREATED, &created))
}

pub(super) fn get(key: &Key<'_>, request: &Request, azure: &Azure) -> Result<Response, Refusal> {
    odata::single(&document(find(key, request, azure)?, azure), request)
}

/// Service principals that are made here have no owner.
pub(super) fn owners(key: &Key<'_>, request: &Request, azure: &Azure) -> Result<Response, Refusal> {
    find(key, request, azure)?;
    odata::page(&[], request, azure)
}

pub(super) fn delete(
    key: &Key<'_>,
    request: &Request,
    azure: &mut Azure,
) -> Result<Response, Refusal> {
    let id: Uuid = find(key, request, azure)?.object_id;
    azure
        .state
        .directory
        .principals
        .retain(|it| it.object_id != id);
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

fn find<'a>(key: &Key<'_>, request: &Request, azure: &'a Azure) -> Result<&'a Principal, Refusal> {
    visible(request, azure)
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
