//! Service principals: applications and identities as holders of roles in this tenant.

use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    call::{GraphAnswer, GraphCall},
    odata::{self, ObjectKey},
    password_credential,
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

/// Properties that can be changed afterwards.
const WRITABLE: [&str; 5] = [
    "accountEnabled",
    "appRoleAssignmentRequired",
    "description",
    "notes",
    "tags",
];

pub(super) static ROUTES: &[GraphRoute] = &[
    GraphRoute::get("/servicePrincipals", list),
    GraphRoute::new("POST", "/servicePrincipals", create),
    GraphRoute::get("/servicePrincipals/{key}", get),
    GraphRoute::new("PATCH", "/servicePrincipals/{key}", update),
    GraphRoute::new("DELETE", "/servicePrincipals/{key}", delete),
    GraphRoute::get("/servicePrincipals/{key}/owners", owners),
];

fn list(call: &mut GraphCall<'_>) -> GraphAnswer {
    let listed = visible(call.request, call.azure).map(|it| document(it, call.azure));
    let found = odata::filtered(listed, call.request)?;
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
        // An application has one service principal in a tenant; a second POST does not return the
        // first.
        return Err(GraphRefusal::AlreadyExists("servicePrincipalNames"));
    }
    let principal = StoredPrincipal {
        object_id: call.azure.fresh_guid(),
        app_id: Some(app_id),
        display_name,
        kind: StoredPrincipalKind::ServicePrincipal,
        passwords: Vec::new(),
        created: call.request.now,
    };
    let location = format!(
        "{}/directoryObjects/{}/Microsoft.DirectoryServices.ServicePrincipal",
        call.azure.state.directory.tenant_id, principal.object_id
    );
    let created = odata::created(&document(&principal, call.azure), call.request, &location);
    call.azure.state.directory.principals.push(principal);
    Ok(created)
}

fn get(call: &mut GraphCall<'_>) -> GraphAnswer {
    odata::single(&document(find(call)?, call.azure), call.request)
}

/// Sets the properties that the body has.
fn update(call: &mut GraphCall<'_>) -> GraphAnswer {
    let body = odata::body(call.request, &WRITABLE)?;
    let id = find(call)?.object_id;
    let all = &mut call.azure.state.directory.principal_attributes;
    let written = body.as_object().cloned().unwrap_or_default();
    all.entry(id).or_default().extend(written);
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

/// Service principals that are made here have no owner.
fn owners(call: &mut GraphCall<'_>) -> GraphAnswer {
    find(call)?;
    odata::page(&[], call.request, call.azure)
}

fn delete(call: &mut GraphCall<'_>) -> GraphAnswer {
    // Its role assignments stay; the portal shows them as `Identity not found`.
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

/// Like `find`, to change what is found.
pub(super) fn find_mut<'c>(
    call: &'c mut GraphCall<'_>,
) -> Result<&'c mut StoredPrincipal, GraphRefusal> {
    let id = find(call)?.object_id;
    let mut principals = call.azure.state.directory.principals.iter_mut();
    let found = principals.find(|it| it.object_id == id);
    Ok(found.expect("the service principal was found a line above"))
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
    let passwords: Vec<Value> = principal
        .passwords
        .iter()
        .map(password_credential::without_hint)
        .collect();
    let mut shown = json!({
        "id": principal.object_id,
        "deletedDateTime": null,
        "accountEnabled": true,
        "alternativeNames": [],
        "appDisplayName": application.map(|it| it.display_name.as_str()),
        "appDescription": null,
        "appId": principal.app_id,
        "applicationTemplateId": null,
        "appOwnerOrganizationId": azure.state.directory.tenant_id,
        "appRoleAssignmentRequired": false,
        "createdDateTime": password_credential::date(principal.created),
        "description": null,
        "disabledByMicrosoftStatus": null,
        "displayName": principal.display_name,
        "homepage": null,
        "loginUrl": null,
        "logoutUrl": null,
        "notes": null,
        "notificationEmailAddresses": [],
        "preferredSingleSignOnMode": null,
        "preferredTokenSigningKeyThumbprint": null,
        "replyUrls": [],
        "servicePrincipalNames": [principal.app_id],
        // Role assignments do not know this difference: both are of principal type
        // `ServicePrincipal`.
        "servicePrincipalType": if application.is_some() { "Application" } else { "ManagedIdentity" },
        "signInAudience": application.map(|it| it.sign_in_audience.as_str()),
        "tags": [],
        "tokenEncryptionKeyId": null,
        "samlSingleSignOnSettings": null,
        "verifiedPublisher": {"displayName": null, "verifiedPublisherId": null, "addedDateTime": null},
        "addIns": [],
        "appRoles": [],
        "info": {"logoUrl": null, "marketingUrl": null, "privacyStatementUrl": null, "supportUrl": null, "termsOfServiceUrl": null},
        "keyCredentials": [],
        "oauth2PermissionScopes": [],
        "passwordCredentials": passwords,
        "resourceSpecificApplicationPermissions": [],
    });
    let written = azure
        .state
        .directory
        .principal_attributes
        .get(&principal.object_id);
    for (name, value) in written.into_iter().flatten() {
        shown[name] = value.clone();
    }
    shown
}
