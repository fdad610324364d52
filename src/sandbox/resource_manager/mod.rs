//! Azure Resource Manager: one file per REST collection, behind one strict entrance.

mod arm_path;
mod arm_resource;
mod authentication;
mod authorization;
mod call;
mod casing;
mod collection;
mod data_collection_versions;
mod documents;
mod filter;
mod headers;
mod kusto;
mod kusto_tokens;
mod listing;
mod machines;
mod managed_cluster_body;
mod managed_cluster_versions;
mod managed_cluster_view;
mod managed_cluster_write;
mod provider_fields;
mod refusal;
mod request_validation;
mod resource_graph_rows;
mod resources_versions;
mod route;
#[cfg(test)]
mod served;
#[cfg(test)]
mod tests;
mod verb;

use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

use self::{
    call::ArmCall,
    collection::{CollectionHandlers, RouteMatch},
    refusal::{ArmAnswer, ArmRefusal},
    route::ArmRoute,
};
use super::{
    azure::Azure, path_template::Captures, request::ServiceRequest, response::Response,
    tokens::TokenCaller,
};

/// Declares the file of each collection, and the list of all of them: each registers itself with its `COLLECTION`.
macro_rules! collections {
    ($($file:ident),+ $(,)?) => {
        $(mod $file;)+

        static COLLECTIONS: &[&CollectionHandlers] = &[$(&$file::COLLECTION),+];
    };
}

collections! {
    subscriptions,
    providers,
    operations,
    resource_groups,
    workspaces,
    data_collection_endpoints,
    data_collection_rules,
    role_assignments,
    role_definitions,
    permissions,
    user_assigned_identities,
    federated_credentials,
    managed_clusters,
    agent_pools,
    virtual_machine_scale_sets,
    virtual_machines,
    metrics_containers,
    data_collection_rule_associations,
    locks,
    connected_clusters,
    prometheus_rule_groups,
    metric_alerts,
    action_groups,
    grafana_instances,
    cluster_extensions,
    resources,
    resource_graph,
}

/// Answers one request to Resource Manager.
pub(crate) fn answer(request: &ServiceRequest, azure: &mut Azure) -> Response {
    if request.lacks_length {
        return length_required();
    }
    let answered = handle(request, azure);
    headers::with_ids(answered.unwrap_or_else(Response::from), request)
}

fn handle(request: &ServiceRequest, azure: &mut Azure) -> ArmAnswer {
    // The token first, so that a caller without one learns nothing of what exists.
    let caller = authentication::authenticate(request, azure)?;
    let (route, path) = match collection::find(COLLECTIONS, &request.method, &request.segments()) {
        RouteMatch::Route(route, path) => (route, path),
        RouteMatch::OtherMethodsOnly => return Err(wrong_method(request)),
        RouteMatch::Nothing => return Err(unknown_path(request)),
    };
    let principal = caller.object_id;
    let response = perform(request, azure, (route, path), caller).unwrap_or_else(Response::from);
    let response = headers::with_provider_headers(response, request, route, principal);
    Ok(response.noting("principal", principal.to_string()))
}

fn perform(
    request: &ServiceRequest,
    azure: &mut Azure,
    (route, path): (&'static ArmRoute, Captures),
    caller: TokenCaller,
) -> ArmAnswer {
    let body = request_validation::body_of(request, route)?;
    let mut call = ArmCall {
        request,
        azure,
        verb: route.verb,
        action: route.action,
        caller,
        path,
        body,
    };
    authorization::admit(&mut call)?;
    (route.handle)(&mut call)
}

/// The documents of everything that exists now.
pub(super) fn documents(azure: &Azure, now: Timestamp) -> Vec<Value> {
    let in_graph = COLLECTIONS.iter().filter_map(|it| it.rows.as_ref());
    let rows = in_graph.flat_map(|rows| (rows.documents)(azure, now));
    let others = COLLECTIONS.iter().filter_map(|it| it.others);
    rows.map(|(_, document)| document)
        .chain(others.flat_map(|documents| documents(azure)))
        .collect()
}

/// Whether a collection has resources of this type.
fn serves(resource_type: &str) -> bool {
    let types = COLLECTIONS
        .iter()
        .filter_map(|it| it.resource_type.as_ref());
    types
        .map(|it| it.name)
        .any(|name| name.eq_ignore_ascii_case(resource_type))
}

/// The web server before Resource Manager refuses this, so there are no ids and no JSON.
fn length_required() -> Response {
    Response::html(
        StatusCode::LENGTH_REQUIRED,
        "<HTML><HEAD><TITLE>Length Required</TITLE></HEAD><BODY><h2>Length Required</h2><hr>\
         <p>HTTP Error 411. The request must be chunked or have a content length.</p></BODY></HTML>",
    )
}

fn wrong_method(request: &ServiceRequest) -> ArmRefusal {
    ArmRefusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "MethodNotAllowed",
        format!(
            "'{}' is not understood at '{}'.",
            request.method, request.path
        ),
    )
}

fn unknown_path(request: &ServiceRequest) -> ArmRefusal {
    // An unknown type below a provider has a code of its own.
    let code = if request.path.to_ascii_lowercase().contains("/providers/") {
        "InvalidResourceType"
    } else {
        "NotFound"
    };
    ArmRefusal::not_found(
        code,
        format!(
            "The sandbox knows no resource type or path like '{}'.",
            request.path
        ),
    )
}

/// What is served, as a table for the documentation.
#[cfg(test)]
pub(super) fn served() -> String {
    served::table()
}
