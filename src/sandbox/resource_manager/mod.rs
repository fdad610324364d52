//! Azure Resource Manager: one file per REST collection, behind one strict entrance.

mod api_version;
mod authentication;
mod call;
mod casing;
mod data_collection_endpoints;
mod data_collection_rules;
mod federated_credentials;
mod filter;
mod gate;
mod kusto;
mod kusto_words;
mod listing;
mod managed_cluster_view;
mod managed_clusters;
mod operations;
mod permissions;
mod providers;
mod refusal;
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
mod virtual_machine_scale_sets;
mod workspaces;

use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use self::{
    call::Call,
    refusal::{Answer, Refusal},
    route::{Found, Route},
};
use super::{azure::Azure, request::Request, response::Response, strict::unknown_field};

/// Everything that can be asked.
static COLLECTIONS: &[&[Route]] = &[
    subscriptions::ROUTES,
    providers::ROUTES,
    operations::ROUTES,
    resource_groups::ROUTES,
    workspaces::ROUTES,
    data_collection_endpoints::ROUTES,
    data_collection_rules::ROUTES,
    role_assignments::ROUTES,
    role_definitions::ROUTES,
    permissions::ROUTES,
    user_assigned_identities::ROUTES,
    federated_credentials::ROUTES,
    managed_clusters::ROUTES,
    virtual_machine_scale_sets::ROUTES,
    resource_graph::ROUTES,
];

/// Answers one request to Resource Manager.
pub(crate) fn answer(request: &Request, azure: &mut Azure) -> Response {
    let answered = understand_and_do(request, azure);
    with_correlation(answered.unwrap_or_else(Response::from), request)
}

fn understand_and_do(request: &Request, azure: &mut Azure) -> Answer {
    let caller = authentication::authenticate(request, azure)?;
    let (route, path) = match route::find(COLLECTIONS, &request.method, &request.segments()) {
        Found::Route(route, path) => (route, path),
        Found::OtherMethodsOnly => return Err(wrong_method(request)),
        Found::Nothing => return Err(unknown_path(request)),
    };
    api_version::check(request, route)?;
    parameters_are_known(request, route)?;
    let body = body(request, route)?;
    let principal = caller.object_id;
    let mut call = Call {
        request,
        azure,
        route,
        caller,
        path,
        body,
    };
    let done = gate::admit(&mut call).and_then(|()| (route.handle)(&mut call));
    let response = done.unwrap_or_else(Response::from);
    Ok(response.noting("principal", principal.to_string()))
}

fn wrong_method(request: &Request) -> Refusal {
    Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "MethodNotAllowed",
        format!(
            "'{}' is not understood at '{}'.",
            request.method, request.path
        ),
    )
}

fn unknown_path(request: &Request) -> Refusal {
    let code = match request.path.to_ascii_lowercase().contains("/providers/") {
        true => "InvalidResourceType",
        false => "NotFound",
    };
    Refusal::not_found(
        code,
        format!(
            "The sandbox knows no resource type or path like '{}'.",
            request.path
        ),
    )
}

fn parameters_are_known(request: &Request, route: &Route) -> Result<(), Refusal> {
    let unknown = request.query.iter().find(|(name, _)| {
        !name.eq_ignore_ascii_case("api-version")
            && !route
                .parameters
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
    });
    match unknown {
        Some((name, _)) => Err(Refusal::bad_request(
            "InvalidQueryParameter",
            format!(
                "The query parameter '{name}' is not understood at '{}'.",
                request.path
            ),
        )
        .about(name)),
        None => Ok(()),
    }
}

/// The body as JSON, in which every field must be one that the route knows.
fn body(request: &Request, route: &Route) -> Result<Value, Refusal> {
    let body = request.json().map_err(|error| {
        Refusal::bad_content(format!("The request content is not valid JSON: {error}."))
    })?;
    let Some(fields) = route.fields else {
        return match body {
            Value::Null => Ok(body),
            Value::Object(ref fields) if fields.is_empty() => Ok(body),
            _ => Err(Refusal::bad_content("No content is taken here.")),
        };
    };
    let is_json = request
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("application/json"));
    if !is_json {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UnsupportedMediaType",
            "The content type must be 'application/json'.",
        ));
    }
    if !body.is_object() {
        return Err(Refusal::bad_content(
            "The request content must be a JSON object.",
        ));
    }
    match unknown_field(&body, fields) {
        Some(field) => Err(Refusal::bad_content(format!(
            "Could not find member '{field}' on this object."
        ))
        .about(field)),
        None => Ok(body),
    }
}

/// Adds the ids by which support finds a request again.
fn with_correlation(response: Response, request: &Request) -> Response {
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
