//! The object in a request's body, in whichever of Kubernetes' encodings it came.

use serde_json::Value;

use super::{protobuf, status::Failure};
use crate::sandbox::request::Request;

/// Reads JSON, YAML or protobuf, as the `Content-Type` says; an empty body is `null`.
pub(super) fn read(request: &Request) -> Result<Value, Failure> {
    let content_type = request.header("content-type").unwrap_or_default();
    if request.body.is_empty() {
        Ok(Value::Null)
    } else if content_type.contains("protobuf") {
        protobuf::to_json(&request.body).ok_or(Failure::UnsupportedMediaType)
    } else if content_type.contains("yaml") {
        serde_yaml::from_slice(&request.body).map_err(|error| malformed(&error))
    } else if content_type.contains("cbor") {
        Err(Failure::UnsupportedMediaType)
    } else {
        request.json().map_err(|error| malformed(&error))
    }
}

fn malformed(error: &dyn std::fmt::Display) -> Failure {
    Failure::BadRequest(format!("error decoding the body: {error}"))
}
