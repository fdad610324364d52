//! Microsoft Graph, as far as applications, their service principals and their credentials go.

mod applications;
mod call;
mod directory_objects;
mod federated_credentials;
mod odata;
mod password_credential;
mod passwords;
mod refusal;
mod route;
mod service_principals;
#[cfg(test)]
mod tests;

use http::Method;
use serde_json::Value;

use self::{
    call::{GraphAnswer, GraphCall},
    odata::ODataTarget,
    refusal::GraphRefusal,
    route::GraphRoute,
};
use super::{
    azure::Azure,
    path_template::Captures,
    request::ServiceRequest,
    response::Response,
    state::{StoredApplication, StoredPrincipalKind},
    tokens::{TokenCaller, TokenRejection},
};

/// Every collection: each registers itself with the `ROUTES` of its file.
static COLLECTIONS: &[&[GraphRoute]] = &[
    applications::ROUTES,
    passwords::ROUTES,
    federated_credentials::ROUTES,
    service_principals::ROUTES,
    directory_objects::ROUTES,
];

/// Answers one request to Graph.
pub(crate) fn answer(request: &ServiceRequest, azure: &mut Azure) -> Response {
    let id = azure.fresh_guid();
    let response = respond(request, azure).unwrap_or_else(|refusal| refusal.response(id, request));
    // Graph calls it `request-id`; Resource Manager calls it `x-ms-request-id`.
    response.with_header("request-id", id.to_string())
}

/// The documents of all applications, with their credentials but no secret.
pub(super) fn applications(azure: &Azure) -> Vec<Value> {
    let shown = |it: &StoredApplication| {
        let mut document = applications::document(it);
        document["federatedIdentityCredentials"] = federated_credentials::documents(it).into();
        document
    };
    azure
        .state
        .directory
        .applications
        .iter()
        .map(shown)
        .collect()
}

/// The documents of everyone who can hold a role.
pub(super) fn principals(azure: &Azure) -> Vec<Value> {
    let principals = azure.state.directory.principals.iter();
    principals.map(directory_objects::document).collect()
}

fn respond(request: &ServiceRequest, azure: &mut Azure) -> GraphAnswer {
    let token = request.bearer().ok_or(TokenRejection::Missing)?;
    let caller = azure
        .tokens
        .verify(token, &azure.state.cloud.audiences().graph, request.now)?;
    let segments = request.segments();
    let target = ODataTarget::read(&segments)?;
    let found = find(request, &target);
    authorize(
        &caller,
        request,
        found.as_ref().map(|(route, _)| *route),
        azure,
    )?;
    let (route, path) = found.ok_or_else(|| GraphRefusal::no_such_route(request))?;
    (route.handle)(&mut GraphCall {
        request,
        azure,
        caller,
        key: target.key,
        path,
    })
}

fn find(
    request: &ServiceRequest,
    target: &ODataTarget<'_>,
) -> Option<(&'static GraphRoute, Captures)> {
    let method = request.method.as_str();
    let mut routes = COLLECTIONS.iter().copied().flatten();
    routes.find_map(|route| Some((route, route.matches(method, &target.segments)?)))
}

/// Every user may read the directory. To change it, or to read it as an application, takes a right of its own.
fn authorize(
    caller: &TokenCaller,
    request: &ServiceRequest,
    route: Option<&GraphRoute>,
    azure: &Azure,
) -> Result<(), GraphRefusal> {
    let directory = &azure.state.directory;
    let administers = directory
        .application_administrators
        .contains(&caller.object_id);
    let reads = route.map_or(request.method == Method::GET, |route| route.reads);
    let is_user = directory
        .principal(caller.object_id)
        .is_some_and(|principal| principal.kind == StoredPrincipalKind::User);
    if administers || (reads && is_user) {
        Ok(())
    } else {
        Err(GraphRefusal::Denied)
    }
}

/// What is served, as a table for the documentation.
#[cfg(test)]
pub(super) fn served() -> String {
    let mut table = "| path | methods |\n|---|---|\n".to_owned();
    let routes: Vec<(&str, &str)> = COLLECTIONS
        .iter()
        .copied()
        .flatten()
        .map(GraphRoute::name)
        .collect();
    let mut paths: Vec<&str> = routes.iter().map(|(_, path)| *path).collect();
    paths.dedup();
    for path in paths {
        let of_path = routes.iter().filter(|(_, other)| *other == path);
        let methods: Vec<&str> = of_path.map(|(method, _)| *method).collect();
        table += &format!("| `/v1.0{path}` | {} |\n", methods.join(" "));
    }
    table
}
