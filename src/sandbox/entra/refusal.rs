//! The error responses of Entra: a number for the cause, an OAuth error code and a message.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::sandbox::response::Response;

/// Why no token is given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum EntraRefusal {
    #[error("The sandbox knows no form field '{0}'.")]
    UnknownField(String),
    #[error("The request is not properly formatted. The parameter '{0}' is duplicated.")]
    DuplicateField(String),
    #[error("The request body must contain the following parameter: '{0}'.")]
    MissingField(&'static str),
    #[error("The app requested an unsupported grant type '{0}'.")]
    UnsupportedGrant(String),
    #[error("The authority '{0}' is not one of this cloud.")]
    UnknownInstance(String),
    #[error(
        "Tenant '{0}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
    )]
    UnknownTenant(String),
    #[error(
        "Application with identifier '{client}' was not found in the directory '{tenant}'. You may have sent your \
         authentication request to the wrong tenant."
    )]
    UnknownClient { client: String, tenant: Uuid },
    #[error(
        "The provided value for scope {0} is not valid. Client credential flows must have a scope value with /.default \
         suffixed to the resource identifier (application ID URI)."
    )]
    ScopeWithoutDefault(String),
    #[error(
        "The provided value for the input parameter 'scope' is not valid. The scope '{0}' is not valid."
    )]
    MalformedScope(String),
    #[error("The resource principal named {resource} was not found in the tenant named {tenant}.")]
    UnknownResource { resource: String, tenant: String },
    #[error(
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
    )]
    NoCredential,
    #[error(
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the \
         client secret ID, for a secret added to app '{0}'."
    )]
    WrongSecret(Uuid),
    #[error("The provided client secret keys for app '{0}' are expired.")]
    ExpiredSecret(Uuid),
    #[error("The credential type is not allowed on the service principal of '{0}'.")]
    SecretOfIdentity(Uuid),
    #[error("The provided claims parameter is not valid JSON.")]
    MalformedClaims,
    #[error(transparent)]
    Assertion(#[from] AssertionRefusal),
}

/// Why an assertion does not convince.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AssertionRefusal {
    #[error("The assertion type '{0}' is not supported.")]
    Type(String),
    #[error("Client assertion contains an invalid signature.")]
    Signature,
    #[error(
        "Client assertion is not within its valid time range. Current time: {now}, assertion valid from {from}, \
         expiry time of assertion {until}."
    )]
    OutsideValidity {
        now: Timestamp,
        from: Timestamp,
        until: Timestamp,
    },
    #[error("The lifetime of the assertion is longer than allowed.")]
    LivesTooLong,
    #[error(
        "Request to External OIDC endpoint failed: the issuer '{0}' publishes no signing keys."
    )]
    IssuerUnreachable(String),
    #[error("The client '{0}' has no configured federated identity credentials.")]
    NoFederatedCredential(Uuid),
    #[error(
        "No matching federated identity record found for presented assertion issuer '{0}'. Please note that the matching \
         is done using a case-sensitive comparison."
    )]
    Issuer(String),
    #[error(
        "No matching federated identity record found for presented assertion subject '{0}'. Please note that the matching \
         is done using a case-sensitive comparison."
    )]
    Subject(String),
    #[error(
        "No matching federated identity record found for presented assertion audience '{0}'. Please note that the matching \
         is done using a case-sensitive comparison."
    )]
    Audience(String),
}

impl EntraRefusal {
    /// The number after `AADSTS`.
    pub(super) fn code(&self) -> u32 {
        match self {
            Self::UnknownField(_) | Self::MalformedClaims => 90100,
            Self::DuplicateField(_) => 9_000_411,
            Self::MissingField(_) => 900_144,
            Self::UnsupportedGrant(_) => 70003,
            Self::UnknownInstance(_) => 50049,
            Self::UnknownTenant(_) => 90002,
            // Also the answer of a replica that has not received a new application yet.
            Self::UnknownClient { .. } => 700_016,
            Self::ScopeWithoutDefault(_) => 1_002_012,
            Self::MalformedScope(_) => 70011,
            Self::UnknownResource { .. } => 500_011,
            Self::NoCredential => 7_000_218,
            Self::WrongSecret(_) => 7_000_215,
            Self::ExpiredSecret(_) => 7_000_222,
            Self::SecretOfIdentity(_) => 7_002_104,
            Self::Assertion(refusal) => refusal.code(),
        }
    }

    /// The OAuth word and the status that go with the number.
    fn kind(&self) -> (&'static str, StatusCode) {
        match self {
            Self::UnsupportedGrant(_) => ("unsupported_grant_type", StatusCode::BAD_REQUEST),
            Self::UnknownInstance(_) => ("invalid_instance", StatusCode::BAD_REQUEST),
            Self::UnknownClient { .. } => ("unauthorized_client", StatusCode::BAD_REQUEST),
            Self::ScopeWithoutDefault(_) | Self::MalformedScope(_) => {
                ("invalid_scope", StatusCode::BAD_REQUEST)
            }
            Self::UnknownResource { .. } => ("invalid_resource", StatusCode::BAD_REQUEST),
            // 401 only where the credential is wrong; every other mistake is 400.
            Self::NoCredential
            | Self::WrongSecret(_)
            | Self::ExpiredSecret(_)
            | Self::SecretOfIdentity(_) => ("invalid_client", StatusCode::UNAUTHORIZED),
            Self::Assertion(AssertionRefusal::Type(_) | AssertionRefusal::IssuerUnreachable(_)) => {
                ("invalid_request", StatusCode::BAD_REQUEST)
            }
            Self::Assertion(_) => ("invalid_client", StatusCode::UNAUTHORIZED),
            _ => ("invalid_request", StatusCode::BAD_REQUEST),
        }
    }

    /// The answer, as Entra words it; `trace` and `correlation` are what its support would ask for.
    pub(super) fn response(&self, trace: Uuid, correlation: &str, now: Timestamp) -> Response {
        let (error, status) = self.kind();
        let timestamp = now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let code = self.code();
        let description = format!(
            "AADSTS{code}: {self} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}"
        );
        let body = json!({
            "error": error,
            "error_description": description,
            // Clients decide by the number: one OAuth word has many causes, and the text changes.
            "error_codes": [code],
            "timestamp": timestamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        });
        Response::json(status, &body).noting("aadsts", code)
    }
}

impl AssertionRefusal {
    fn code(&self) -> u32 {
        match self {
            Self::Type(_) => 700_021,
            Self::Signature => 700_027,
            Self::OutsideValidity { .. } => 700_024,
            Self::LivesTooLong => 70023,
            Self::IssuerUnreachable(_) => 90061,
            Self::NoFederatedCredential(_) => 70025,
            // One number for each claim that differs; older pages have 70021 for all three.
            Self::Issuer(_) => 700_211,
            Self::Audience(_) => 700_212,
            Self::Subject(_) => 700_213,
        }
    }
}
