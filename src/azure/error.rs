//! What did Azure answer, when it was not yes?

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;

use super::meaning::refusal_meaning::{RefusalMeaning, RefusalParts, has_meaning};
use super::sign_in::failure::SignInFailure;
use super::token_refusal::TokenRefusal;

use crate::text::time_span::rough;

/// Everything that can go wrong between here and a service.
#[derive(Debug, Error)]
pub(crate) enum AzureError {
    #[error(transparent)]
    Refused(Box<Refusal>),
    #[error("no connection to {host}")]
    Unreachable {
        host: String,
        #[source]
        source: reqwest::Error,
    },
    /// Connected, and the connection ended before there was a whole answer. `how` completes "the host …".
    #[error("{host} {how}")]
    Broken {
        host: String,
        how: String,
        #[source]
        source: reqwest::Error,
    },
    /// Connected, and no whole answer within the deadline of one request.
    #[error("no answer from {host} within {}", rough(*deadline))]
    Late { host: String, deadline: Duration },
    /// An operation of Azure did not end in time.
    #[error("{what} did not finish within {}", rough(*after))]
    TimedOut { what: String, after: Duration },
    /// What was waited for was there, and is deleted.
    #[error("{0} was removed meanwhile, by another run or another user")]
    Removed(String),
    #[error("the answer of {host} is not the expected JSON: {why} ({ids})")]
    Unreadable {
        host: String,
        ids: RequestIds,
        why: String,
    },
    #[error(transparent)]
    SignIn(#[from] Box<SignInFailure>),
    #[error(transparent)]
    TokenRefused(#[from] Box<TokenRefusal>),
    #[error("the response of {host} is larger than {} MiB", limit >> 20)]
    TooLarge { host: String, limit: usize },
    /// `Retry-After` of an earlier answer.
    #[error("{host} asked to wait for another {}", rough(*wait))]
    AskedToWait { host: String, wait: Duration },
    #[error("the list at {host} does not end: {why}")]
    EndlessList { host: String, why: String },
    #[error("no https connection can be made on this machine")]
    NoTls(#[source] reqwest::Error),
    #[error("refusing to send a token to {0}: it is neither https nor loopback")]
    UnsafeAddress(String),
    #[error(
        "refusing to send a token to {host}: hosts of this cloud for metrics end in `{suffix}`"
    )]
    ForeignHost { host: String, suffix: String },
    #[error(
        "refusing to send a token to {0}: hosts of Azure Monitor must be HTTPS URLs without a port"
    )]
    OtherPort(String),
    #[error("the token for {0} has a control character, which no request can carry")]
    OddToken(String),
    #[error("the response links to {0}, which is a different service, so the link is not followed")]
    ForeignLink(String),
    #[error("the name `{0}` would change the path of the request, so nothing is sent")]
    OddName(String),
}

/// A refusal with a code: the error envelope, whatever form it came in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Error)]
pub(crate) struct Refusal {
    /// `None` when an operation that had been accepted failed later.
    pub(crate) status: Option<u16>,
    /// Empty when the body was not an envelope.
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) details: Vec<ErrorDetail>,
    /// Names of the Azure Policy assignments that refused.
    pub(crate) policies: Vec<String>,
    pub(crate) ids: RequestIds,
    /// `Retry-After` of this answer.
    pub(crate) wait: Option<Duration>,
    /// The challenge of a 401, `WWW-Authenticate`.
    pub(super) challenge: Option<String>,
}

/// An inner error of the envelope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ErrorDetail {
    pub(crate) code: String,
    pub(crate) message: String,
}

impl fmt::Display for ErrorDetail {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, message) = (&self.code, &self.message);
        match (code.is_empty(), message.is_empty()) {
            // Both halves are recorded alone: `ResourceNotFound` of an association comes without a message.
            (false, false) => write!(out, "{code}: {message}"),
            _ => write!(out, "{code}{message}"),
        }
    }
}

/// What support asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RequestIds {
    /// `x-ms-correlation-request-id`, or the request id where the service has no other.
    pub(crate) correlation: Option<String>,
    pub(crate) request: Option<String>,
    pub(crate) at: Option<Timestamp>,
}

impl fmt::Display for RequestIds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.correlation, &self.request) {
            (Some(id), _) => write!(out, "correlation id {id}")?,
            (None, Some(id)) => write!(out, "request id {id}")?,
            (None, None) => write!(out, "no request id")?,
        }
        self.at.map_or(Ok(()), |at| write!(out, ", {at:.0}"))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(out, "Azure answered {status}")?,
            None => write!(out, "the operation failed")?,
        }
        if !self.code.is_empty() {
            write!(out, " {}", self.code)?;
        }
        if !self.message.is_empty() {
            write!(out, ": {}", self.custom_message())?;
        }
        write!(out, " ({})", self.ids)
    }
}

