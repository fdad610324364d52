//! The headers that Resource Manager and the providers add to an answer: ids, what is left of the caller's limits, who refused, api-versions.

use http::Method;
use serde_json::json;
use uuid::Uuid;

use super::route::ArmRoute;
use crate::sandbox::{request::ServiceRequest, response::Response};

/// Refusals of Resource Manager itself, before it asks the provider.
const BY_THE_GATEWAY: [&str; 12] = [
    "AuthenticationFailed",
    "AuthorizationFailed",
    "ExpiredAuthenticationToken",
    "InvalidApiVersionParameter",
    "InvalidAuthenticationToken",
    "InvalidAuthenticationTokenTenant",
    "LocationNotAvailableForResourceGroup",
    "MissingApiVersionParameter",
    "ParentResourceNotFound",
    "ResourceGroupNotFound",
    "ResourceNotFound",
    "SubscriptionNotFound",
];

/// The providers that name the api-versions which they support in every answer, errors included.
const NAME_THEIR_VERSIONS: [&str; 3] = [
    "microsoft.alertsmanagement",
    "microsoft.insights",
    "microsoft.monitor",
];

/// Adds the ids by which support finds a request again.
pub(super) fn with_ids(response: Response, request: &ServiceRequest) -> Response {
    let id = Uuid::new_v4().to_string();
    let routing = format!("SANDBOX:{}:{id}", request.now.strftime("%Y%m%dT%H%M%SZ"));
    let response = response
        .with_header("x-ms-request-id", id.as_str())
        // Microsoft's support asks for this one: it spans the calls to providers.
        .with_header("x-ms-correlation-request-id", id.as_str())
        .with_header("x-ms-routing-request-id", routing)
        .noting("correlation_id", json!(id));
    match request.header("x-ms-client-request-id") {
        Some(client_id) => response.with_header("x-ms-client-request-id", client_id),
        None => response,
    }
}

/// Adds what only an authenticated request gets.
pub(super) fn with_provider_headers(
    response: Response,
    request: &ServiceRequest,
    route: &ArmRoute,
    caller: Uuid,
) -> Response {
    let code = response.notes.get("code").and_then(|code| code.as_str());
    let refused_by_gateway = code.is_some_and(|code| BY_THE_GATEWAY.contains(&code));
    // The provider of associations has a code of the gateway, but gives no message with it.
    let has_message = response.body.windows(9).any(|part| part == b"\"message\"");
    if refused_by_gateway && has_message {
        return response.with_header("x-ms-failure-cause", "gateway");
    }
    let namespace = namespace_of(request);
    let mut response = with_limits(response, request, &namespace);
    if NAME_THEIR_VERSIONS.contains(&namespace.as_str()) {
        response = response.with_header("api-supported-versions", route.versions.join(", "));
    }
    if names_its_caller(request, &namespace) {
        let identifier = format!("objectId={caller}/westeurope/{}", Uuid::new_v4());
        response = response.with_header("x-ms-operation-identifier", identifier);
    }
    response
}

/// Whether the answer tells who wrote. Recorded since about 2024 of the providers below, of some of them in reads too, and never of
/// Resource Manager's own resources, locks, role definitions, federated credentials and Compute.
fn names_its_caller(request: &ServiceRequest, namespace: &str) -> bool {
    let path = request.path.to_ascii_lowercase();
    let is = |part: &str| path.contains(part);
    let reads = matches!(request.method, Method::GET | Method::HEAD);
    if path.ends_with("/register") {
        return false;
    }
    match namespace {
        "microsoft.containerservice" => !reads || is("/operations/"),
        "microsoft.kubernetesconfiguration" => is("/extensions/"),
        "microsoft.kubernetes" => !reads || is("/operationstatuses/"),
        "microsoft.insights" => !reads || is("/datacollectionruleassociations/"),
        "microsoft.monitor" => !reads || is("/metricscontainers/"),
        "microsoft.authorization" => !reads && is("/roleassignments/"),
        "microsoft.managedidentity" => {
            request.method == Method::PUT && !is("/federatedidentitycredentials/")
        }
        "microsoft.alertsmanagement" => !reads,
        _ => false,
    }
}

/// The namespace of the last `/providers/` in the path, in lower case.
fn namespace_of(request: &ServiceRequest) -> String {
    let path = request.path.to_ascii_lowercase();
    let (_, rest) = path.rsplit_once("/providers/").unwrap_or_default();
    rest.split('/').next().unwrap_or_default().to_owned()
}

/// What is left of the caller's limits; successful answers have it too. The numbers are those of full buckets.
fn with_limits(response: Response, request: &ServiceRequest, namespace: &str) -> Response {
    let by_provider = request.method == Method::PUT
        && matches!(
            namespace,
            "microsoft.insights" | "microsoft.alertsmanagement"
        );
    match (namespace, &request.method) {
        // 15 queries in five seconds for a user, counted over the whole tenant (recorded).
        ("microsoft.resourcegraph", _) => response
            .with_header("x-ms-ratelimit-remaining-tenant-resource-requests", "14")
            .with_header("x-ms-user-quota-remaining", "14")
            .with_header("x-ms-user-quota-resets-after", "00:00:05"),
        // The provider counts these itself, apart from the limits of Resource Manager.
        _ if by_provider => response.with_header(
            "x-ms-ratelimit-remaining-subscription-resource-requests",
            "799",
        ),
        (_, &Method::GET | &Method::HEAD) => response
            .with_header("x-ms-ratelimit-remaining-subscription-reads", "1099")
            .with_header(
                "x-ms-ratelimit-remaining-subscription-global-reads",
                "16499",
            ),
        (_, &Method::DELETE) => response
            .with_header("x-ms-ratelimit-remaining-subscription-deletes", "799")
            .with_header(
                "x-ms-ratelimit-remaining-subscription-global-deletes",
                "11999",
            ),
        _ => response
            .with_header("x-ms-ratelimit-remaining-subscription-writes", "799")
            .with_header(
                "x-ms-ratelimit-remaining-subscription-global-writes",
                "11999",
            ),
    }
}
