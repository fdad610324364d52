//! The error responses of a query endpoint: those of Prometheus, and the statuses that Azure adds.

use http::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use super::expression_error::ExpressionError;
use crate::sandbox::{response::Response, state::StoredResourceId, tokens::TokenRejection};

/// Why a query is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum QueryRefusal {
    #[error("the sandbox's query endpoint has no path {0}")]
    NoSuchRoute(String),
    #[error("the sandbox's query endpoint has no method {0} here")]
    NoSuchMethod(Method),
    #[error("the sandbox has no workspace at this address")]
    NoSuchWorkspace,
    #[error("{0}")]
    Token(#[from] TokenRejection),
    #[error("public network access to this workspace is disabled")]
    PrivateOnly,
    #[error(
        "the caller with object id {object_id} holds no role that allows reading the metrics of {workspace}"
    )]
    MayNotRead {
        object_id: Uuid,
        workspace: StoredResourceId,
    },
    #[error("{0}")]
    BadParameter(String),
    #[error("invalid parameter \"query\": {0}")]
    Query(#[from] ExpressionError),
    #[error("invalid parameter \"match[]\": {0}")]
    Match(ExpressionError),
}

impl QueryRefusal {
    pub(super) fn response(&self) -> Response {
        let (status, kind) = match self {
            Self::NoSuchRoute(_) | Self::NoSuchWorkspace => (StatusCode::NOT_FOUND, "not_found"),
            Self::Token(_) => (StatusCode::UNAUTHORIZED, "unauthorized"),
            Self::PrivateOnly | Self::MayNotRead { .. } => (StatusCode::FORBIDDEN, "forbidden"),
            // Prometheus has 422 for an expression that it can read and not evaluate.
            Self::Query(ExpressionError::Unsupported(_) | ExpressionError::Execution(_)) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "execution")
            }
            // A client of Prometheus asks again with GET after this status.
            Self::NoSuchMethod(_) => (StatusCode::METHOD_NOT_ALLOWED, "bad_data"),
            Self::BadParameter(_) | Self::Query(_) | Self::Match(_) => {
                (StatusCode::BAD_REQUEST, "bad_data")
            }
        };
        let body = json!({"status": "error", "errorType": kind, "error": self.to_string()});
        let response = Response::json(status, &body).noting("refused", kind);
        match self {
            Self::Token(_) => response.with_header("www-authenticate", "Bearer"),
            _ => response,
        }
    }
}
