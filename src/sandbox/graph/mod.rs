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

use self::{
    call::{Answer, Call},
    odata::Target,
    refusal::Refusal,
    route::Route,
};
use super::{
    azure::Azure,
    path_template::Captures,
    request::Request,
    response::Response,
    state::PrincipalKind,
    tokens::{Caller, TokenRejection},
};

/// Every collection: each registers itself with the `ROUTES` of its file.
static COLLECTIONS: &[&[Route]] = &[
    applications::ROUTES,
    passwords::ROUTES,
    federated_credentials::ROUTES,
    service_principals::ROUTES,
    directory_objects::ROUTES,
];

/// Answers one request to Graph.
pub(crate) fn answer(request: &Request, azure: &mut Azure) -> Response {
    respond(request, azure).unwrap_or_else(|refusal| {
        let id = azure.fresh_guid();
        refusal.response(id, request)
    })
}

fn respond(request: &Request, azure: &mut Azure) -> Answer {
    let token = request.bearer().ok_or(TokenRejection::Missing)?;
    let caller = azure
        .tokens
        .verify(token, &azure.state.cloud.audiences().graph, request.now)?;
    let segments = request.segments();
    let target = Target::read(&segments)?;
    let found = find(request, &target);
    authorize(
        &caller,
        request,
        found.as_ref().map(|(route, _)| *route),
        azure,
    )?;
    let (route, path) = found.ok_or_else(|| Refusal::no_such_route(request))?;
    (route.handle)(&mut Call {
        request,
        azure,
        caller,
        key: target.key,
        path,
    })
}

fn find(request: &Request, target: &Target<'_>) -> Option<(&'static Route, Captures)> {
    let method = request.method.as_str();
    let mut routes = COLLECTIONS.iter().copied().flatten();
    routes.find_map(|route| Some((route, route.matches(method, &target.segments)?)))
}

/// Every user may read the directory. To change it, or to read it as an application, takes a right of its own.
fn authorize(
    caller: &Caller,
    request: &Request,
    route: Option<&Route>,
    azure: &Azure,
) -> Result<(), Refusal> {
    let directory = &azure.state.directory;
    let administers = directory
        .application_administrators
        .contains(&caller.object_id);
    let reads = route.map_or(request.method == Method::GET, |route| route.reads);
    let is_user = directory
        .principal(caller.object_id)
        .is_some_and(|principal| principal.kind == PrincipalKind::User);
    if administers || (reads && is_user) {
        Ok(())
    } else {
        Err(Refusal::Denied)
    }
}
