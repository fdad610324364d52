//! Giving out a token for a service account (the TokenRequest API).

use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{address::Address, signing_key::ServiceAccount, status::Failure};
use crate::sandbox::{
    azure::Azure, request::Request, response::Response, state::ManagedCluster, strict,
};

/// The shortest life that can be asked for, in seconds.
const SHORTEST: i64 = 600;
/// What AKS shortens longer lives to, in seconds.
const LONGEST: i64 = 24 * 60 * 60;
/// Without a wish a token lives for an hour.
const USUAL: i64 = 60 * 60;

const KNOWN_FIELDS: [&str; 7] = [
    "apiVersion",
    "kind",
    "metadata",
    "spec.audiences",
    "spec.boundObjectRef",
    "spec.expirationSeconds",
    "status",
];

/// Answers `POST …/serviceaccounts/{name}/token`.
pub(super) fn answer(
    address: &Address<'_>,
    request: &Request,
    cluster: &ManagedCluster,
    azure: &Azure,
) -> Result<Response, Failure> {
    let (namespace, name) = address
        .namespace
        .zip(address.name)
        .ok_or(Failure::NoSuchPath)?;
    let api = azure
        .state
        .kubernetes
        .get(&cluster.label())
        .ok_or(Failure::NoSuchCluster)?;
    let account = api
        .object("ServiceAccount", Some(namespace), name)
        .ok_or_else(|| Failure::not_found(address, name))?;
    let wish = read_wish(request, azure.issuer_of(cluster))?;
    let expires = request.now + SignedDuration::from_secs(wish.seconds);
    let account = ServiceAccount {
        namespace,
        name,
        uid: account["metadata"]["uid"].as_str().unwrap_or_default(),
    };
    let times = (request.now.as_second(), expires.as_second());
    let issuer = azure.issuer_of(cluster);
    let token = azure
        .signing_key
        .issue(&issuer, &account, &wish.audiences, times);
    let body = json!({
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"audiences": wish.audiences, "expirationSeconds": wish.seconds},
        "status": {"token": token, "expirationTimestamp": expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()},
    });
    Ok(Response::json(StatusCode::CREATED, &body))
}

struct Wish {
    audiences: Vec<String>,
    seconds: i64,
}

fn read_wish(request: &Request, default_audience: String) -> Result<Wish, Failure> {
    let body = request
        .json()
        .map_err(|error| Failure::BadRequest(format!("the body is not JSON: {error}")))?;
    if let Some(field) = strict::unknown_field(&body, &KNOWN_FIELDS) {
        return Err(Failure::BadRequest(format!(
            "strict decoding error: unknown field \"{field}\""
        )));
    }
    let seconds = match &body["spec"]["expirationSeconds"] {
        Value::Null => USUAL,
        wish => wish.as_i64().ok_or_else(|| {
            Failure::BadRequest("spec.expirationSeconds must be a number".to_owned())
        })?,
    };
    if seconds < SHORTEST {
        return Err(Failure::Invalid(format!(
            "TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid value: {seconds}: may \
             not specify a duration less than 10 minutes"
        )));
    }
    let audiences = match &body["spec"]["audiences"] {
        Value::Array(wishes) => wishes
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => vec![default_audience],
    };
    Ok(Wish {
        audiences,
        seconds: seconds.min(LONGEST),
    })
}
