//! Applications: what a client id stands for.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    directory_objects,
    odata::{self, Key},
    passwords,
    refusal::Refusal,
};
use crate::sandbox::{
    azure::Azure, request::Request, response::Response, state::Application, tokens::Caller,
};

const KNOWN: [&str; 3] = ["displayName", "signInAudience", "tags"];

pub(super) fn list(request: &Request, azure: &Azure) -> Result<Response, Refusal> {
    let filter = odata::filter(request)?;
    let matches = |application: &Application| match &filter {
        None => Ok(true),
        Some((property, value)) => match property.as_str() {
            "displayName" => Ok(application.display_name == *value),
            "appId" => Ok(application.app_id.to_string() == *value),
            _ => Err(Refusal::Filter(property.clone())),
        },
    };
    let mut found = Vec::new();
    for application in &azure.state.directory.applications {
        if azure.is_listed(application.created, request.now) && matches(application)? {
            found.push(document(application));
        }
    }
    odata::page(&found, request, azure)
}

pub(super) fn create(
    caller: &Caller,
    request: &Request,
    azure: &mut Azure,
) -> Result<Response, Refusal> {
    make(None, caller, request, azure)
}

/// Creates the application with this unique name, or changes it when there is one; the primary replica decides, so that
/// two at once make one.
pub(super) fn upsert(
    key: &Key<'_>,
    caller: &Caller,
    request: &Request,
    azure: &mut Azure,
) -> Result<Response, Refusal> {
    let Key::UniqueName(unique_name) = key else {
        return Err(Refusal::no_such_route(request));
    };
    let directory = &mut azure.state.directory;
    let is_meant = |it: &&mut Application| it.unique_name.as_deref() == Some(unique_name);
    if let Some(application) = directory.applications.iter_mut().find(is_meant) {
        let body = odata::body(request, &KNOWN)?;
        if !body["displayName"].is_null() {
            odata::text(&body, "displayName")?.clone_into(&mut application.display_name);
        }
        return Ok(Response::empty(StatusCode::NO_CONTENT));
    }
    if request.header("prefer") != Some("create-if-missing") {
        return Err(Refusal::NotFound(key.text()));
    }
    if directory
        .deleted_unique_names
        .iter()
        .any(|name| name == unique_name)
    {
        return Err(Refusal::UniqueNameTaken);
    }
    make(Some((*unique_name).to_owned()), caller, request, azure)
}

fn make(
    unique_name: Option<String>,
    caller: &Caller,
    request: &Request,
    azure: &mut Azure,
) -> Result<Response, Refusal> {
    let body = odata::body(request, &KNOWN)?;
    let display_name = odata::text(&body, "displayName")?.to_owned();
    match body["signInAudience"].as_str() {
        None | Some("AzureADMyOrg" | "AzureADMultipleOrgs") => {}
        Some(other) => {
            return Err(Refusal::Value {
                property: "signInAudience",
                why: format!("the sandbox does not know '{other}'."),
            });
        }
    }
    let tags = body["tags"].as_array().into_iter().flatten();
    let application = Application {
        object_id: azure.fresh_guid(),
        app_id: azure.fresh_guid(),
        display_name,
        tags: tags.filter_map(Value::as_str).map(str::to_owned).collect(),
        unique_name,
        owners: vec![caller.object_id],
        passwords: Vec::new(),
        credentials: Vec::new(),
        created: request.now,
    };
    let created = document(&application);
    azure.state.directory.applications.push(application);
    Ok(Response::json(StatusCode::CREATED, &created))
}

pub(super) fn get(key: &Key<'_>, request: &Request, azure: &Azure) -> Result<Response, Refusal> {
    odata::single(&document(find(key, request, azure)?), request)
}

pub(super) fn owners(key: &Key<'_>, request: &Request, azure: &Azure) -> Result<Response, Refusal> {
    let application = find(key, request, azure)?;
    let directory = &azure.state.directory;
    let owners: Vec<Value> = application
        .owners
        .iter()
        .filter_map(|owner| directory.principal(*owner))
        .map(directory_objects::document)
        .collect();
    odata::page(&owners, request, azure)
}

/// Takes an application away, and its service principal with it. Role assignments stay, as orphans.
pub(super) fn delete(
    key: &Key<'_>,
    request: &Request,
    azure: &mut Azure,
) -> Result<Response, Refusal> {
    let found = find(key, request, azure)?;
    let (app_id, unique_name) = (found.app_id, found.unique_name.clone());
    let directory = &mut azure.state.directory;
    directory.deleted_unique_names.extend(unique_name);
    directory.applications.retain(|it| it.app_id != app_id);
    directory.principals.retain(|it| it.app_id != Some(app_id));
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

/// The application with this key, once its making has reached all replicas.
pub(super) fn find<'a>(
    key: &Key<'_>,
    request: &Request,
    azure: &'a Azure,
) -> Result<&'a Application, Refusal> {
    azure
        .state
        .directory
        .applications
        .iter()
        .filter(|application| azure.has_replicated(application.created, request.now))
        .find(|application| match key {
            Key::Id(id) => id.parse() == Ok(application.object_id),
            Key::AppId(id) => id.parse() == Ok(application.app_id),
            Key::UniqueName(name) => application.unique_name.as_deref() == Some(name),
        })
        .ok_or_else(|| Refusal::NotFound(key.text()))
}

/// Like `find`, to change what is found.
pub(super) fn find_mut<'a>(
    key: &Key<'_>,
    request: &Request,
    azure: &'a mut Azure,
) -> Result<&'a mut Application, Refusal> {
    let id = find(key, request, azure)?.object_id;
    let applications = &mut azure.state.directory.applications;
    let found = applications
        .iter_mut()
        .find(|application| application.object_id == id);
    Ok(found.expect("the application was found a line above"))
}

fn document(application: &Application) -> Value {
    let passwords: Vec<Value> = application
        .passwords
        .iter()
        .map(passwords::document)
        .collect();
    json!({
        "id": application.object_id,
        "appId": application.app_id,
        "displayName": application.display_name,
        "createdDateTime": passwords::date(application.created),
        "signInAudience": "AzureADMyOrg",
        "tags": application.tags,
        "uniqueName": application.unique_name,
        "passwordCredentials": passwords,
        "keyCredentials": [],
    })
}