impl Refusal {
    /// The message without its full stop, and without the JSON that names policies once more.
    fn custom_message(&self) -> &str {
        let message = match self.message.split_once(" Policy identifiers:") {
            Some((message, _)) if !self.policies.is_empty() => message,
            _ => &self.message,
        };
        message.trim_end_matches('.')
    }

    /// An operation that ended in this state and gave no error.
    pub(super) fn of_operation(state: &str) -> Self {
        Self {
            message: format!("its final state is {state}"),
            ..Self::default()
        }
    }

    pub(crate) fn means(&self, meaning: RefusalMeaning) -> bool {
        let codes: Vec<&str> = self.codes().collect();
        let parts = RefusalParts {
            status: self.status,
            codes: &codes,
            message: &self.message,
        };
        has_meaning(parts, meaning)
    }

    /// Its code, then those of its details.
    pub(super) fn codes(&self) -> impl Iterator<Item = &str> {
        // The inner code can be the exact one: Resource Graph answers `BadRequest` with `InvalidQuery` and
        // `ParserFailure` in the details (recorded).
        let details = self.details.iter().map(|detail| detail.code.as_str());
        std::iter::once(self.code.as_str()).chain(details)
    }
}

impl AzureError {
    pub(crate) fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The HTTP status of a refusal.
    #[cfg(test)]
    pub(crate) fn status(&self) -> Option<u16> {
        self.refusal()?.status
    }

    /// Whether a code of the refusal, or of one of its details, is one of these; without regard to case.
    #[cfg(test)]
    pub(super) fn has_code(&self, codes: &[&str]) -> bool {
        let is_listed = |own: &str| codes.iter().any(|code| own.eq_ignore_ascii_case(code));
        self.refusal()
            .is_some_and(|refusal| refusal.codes().any(is_listed))
    }

    pub(crate) fn means(&self, meaning: RefusalMeaning) -> bool {
        self.refusal().is_some_and(|refusal| refusal.means(meaning))
    }

    /// What was asked for does not exist, as far as this sign-in can see. An api-version that the service does not know
    /// is answered 404 too.
    pub(crate) fn is_not_found(&self) -> bool {
        self.means(RefusalMeaning::NotFound) && !self.means(RefusalMeaning::UnknownVersion)
    }
}

impl From<SignInFailure> for AzureError {
    fn from(failure: SignInFailure) -> Self {
        Self::SignIn(Box::new(failure))
    }
}

impl From<TokenRefusal> for AzureError {
    fn from(refusal: TokenRefusal) -> Self {
        Self::TokenRefused(Box::new(refusal))
    }
}

impl From<Refusal> for AzureError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_code_message_and_the_ids_for_support() {
        let refusal = Refusal {
            status: Some(403),
            code: "AuthorizationFailed".into(),
            message: "The client does not have authorization.".into(),
            ids: RequestIds {
                correlation: Some("8f1c".into()),
                request: None,
                at: Some("2026-11-22T10:00:00Z".parse().unwrap()),
            },
            ..Refusal::default()
        };

        assert_eq!(
            refusal.to_string(),
            "Azure answered 403 AuthorizationFailed: The client does not have authorization \
             (correlation id 8f1c, 2026-11-22T10:00:00Z)"
        );
    }

    #[test]
    fn a_policy_that_is_named_is_not_named_in_json_again() {
        let refusal = Refusal {
            message: "'w' was disallowed by policy. Policy identifiers: '[{\"id\":1}]'.".into(),
            policies: vec!["deny".into()],
            ..Refusal::default()
        };

        assert!(
            refusal
                .to_string()
                .starts_with("the operation failed: 'w' was disallowed by policy (")
        );
    }

    #[test]
    fn an_unknown_version_is_not_a_missing_resource() {
        let refused = |code: &str| {
            AzureError::from(Refusal {
                status: Some(404),
                code: code.into(),
                ..Refusal::default()
            })
        };

        assert!(refused("ResourceNotFound").is_not_found());
        assert!(!refused("InvalidResourceType").is_not_found());
    }

    #[test]
    fn codes_are_found_in_details_and_in_any_case() {
        let error = AzureError::from(Refusal {
            code: "BadRequest".into(),
            details: vec![ErrorDetail {
                code: "invalidquery".into(),
                message: String::new(),
            }],
            ..Refusal::default()
        });

        assert!(error.has_code(&["InvalidQuery"]));
        assert!(!error.has_code(&["Query"]));
    }
}
