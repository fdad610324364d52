//! How does the ingestion pipeline refuse a request?

use http::StatusCode;
use serde_json::json;

use super::{admission::Malformed, remote_write::RemoteWriteError};
use crate::sandbox::{
    response::Response,
    state::StoredResourceId,
    tokens::{TokenCaller, TokenRejection},
};

/// Why a write is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum IngestionRefusal {
    #[error("The sandbox's metrics endpoint has no path {0}.")]
    NoSuchRoute(String),
    #[error("The authentication token provided is not valid: {0}.")]
    Token(#[from] TokenRejection),
    #[error("The api-version '{0}' is not supported.")]
    ApiVersion(String),
    #[error("Stream '{0}' is not configured.")]
    NoSuchStream(String),
    #[error("Data collection rule with immutable Id '{0}' not found.")]
    NoSuchRule(String),
    #[error(transparent)]
    Denied(Box<DeniedWrite>),
    #[error("expected application/x-protobuf as the first (media) part, got {0:?} content-type")]
    MediaType(String),
    #[error(
        "{0:?} encoding (compression) is not accepted by this server; only snappy is acceptable"
    )]
    Encoding(String),
    #[error(transparent)]
    Body(#[from] RemoteWriteError),
    #[error(transparent)]
    Labels(#[from] Malformed),
}

/// Why a caller may not write to a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denial {
    /// The rule is not bound to the endpoint that the request came to.
    Binding,
    /// The endpoint does not take requests from the public network.
    Network,
    Role,
}

/// Who was kept from which rule, and by what.
#[derive(Debug, thiserror::Error)]
#[error(
    "The authentication token provided does not have access to ingest data for the data collection rule with immutable \
     Id '{immutable_id}' PipelineAccessResult: AccessGranted: False, {}, DcrArmId: {rule}, Message: {}",
    .denial.findings(),
    .denial.message(.caller, .rule)
)]
pub(super) struct DeniedWrite {
    pub(super) denial: Denial,
    pub(super) immutable_id: String,
    pub(super) rule: StoredResourceId,
    pub(super) caller: TokenCaller,
}

impl Denial {
    fn findings(self) -> &'static str {
        // Documented for the Logs Ingestion API, which shares the pipeline; users report the same text for
        // metrics.
        match self {
            Self::Binding => "IsRbacPresent: , IsDcrDceBindingValid: False",
            Self::Network => "IsRbacPresent: , IsDcrDceBindingValid: True",
            Self::Role => "IsRbacPresent: False, IsDcrDceBindingValid: ",
        }
    }

    fn message(self, caller: &TokenCaller, rule: &StoredResourceId) -> String {
        match self {
            Self::Binding => {
                "The data collection rule is not associated with this data collection endpoint."
                    .to_owned()
            }
            Self::Network => {
                "Public network access to this data collection endpoint is disabled.".to_owned()
            }
            Self::Role => format!(
                "Required authorization action was not found for tenantId {} objectId {} on resourceId {rule} \
                 ConfigurationId: {rule}.",
                caller.tenant_id, caller.object_id
            ),
        }
    }
}

impl IngestionRefusal {
    pub(super) fn response(&self) -> Response {
        let (status, code) = match self {
            Self::NoSuchRoute(_) | Self::NoSuchRule(_) => (StatusCode::NOT_FOUND, "NotFound"),
            Self::NoSuchStream(_) => (StatusCode::BAD_REQUEST, "InvalidStream"),
            Self::Token(_) => (StatusCode::UNAUTHORIZED, "InvalidToken"),
            Self::ApiVersion(_) => (StatusCode::BAD_REQUEST, "InvalidApiVersion"),
            // Prometheus discards a batch that gets 403, and never sends it again.
            Self::Denied(_) => (StatusCode::FORBIDDEN, "OperationFailed"),
            Self::MediaType(_) | Self::Encoding(_) => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType")
            }
            Self::Body(RemoteWriteError::TooLarge) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "ContentLengthLimitExceeded")
            }
            // The status that Azure documents for duplicate series or labels in one request.
            Self::Labels(Malformed::DuplicateLabel(..)) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "DuplicateLabel")
            }
            Self::Body(_) | Self::Labels(_) => (StatusCode::BAD_REQUEST, "InvalidPayload"),
        };
        let body = json!({"error": {"code": code, "message": self.to_string()}});
        let response = Response::json(status, &body).noting("refused", code);
        match self {
            Self::Token(_) => response.with_header("www-authenticate", "Bearer"),
            Self::Denied(denied) => response
                .noting("client_id", denied.caller.name.clone())
                .noting("principal", denied.caller.object_id.to_string()),
            _ => response,
        }
    }
}
