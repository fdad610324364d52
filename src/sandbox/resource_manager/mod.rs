//! Azure Resource Manager: one file per REST collection, behind one strict entrance.

mod authentication;
mod authorization;
mod call;
mod casing;
mod collection;
mod data_collection_endpoints;
mod data_collection_rules;
mod federated_credentials;
mod filter;
mod kusto;
mod kusto_tokens;
mod listing;
mod managed_cluster_view;
mod managed_clusters;
mod operations;
mod permissions;
mod providers;
mod refusal;
mod request_validation;
mod resource_graph;
mod resource_graph_rows;
mod resource_groups;
mod role_assignments;
mod role_definitions;
mod route;
mod subscriptions;
#[cfg(test)]
mod tests;
mod user_assigned_identities;
mod verb;
mod virtual_machine_scale_sets;
mod workspaces;

use http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use self::{
    call::ArmCall,
    collection::{CollectionHandlers, Found},
    refusal::{ArmAnswer, ArmRefusal},
};
use super::{azure::Azure, request::ServiceRequest, response::Response};

/// Every collection: each registers itself with the `COLLECTION` of its file.
static COLLECTIONS: &[&CollectionHandlers] = &[
    &subscriptions::COLLECTION,
    &providers::COLLECTION,
    &operations::COLLECTION,
    &resource_groups::COLLECTION,
    &workspaces::COLLECTION,
    &data_collection_endpoints::COLLECTION,
    &data_collection_rules::COLLECTION,
    &role_assignments::COLLECTION,
    &role_definitions::COLLECTION,
    &permissions::COLLECTION,
    &user_assigned_identities::COLLECTION,
    &federated_credentials::COLLECTION,
    &managed_clusters::COLLECTION,
    &virtual_machine_scale_sets::COLLECTION,
    &resource_graph::COLLECTION,
];

/// Answers one request to Resource Manager.
pub(crate) fn answer(request: &ServiceRequest, azure: &mut Azure) -> Response {
    let answered = handle(request, azure);
    with_correlation(answered.unwrap_or_else(Response::from), request)
}

fn handle(request: &ServiceRequest, azure: &mut Azure) -> ArmAnswer {
    let caller = authentication::authenticate(request, azure)?;
    let (route, path) = match collection::find(COLLECTIONS, &request.method, &request.segments()) {
        Found::Route(route, path) => (route, path),
        Found::OtherMethodsOnly => return Err(wrong_method(request)),
        Found::Nothing => return Err(unknown_path(request)),
    };
    let body = request_validation::body_of(request, route)?;
    let principal = caller.object_id;
    let mut call = ArmCall {
        request,
        azure,
        verb: route.verb,
        action: route.action,
        caller,
        path,
        body,
    };
    let done = authorization::admit(&mut call).and_then(|()| (route.handle)(&mut call));
    let response = done.unwrap_or_else(Response::from);
    Ok(response.noting("principal", principal.to_string()))
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

/// Adds the ids by which support finds a request again.
fn with_correlation(response: Response, request: &ServiceRequest) -> Response {
    let id = Uuid::new_v4().to_string();
    let routing = format!("SANDBOX:{}:{id}", request.now.strftime("%Y%m%dT%H%M%SZ"));
    let response = response
        .with_header("x-ms-request-id", id.as_str())
        .with_header("x-ms-correlation-request-id", id.as_str())
        .with_header("x-ms-routing-request-id", routing)
        .noting("correlation_id", json!(id));
    match request.header("x-ms-client-request-id") {
        Some(client_id) => response.with_header("x-ms-client-request-id", client_id),
        None => response,
    }
}
