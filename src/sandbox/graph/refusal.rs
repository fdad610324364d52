//! The error responses of Graph.

use http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::sandbox::{request::ServiceRequest, response::Response, tokens::TokenRejection};

/// Why a request to Graph is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum GraphRefusal {
    #[error("{0}")]
    Token(#[from] TokenRejection),
    #[error("Insufficient privileges to complete the operation.")]
    Denied,
    #[error("Resource not found for the segment '{0}'.")]
    NoSuchRoute(String),
    #[error("The sandbox's Graph knows no query parameter '{0}' here.")]
    UnknownParameter(String),
    #[error(
        "Invalid filter clause: the sandbox reads only `property eq 'value'`, startswith and any, not `{0}`."
    )]
    Filter(String),
    #[error("Unable to read JSON request payload. {0}")]
    Body(String),
    #[error("Invalid property '{0}'.")]
    UnknownProperty(String),
    #[error("Invalid value specified for property '{property}': {why}")]
    Value { property: &'static str, why: String },
    #[error(
        "Resource '{0}' does not exist or one of its queried reference-property objects are not present."
    )]
    NotFound(String),
    #[error(
        "The appId '{0}' of the service principal does not reference a valid application object."
    )]
    NoBackingApplication(String),
    #[error("Another object with the same value for property {0} already exists.")]
    AlreadyExists(&'static str),
    #[error("Another object with the same value for property uniqueName already exists.")]
    UniqueNameTaken,
    #[error("Credential type not allowed as per assigned policy.")]
    SecretsForbidden,
    #[error("No password credential found with keyId {0}.")]
    NoSuchPassword(String),
    #[error(
        "The number of federated identity credentials on the application has reached the limit of 20."
    )]
    TooManyCredentials,
}

impl GraphRefusal {
    pub(super) fn no_such_route(request: &ServiceRequest) -> Self {
        let last = request.path.rsplit('/').next().unwrap_or_default();
        Self::NoSuchRoute(last.to_owned())
    }

    fn kind(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Token(_) => (StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken"),
            Self::Denied => (StatusCode::FORBIDDEN, "Authorization_RequestDenied"),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "Request_ResourceNotFound"),
            Self::AlreadyExists(_) => (
                StatusCode::CONFLICT,
                "Request_MultipleObjectsWithSameKeyValue",
            ),
            Self::SecretsForbidden => (
                StatusCode::BAD_REQUEST,
                "CredentialTypeNotAllowedAsPerAppPolicy",
            ),
            Self::TooManyCredentials => (StatusCode::BAD_REQUEST, "Directory_QuotaExceeded"),
            Self::NoSuchRoute(_) | Self::Body(_) => (StatusCode::BAD_REQUEST, "BadRequest"),
            Self::UnknownParameter(_)
            | Self::Filter(_)
            | Self::UnknownProperty(_)
            | Self::Value { .. }
            | Self::NoBackingApplication(_)
            // 400 and no 409, although the name belongs to another object.
            | Self::UniqueNameTaken
            | Self::NoSuchPassword(_) => (StatusCode::BAD_REQUEST, "Request_BadRequest"),
        }
    }

    /// The answer; the id is what Graph's support would ask for.
    pub(super) fn response(&self, id: Uuid, request: &ServiceRequest) -> Response {
        let (status, code) = self.kind();
        let client_id = request
            .header("client-request-id")
            .map_or_else(|| id.to_string(), str::to_owned);
        let body = json!({"error": {
            "code": code,
            "message": self.to_string(),
            "innerError": {
                "date": request.now.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
                "request-id": id,
                "client-request-id": client_id,
            },
        }});
        Response::json(status, &body).noting("refused", code)
    }
}
