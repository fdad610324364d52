//! How does a Kubernetes API server say no? With a `Status` object, but for paths that nobody serves.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::address::Address;
use crate::sandbox::{response::Response, tokens::Caller};

/// Why a request is not answered as asked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    #[error("the sandbox has no cluster at this address")]
    NoSuchCluster,
    #[error("the API server of this cluster cannot be reached")]
    Unreachable,
    #[error("404 page not found")]
    NoSuchPath,
    #[error("the server does not allow this method on the requested resource")]
    MethodNotAllowed,
    #[error("Unauthorized")]
    Unauthorized,
    #[error("{0}")]
    Forbidden(String),
    #[error("{resource} \"{name}\" not found")]
    NotFound { resource: String, name: String },
    #[error("{0}")]
    BadRequest(String),
    #[error("{0}")]
    Invalid(String),
}

impl Failure {
    pub(super) fn forbidden(address: &Address<'_>, method: &Method, caller: &Caller) -> Self {
        let verb = match (method, address.name) {
            (&Method::POST, _) => "create",
            (_, Some(_)) => "get",
            (_, None) => "list",
        };
        let name = address
            .name
            .map(|name| format!(" \"{name}\""))
            .unwrap_or_default();
        let scope = match address.namespace {
            Some(namespace) => format!("in the namespace \"{namespace}\""),
            None => "at the cluster scope".to_owned(),
        };
        Self::Forbidden(format!(
            "{resource}{name} is forbidden: User \"{user}\" cannot {verb} resource \"{full}\" in API group \
             \"{group}\" {scope}",
            resource = address.qualified(),
            user = caller.name,
            full = address.with_subresource(),
            group = address.resource.group,
        ))
    }

    pub(super) fn not_found(address: &Address<'_>, name: &str) -> Self {
        Self::NotFound {
            resource: address.qualified(),
            name: name.to_owned(),
        }
    }

    pub(super) fn response(&self) -> Response {
        let (status, reason) = match self {
            Self::NoSuchCluster | Self::NoSuchPath => {
                return Response::text(StatusCode::NOT_FOUND, format!("{self}\n"));
            }
            Self::Unreachable => {
                return Response::text(StatusCode::GATEWAY_TIMEOUT, format!("{self}\n"));
            }
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, "Forbidden"),
            Self::NotFound { .. } => (StatusCode::NOT_FOUND, "NotFound"),
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, "BadRequest"),
            Self::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "Invalid"),
        };
        let body = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.to_string(),
            "reason": reason,
            "code": status.as_u16(),
        });
        Response::json(status, &body)
    }
}
