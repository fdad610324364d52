//! Applications: each has a client id.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    call::{GraphAnswer, GraphCall},
    directory_objects,
    odata::{self, ObjectKey},
    password_credential,
    refusal::GraphRefusal,
    route::GraphRoute,
};
use crate::sandbox::{
    response::Response,
    state::{DOMAINS, StoredApplication},
};

/// Properties that can be written. What is below them is stored as it is.
const KNOWN: [&str; 13] = [
    "displayName",
    "signInAudience",
    "tags",
    "api",
    "appRoles",
    "description",
    "identifierUris",
    "isFallbackPublicClient",
    "keyCredentials",
    "notes",
    "requiredResourceAccess",
    "serviceManagementReference",
    "web",
];

/// Who may sign in where an application's creation does not set it: not this tenant alone.
const USUAL_AUDIENCE: &str = "AzureADandPersonalMicrosoftAccount";

const AUDIENCES: [&str; 4] = [
    "AzureADMyOrg",
    "AzureADMultipleOrgs",
    USUAL_AUDIENCE,
    "PersonalMicrosoftAccount",
];

pub(super) static ROUTES: &[GraphRoute] = &[
    GraphRoute::get("/applications", list),
    GraphRoute::new("POST", "/applications", create),
    GraphRoute::get("/applications/{key}", get),
    GraphRoute::new("PATCH", "/applications/{key}", upsert),
    GraphRoute::new("DELETE", "/applications/{key}", delete),
    GraphRoute::get("/applications/{key}/owners", owners),
    GraphRoute::new(
        "DELETE",
        "/applications/{key}/owners/{owner}/$ref",
        remove_owner,
    ),
    GraphRoute::get("/directory/deletedItems/{id}", get_deleted),
    GraphRoute::new("DELETE", "/directory/deletedItems/{id}", purge),
];

fn list(call: &mut GraphCall<'_>) -> GraphAnswer {
    let all = &call.azure.state.directory.applications;
    let listed = all
        .iter()
        .filter(|it| call.azure.is_listed(it.created, call.request.now))
        .map(document);
    let found = odata::filtered(listed, call.request)?;
    odata::page(&found, call.request, call.azure)
}

fn create(call: &mut GraphCall<'_>) -> GraphAnswer {
    make(None, call)
}

/// Changes an application. One that is named by a unique name is created when there is none; the primary replica decides,
/// so that two at once make one.
fn upsert(call: &mut GraphCall<'_>) -> GraphAnswer {
    let key = call.key();
    let ObjectKey::UniqueName(unique_name) = key else {
        let body = odata::body(call.request, &KNOWN)?;
        write(&body, find_mut(call)?)?;
        return Ok(Response::empty(StatusCode::NO_CONTENT));
    };
    let directory = &mut call.azure.state.directory;
    let has_name = |it: &&mut StoredApplication| it.unique_name.as_deref() == Some(unique_name);
    if let Some(application) = directory.applications.iter_mut().find(has_name) {
        write(&odata::body(call.request, &KNOWN)?, application)?;
        return Ok(Response::empty(StatusCode::NO_CONTENT));
    }
    // Graph creates by PATCH only with this header; without it, a key that does not exist is 404.
    if call.request.header("prefer") != Some("create-if-missing") {
        return Err(GraphRefusal::NotFound(key.text()));
    }
    if directory
        .deleted_applications
        .iter()
        .any(|deleted| deleted.unique_name.as_deref() == Some(unique_name))
    {
        // A deleted application keeps its unique name for the 30 days in which it can be restored.
        return Err(GraphRefusal::UniqueNameTaken);
    }
    make(Some(unique_name.to_owned()), call)
}

/// Sets the properties that the body has.
fn write(body: &Value, application: &mut StoredApplication) -> Result<(), GraphRefusal> {
    // All or nothing: where one property is refused, the others stay as they were.
    let mut changed = application.clone();
    let properties = body.as_object().into_iter().flatten();
    for (name, value) in properties {
        match name.as_str() {
            "displayName" => {
                odata::text(body, "displayName")?.clone_into(&mut changed.display_name);
            }
            "signInAudience" => changed.sign_in_audience = audience(value)?,
            "tags" => changed.tags = texts(value),
            // PATCH replaces the list: a client that sends its own certificate alone removes all
            // others.
            "keyCredentials" => {
                let shown = without_keys(value);
                changed.attributes.insert(name.clone(), shown);
            }
            _ => {
                changed.attributes.insert(name.clone(), value.clone());
            }
        }
    }
    *application = changed;
    Ok(())
}

