//! Microsoft Graph, as far as applications, their service principals and their credentials go.

mod applications;
mod directory_objects;
mod federated_credentials;
mod odata;
mod passwords;
mod refusal;
mod service_principals;
#[cfg(test)]
mod tests;

use http::Method;

use self::{
    odata::{Key, Target},
    refusal::Refusal,
};
use super::{
    azure::Azure,
    request::Request,
    response::Response,
    state::PrincipalKind,
    tokens::{Caller, TokenRejection},
};

/// Answers one request to Graph.
pub(crate) fn answer(request: &Request, azure: &mut Azure) -> Response {
    respond(request, azure).unwrap_or_else(|refusal| {
        let id = azure.fresh_guid();
        refusal.response(id, request)
    })
}

fn respond(request: &Request, azure: &mut Azure) -> Result<Response, Refusal> {
    let token = request.bearer().ok_or(TokenRejection::Missing)?;
    let caller = azure
        .tokens
        .verify(token, &azure.state.cloud.audiences().graph, request.now)?;
    let segments = request.segments();
    let target = Target::read(&segments)?;
    authorize(&caller, &target, request, azure)?;
    route(&target, &caller, request, azure)
}

fn route(
    target: &Target<'_>,
    caller: &Caller,
    request: &Request,
    azure: &mut Azure,
) -> Result<Response, Refusal> {
    let (method, rest) = (request.method.as_str(), target.rest.as_slice());
    match (method, target.collection, &target.key, rest) {
        ("GET", "applications", None, []) => applications::list(request, azure),
        ("POST", "applications", None, []) => applications::create(caller, request, azure),
        ("GET", "applications", Some(key), []) => applications::get(key, request, azure),
        ("PATCH", "applications", Some(key), []) => {
            applications::upsert(key, caller, request, azure)
        }
        ("GET", "applications", Some(key), ["owners"]) => applications::owners(key, request, azure),
        ("DELETE", "applications", Some(key), []) => applications::delete(key, request, azure),
        ("POST", "applications", Some(key), ["addPassword"]) => passwords::add(key, request, azure),
        ("POST", "applications", Some(key), ["removePassword"]) => {
            passwords::remove(key, request, azure)
        }
        (_, "applications", Some(key), ["federatedIdentityCredentials", rest @ ..]) => {
            federated_credentials::route(key, rest, request, azure)
        }
        ("GET", "servicePrincipals", None, []) => service_principals::list(request, azure),
        ("POST", "servicePrincipals", None, []) => service_principals::create(request, azure),
        ("GET", "servicePrincipals", Some(key), []) => service_principals::get(key, request, azure),
        ("GET", "servicePrincipals", Some(key), ["owners"]) => {
            service_principals::owners(key, request, azure)
        }
        ("DELETE", "servicePrincipals", Some(key), []) => {
            service_principals::delete(key, request, azure)
        }
        ("POST", "directoryObjects", Some(Key::Id("getByIds")), []) => {
            directory_objects::get_by_ids(request, azure)
        }
        _ => Err(Refusal::no_such_route(request)),
    }
}

/// Users may look around in their directory; to change it, or to look as an application, takes a right of its own.
fn authorize(
    caller: &Caller,
    target: &Target<'_>,
    request: &Request,
    azure: &Azure,
) -> Result<(), Refusal> {
    let directory = &azure.state.directory;
    let administers = directory
        .application_administrators
        .contains(&caller.object_id);
    let reads = request.method == Method::GET || target.collection == "directoryObjects";
    let is_user = directory
        .principal(caller.object_id)
        .is_some_and(|principal| principal.kind == PrincipalKind::User);
    if administers || (reads && is_user) {
        Ok(())
    } else {
        Err(Refusal::Denied)
    }
}
