//! The object in a request's body, in whichever of Kubernetes' encodings it came.

use serde_json::Value;

use super::{protobuf, status::StatusError};
use crate::sandbox::request::ServiceRequest;

/// Reads JSON, YAML or protobuf, as the `Content-Type` names it; an empty body is `null`.
pub(super) fn read(request: &ServiceRequest) -> Result<Value, StatusError> {
    let content_type = request.header("content-type").unwrap_or_default();
    if request.body.is_empty() {
        Ok(Value::Null)
    } else if content_type.contains("protobuf") {
        protobuf::to_json(&request.body).ok_or(StatusError::UnsupportedMediaType)
    } else if content_type.contains("yaml") {
        // Server-side apply sends `application/apply-patch+yaml`, even where the text is JSON.
        serde_yaml::from_slice(&request.body).map_err(|error| malformed(&error))
    // Newer clients offer CBOR and fall back to JSON on 415.
    } else if content_type.contains("cbor") {
        Err(StatusError::UnsupportedMediaType)
    } else {
        request.json().map_err(|error| malformed(&error))
    }
}

fn malformed(error: &dyn std::fmt::Display) -> StatusError {
    StatusError::BadRequest(format!("error decoding the body: {error}"))
}