fn audience(value: &Value) -> Result<String, GraphRefusal> {
    match value.as_str() {
        Some(known) if AUDIENCES.contains(&known) => Ok(known.to_owned()),
        _ => Err(GraphRefusal::Value {
            property: "signInAudience",
            why: format!("there is no audience {value}."),
        }),
    }
}

/// Certificates are shown without the key itself.
fn without_keys(credentials: &Value) -> Value {
    let mut shown = credentials.clone();
    for credential in shown.as_array_mut().into_iter().flatten() {
        if let Some(credential) = credential.as_object_mut() {
            credential.insert("key".to_owned(), Value::Null);
        }
    }
    shown
}

fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn make(unique_name: Option<String>, call: &mut GraphCall<'_>) -> GraphAnswer {
    let body = odata::body(call.request, &KNOWN)?;
    let mut application = StoredApplication {
        object_id: call.azure.fresh_guid(),
        // Two ids: Graph's URLs take the first, sign-ins the second, and users mistake one for the other.
        app_id: call.azure.fresh_guid(),
        display_name: odata::text(&body, "displayName")?.to_owned(),
        tags: Vec::new(),
        sign_in_audience: USUAL_AUDIENCE.to_owned(),
        attributes: Map::new(),
        unique_name,
        // Graph makes the caller an owner, who may change the application without a role in the directory.
        owners: vec![call.caller.object_id],
        passwords: Vec::new(),
        credentials: Vec::new(),
        created: call.request.now,
    };
    write(&body, &mut application)?;
    let tenant = call.azure.state.directory.tenant_id;
    let location = format!(
        "{tenant}/directoryObjects/{}/Microsoft.DirectoryServices.Application",
        application.object_id
    );
    let created = odata::created(&document(&application), call.request, &location);
    call.azure.state.directory.applications.push(application);
    Ok(created)
}

fn get(call: &mut GraphCall<'_>) -> GraphAnswer {
    odata::single(&document(find(call)?), call.request)
}

fn remove_owner(call: &mut GraphCall<'_>) -> GraphAnswer {
    let owner = call.path.get("owner").to_owned();
    let application = find_mut(call)?;
    let at = application
        .owners
        .iter()
        .position(|it| owner.parse() == Ok(*it))
        .ok_or(GraphRefusal::NotFound(owner))?;
    application.owners.remove(at);
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

/// Deletes for ever an application that was deleted.
fn purge(call: &mut GraphCall<'_>) -> GraphAnswer {
    let id = call.path.get("id").to_owned();
    let all = &mut call.azure.state.directory.deleted_applications;
    let before = all.len();
    all.retain(|it| it.object_id.to_string() != id);
    match all.len() == before {
        true => Err(GraphRefusal::NotFound(id)),
        false => Ok(Response::empty(StatusCode::NO_CONTENT)),
    }
}

fn owners(call: &mut GraphCall<'_>) -> GraphAnswer {
    let application = find(call)?;
    let directory = &call.azure.state.directory;
    let owners: Vec<Value> = application
        .owners
        .iter()
        .filter_map(|owner| directory.principal(*owner))
        .map(directory_objects::document)
        .collect();
    odata::page(&owners, call.request, call.azure)
}

/// Takes an application away, and its service principal with it. Role assignments stay, as orphans.
fn delete(call: &mut GraphCall<'_>) -> GraphAnswer {
    let found = find(call)?;
    let deleted = found.clone();
    let app_id = deleted.app_id;
    let directory = &mut call.azure.state.directory;
    // DELETE is soft: `az` purges with a second one, at `/directory/deletedItems` (recorded).
    directory.deleted_applications.push(deleted);
    directory.applications.retain(|it| it.app_id != app_id);
    // Graph removes the service principal of this tenant too; role assignments of it are found later as orphans.
    directory.principals.retain(|it| it.app_id != Some(app_id));
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

/// An application that was deleted and could be restored.
fn get_deleted(call: &mut GraphCall<'_>) -> GraphAnswer {
    let id = call.path.get("id").to_owned();
    let all = &call.azure.state.directory.deleted_applications;
    let found = all.iter().find(|it| it.object_id.to_string() == id);
    let found = found.ok_or(GraphRefusal::NotFound(id))?;
    Ok(Response::json(StatusCode::OK, &document(found)))
}

/// The application that the path names, once its making has reached all replicas.
pub(super) fn find<'c>(call: &'c GraphCall<'_>) -> Result<&'c StoredApplication, GraphRefusal> {
    let key = call.key();
    call.azure
        .state
        .directory
        .applications
        .iter()
        .filter(|it| call.azure.has_replicated(it.created, call.request.now))
        .find(|application| match key {
            ObjectKey::Id(id) => id.parse() == Ok(application.object_id),
            ObjectKey::AppId(id) => id.parse() == Ok(application.app_id),
            ObjectKey::UniqueName(name) => application.unique_name.as_deref() == Some(name),
        })
        .ok_or_else(|| GraphRefusal::NotFound(key.text()))
}

/// Like `find`, to change what is found.
pub(super) fn find_mut<'c>(
    call: &'c mut GraphCall<'_>,
) -> Result<&'c mut StoredApplication, GraphRefusal> {
    let id = find(call)?.object_id;
    let applications = &mut call.azure.state.directory.applications;
    let found = applications
        .iter_mut()
        .find(|application| application.object_id == id);
    Ok(found.expect("the application was found a line above"))
}

