//! Giving out a token for a service account (the TokenRequest API).

use http::StatusCode;
use jiff::SignedDuration;
use serde_json::json;

use super::{
    address::ResourcePath, requested_token::RequestedToken, signing_key::TokenAccount,
    status::StatusError,
};
use crate::sandbox::{
    azure::Azure, request::ServiceRequest, response::Response, state::StoredCluster,
};

/// Answers `POST …/serviceaccounts/{name}/token`.
pub(super) fn answer(
    address: &ResourcePath<'_>,
    request: &ServiceRequest,
    cluster: &StoredCluster,
    azure: &Azure,
) -> Result<Response, StatusError> {
    let (namespace, name) = address
        .namespace
        .zip(address.name)
        .ok_or(StatusError::NoSuchPath)?;
    let api = azure
        .state
        .kubernetes
        .get(&cluster.label())
        .ok_or(StatusError::NoSuchCluster)?;
    let account = api
        .object("ServiceAccount", Some(namespace), name)
        .ok_or_else(|| StatusError::not_found(address, name))?;
    let requested = RequestedToken::read(request)?;
    // At the time of the request: turning on the public issuer changes new tokens only.
    let issuer = azure.issuer_of(cluster);
    let audiences = match requested.audiences.as_slice() {
        // Without audiences the token is for the API server itself.
        [] => vec![issuer.clone()],
        _ => requested.audiences,
    };
    let expires = request.now + SignedDuration::from_secs(requested.seconds);
    let account = TokenAccount {
        namespace,
        name,
        uid: account["metadata"]["uid"].as_str().unwrap_or_default(),
    };
    let times = (request.now.as_second(), expires.as_second());
    let token = azure
        .signing_key
        .issue(&issuer, &account, &audiences, times);
    let body = json!({
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"audiences": audiences, "expirationSeconds": requested.seconds},
        "status": {"token": token, "expirationTimestamp": expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()},
    });
    Ok(Response::json(StatusCode::CREATED, &body))
}
