//! The managed-identity endpoint of App Service and Container Apps.

use http::{Method, StatusCode};
use serde_json::json;

use super::{IdentitySelector, choose, granted};
use crate::sandbox::{azure::Azure, request::ServiceRequest, response::Response};

/// What identifies an identity, at most one of which may be given.
const SELECTORS: [&str; 3] = ["client_id", "object_id", "mi_res_id"];

/// Answers one request to the endpoint that `IDENTITY_ENDPOINT` names.
///
/// `IDENTITY_HEADER` may hold anything: there is no other process here to keep the endpoint from.
pub(crate) fn answer(request: &ServiceRequest, azure: &mut Azure) -> Response {
    if request.method != Method::GET || !matches!(request.path.as_str(), "" | "/") {
        return refuse(
            StatusCode::NOT_FOUND,
            "There is nothing here but the endpoint itself",
        );
    }
    // This endpoint answers any process that knows the header, so a missing one is 401.
    if request
        .header("x-identity-header")
        .is_none_or(str::is_empty)
    {
        return refuse(
            StatusCode::UNAUTHORIZED,
            "The X-IDENTITY-HEADER header is missing",
        );
    }
    let known =
        |name: &str| name == "api-version" || name == "resource" || SELECTORS.contains(&name);
    if let Some((unknown, _)) = request.query.iter().find(|(name, _)| !known(name)) {
        let text = format!("The sandbox knows no query parameter '{unknown}'");
        return refuse(StatusCode::BAD_REQUEST, &text);
    }
    // The only version of this endpoint; the older one had `MSI_ENDPOINT` and a header `secret`.
    if request.query("api-version") != Some("2019-08-01") {
        return refuse(
            StatusCode::BAD_REQUEST,
            "The api-version must be 2019-08-01",
        );
    }
    let resource = request.query("resource").unwrap_or_default();
    if !azure.state.cloud.has_resource(resource) {
        let text = format!(
            "AADSTS500011: The resource principal named {resource} was not found in the tenant"
        );
        return refuse(StatusCode::BAD_REQUEST, &text);
    }
    match choose(&wanted(request), azure) {
        Ok(caller) => Response::json(StatusCode::OK, &granted(&caller, resource, request, azure))
            .noting("client_id", caller.name)
            .noting("resource", resource),
        Err(_) => refuse(
            StatusCode::BAD_REQUEST,
            "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
        ),
    }
}

fn wanted(request: &ServiceRequest) -> IdentitySelector<'_> {
    if let Some(id) = request.query("client_id") {
        IdentitySelector::ClientId(id)
    } else if let Some(id) = request.query("object_id") {
        IdentitySelector::ObjectId(id)
    // `mi_res_id` here, `msi_res_id` at the metadata service.
    } else if let Some(id) = request.query("mi_res_id") {
        IdentitySelector::ResourceId(id)
    } else {
        IdentitySelector::Default
    }
}

fn refuse(status: StatusCode, message: &str) -> Response {
    Response::json(
        status,
        &json!({"statusCode": status.as_u16(), "message": message}),
    )
}

#[cfg(test)]
mod tests {
    use crate::sandbox::{
        managed_identity::answer_app_service,
        service::Service,
        testing::{example, request},
    };

    #[test]
    fn the_header_is_required_and_the_expiry_is_a_string() {
        let mut azure = example();
        let asked = request("GET /?api-version=2019-08-01&resource=https://monitor.azure.com/")
            .to(Service::IdentityEndpoint);

        let plain = answer_app_service(&asked, &mut azure);
        let answered =
            answer_app_service(&asked.with_header("x-identity-header", "any"), &mut azure);

        assert_eq!(plain.status.as_u16(), 401);
        assert!(answered.value()["expires_on"].is_string());
        assert_eq!(answered.value()["resource"], "https://monitor.azure.com/");
    }
}