pub(super) fn document(application: &StoredApplication) -> Value {
    let passwords = application.passwords.iter();
    let passwords: Vec<Value> = passwords.map(password_credential::document).collect();
    let mut shown = json!({
        "id": application.object_id,
        "deletedDateTime": null,
        "appId": application.app_id,
        "applicationTemplateId": null,
        "disabledByMicrosoftStatus": null,
        "createdDateTime": password_credential::date(application.created),
        "displayName": application.display_name,
        "description": null,
        "groupMembershipClaims": null,
        "identifierUris": [],
        "isDeviceOnlyAuthSupported": null,
        "isFallbackPublicClient": null,
        "notes": null,
        "publisherDomain": DOMAINS[0],
        "serviceManagementReference": null,
        "signInAudience": application.sign_in_audience,
        "tags": application.tags,
        "tokenEncryptionKeyId": null,
        "defaultRedirectUri": null,
        "certification": null,
        "optionalClaims": null,
        "addIns": [],
        "api": {
            "acceptMappedClaims": null,
            "knownClientApplications": [],
            "requestedAccessTokenVersion": null,
            "oauth2PermissionScopes": [],
            "preAuthorizedApplications": [],
        },
        "appRoles": [],
        "info": {"logoUrl": null, "marketingUrl": null, "privacyStatementUrl": null, "supportUrl": null, "termsOfServiceUrl": null},
        "keyCredentials": [],
        "parentalControlSettings": {"countriesBlockedForMinors": [], "legalAgeGroupRule": "Allow"},
        "passwordCredentials": passwords,
        "publicClient": {"redirectUris": []},
        "requiredResourceAccess": [],
        "verifiedPublisher": {"displayName": null, "verifiedPublisherId": null, "addedDateTime": null},
        "web": {
            "homePageUrl": null,
            "logoutUrl": null,
            "redirectUris": [],
            "implicitGrantSettings": {"enableAccessTokenIssuance": false, "enableIdTokenIssuance": false},
        },
        "spa": {"redirectUris": []},
    });
    // Recordings have it as null since 2024 and lack it before; a client must cope with both.
    if let Some(unique_name) = &application.unique_name {
        shown["uniqueName"] = unique_name.as_str().into();
    }
    for (name, value) in &application.attributes {
        merge(&mut shown[name], value);
    }
    shown
}

/// An object takes the properties that were written and keeps its others.
fn merge(shown: &mut Value, written: &Value) {
    match (shown, written) {
        (Value::Object(shown), Value::Object(written)) => shown.extend(written.clone()),
        (shown, written) => *shown = written.clone(),
    }
}
