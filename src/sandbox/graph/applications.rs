//! Applications: each has a client id.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    call::{GraphAnswer, GraphCall},
    directory_objects,
    odata::{self, ObjectKey},
    password_credential,
    refusal::GraphRefusal,
    route::GraphRoute,
};
use crate::sandbox::{response::Response, state::StoredApplication};

const KNOWN: [&str; 3] = ["displayName", "signInAudience", "tags"];

pub(super) static ROUTES: &[GraphRoute] = &[
    GraphRoute::get("/applications", list),
    GraphRoute::new("POST", "/applications", create),
    GraphRoute::get("/applications/{key}", get),
    GraphRoute::new("PATCH", "/applications/{key}", upsert),
    GraphRoute::new("DELETE", "/applications/{key}", delete),
    GraphRoute::get("/applications/{key}/owners", owners),
    GraphRoute::get("/directory/deletedItems/{id}", get_deleted),
];

fn list(call: &mut GraphCall<'_>) -> GraphAnswer {
    let filter = odata::filter(call.request)?;
    let matches = |application: &StoredApplication| match &filter {
        None => Ok(true),
        Some((property, value)) => match property.as_str() {
            "displayName" => Ok(application.display_name == *value),
            "appId" => Ok(application.app_id.to_string() == *value),
            _ => Err(GraphRefusal::Filter(property.clone())),
        },
    };
    let mut found = Vec::new();
    for application in &call.azure.state.directory.applications {
        if call.azure.is_listed(application.created, call.request.now) && matches(application)? {
            found.push(document(application));
        }
    }
    odata::page(&found, call.request, call.azure)
}

fn create(call: &mut GraphCall<'_>) -> GraphAnswer {
    make(None, call)
}

/// Creates the application with this unique name, or changes it when there is one; the primary replica decides, so that
/// two at once make one.
fn upsert(call: &mut GraphCall<'_>) -> GraphAnswer {
    let key = call.key();
    let ObjectKey::UniqueName(unique_name) = key else {
        return Err(GraphRefusal::no_such_route(call.request));
    };
    let directory = &mut call.azure.state.directory;
    let has_name = |it: &&mut StoredApplication| it.unique_name.as_deref() == Some(unique_name);
    if let Some(application) = directory.applications.iter_mut().find(has_name) {
        let body = odata::body(call.request, &KNOWN)?;
        if !body["displayName"].is_null() {
            odata::text(&body, "displayName")?.clone_into(&mut application.display_name);
        }
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

fn make(unique_name: Option<String>, call: &mut GraphCall<'_>) -> GraphAnswer {
    let body = odata::body(call.request, &KNOWN)?;
    let display_name = odata::text(&body, "displayName")?.to_owned();
    match body["signInAudience"].as_str() {
        None | Some("AzureADMyOrg" | "AzureADMultipleOrgs") => {}
        Some(other) => {
            return Err(GraphRefusal::Value {
                property: "signInAudience",
                why: format!("the sandbox does not know '{other}'."),
            });
        }
    }
    let tags = body["tags"].as_array().into_iter().flatten();
    let application = StoredApplication {
        object_id: call.azure.fresh_guid(),
        app_id: call.azure.fresh_guid(),
        display_name,
        tags: tags.filter_map(Value::as_str).map(str::to_owned).collect(),
        unique_name,
        owners: vec![call.caller.object_id],
        passwords: Vec::new(),
        credentials: Vec::new(),
        created: call.request.now,
    };
    let created = document(&application);
    call.azure.state.directory.applications.push(application);
    Ok(Response::json(StatusCode::CREATED, &created))
}

fn get(call: &mut GraphCall<'_>) -> GraphAnswer {
    odata::single(&document(find(call)?), call.request)
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

fn document(application: &StoredApplication) -> Value {
    let passwords: Vec<Value> = application
        .passwords
        .iter()
        .map(password_credential::document)
        .collect();
    json!({
        "id": application.object_id,
        "appId": application.app_id,
        "displayName": application.display_name,
        "createdDateTime": password_credential::date(application.created),
        "signInAudience": "AzureADMyOrg",
        "tags": application.tags,
        "uniqueName": application.unique_name,
        "passwordCredentials": passwords,
        "keyCredentials": [],
    })
}
