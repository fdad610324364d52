//! Azure Resource Manager.

use axum::http::StatusCode;

use super::{azure::Azure, request::Request, response::Response};

/// Answers one request to Resource Manager.
pub(crate) fn answer(_request: &Request, _azure: &mut Azure) -> Response {
    Response::empty(StatusCode::NOT_FOUND)
}
