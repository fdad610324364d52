//! Applications: what a client id stands for.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    odata::{self, Key},
    passwords,
    refusal::Refusal,
};
use crate::sandbox::{azure::Azure, request::Request, response::Response, state::Application};

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
        if azure.has_replicated(application.created, request.now) && matches(application)? {
            found.push(document(application));
        }
    }
    odata::page(&found, request, azure)
}

pub(super) fn create(request: &Request, azure: &mut Azure) -> Result<Response, Refusal> {
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

/// Takes an application away, and its service principal with it. Role assignments stay, as orphans.
pub(super) fn delete(
    key: &Key<'_>,
    request: &Request,
    azure: &mut Azure,
) -> Result<Response, Refusal> {
    let app_id = find(key, request, azure)?.app_id;
    let directory = &mut azure.state.directory;
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
        "passwordCredentials": passwords,
        "keyCredentials": [],
    })
}
