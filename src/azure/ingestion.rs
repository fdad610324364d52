//! Does the endpoint take a sample from this identity? One remote write, and what a refusal of it means.

use std::time::Duration;

use reqwest::header::{CONTENT_ENCODING, HeaderName, HeaderValue};
use secrecy::SecretString;
use thiserror::Error;
use url::Url;

use super::call::{Call, Reply};
use super::error::{AzureError, Refusal, RequestIds};
use super::remote_write;
pub(crate) use super::remote_write::Sample;
use super::retry::asked_wait;
use super::transport::Http;
use crate::clock;
use crate::spec::ids::PrincipalId;

/// Why a sample was not taken.
#[derive(Debug, Error)]
pub(crate) enum WriteRefusal {
    /// Also right after the role was given: it can take half an hour to reach the endpoint.
    #[error("the identity{} may not write to the rule ({ids})", whom(object_id.as_ref()))]
    RoleMissing {
        /// The principal that the token was for.
        object_id: Option<PrincipalId>,
        /// Resource id of the rule, as the endpoint tells it.
        rule: Option<String>,
        ids: RequestIds,
    },
    #[error("the endpoint knows no rule `{rule}` ({ids})")]
    RuleNotFound { rule: String, ids: RequestIds },
    #[error("the rule is not bound to this endpoint ({ids})")]
    EndpointNotBound { ids: RequestIds },
    #[error("the endpoint does not accept the token ({ids})")]
    TokenRejected { ids: RequestIds },
    #[error("the endpoint takes no more samples for now ({ids})")]
    Throttled {
        wait: Option<Duration>,
        ids: RequestIds,
    },
    /// The sample itself: undecodable, too old, or a wrong stream.
    #[error("the endpoint did not understand the sample: {0}")]
    BadSample(Refusal),
    #[error(transparent)]
    Other(#[from] AzureError),
}

fn whom(object_id: Option<&PrincipalId>) -> String {
    object_id.map(|id| format!(" {id}")).unwrap_or_default()
}

impl WriteRefusal {
    /// Waiting may mend it.
    pub(crate) fn may_be_propagation(&self) -> bool {
        matches!(self, Self::RoleMissing { .. })
    }
}

/// Writes one sample as whoever the token is for.
pub(crate) async fn write_sample(
    http: &Http,
    url: &Url,
    token: &SecretString,
    sample: &Sample,
) -> Result<(), WriteRefusal> {
    let call = Call::ask(url.clone())
        .body("application/x-protobuf", remote_write::body(sample))
        .header(CONTENT_ENCODING, HeaderValue::from_static("snappy"))
        .header(
            HeaderName::from_static("x-prometheus-remote-write-version"),
            HeaderValue::from_static("0.1.0"),
        );
    let reply = http.send(&call, Some(token)).await?;
    if reply.status.is_success() {
        return Ok(());
    }
    Err(read(&reply))
}

fn read(reply: &Reply) -> WriteRefusal {
    let refusal = reply.refusal();
    let ids = refusal.ids.clone();
    match reply.status.as_u16() {
        401 => WriteRefusal::TokenRejected { ids },
        403 => forbidden(refusal),
        404 if refusal.message.contains("immutable Id") => WriteRefusal::RuleNotFound {
            rule: quoted_after(&refusal.message, "immutable Id").unwrap_or_default(),
            ids,
        },
        429 => WriteRefusal::Throttled {
            wait: asked_wait(&reply.headers, clock::now()),
            ids,
        },
        400 | 413 | 415 | 422 => WriteRefusal::BadSample(refusal),
        _ => WriteRefusal::Other(refusal.into()),
    }
}

/// The text of a 403 tells which of two things is missing; without it, it may be a closed network.
fn forbidden(refusal: Refusal) -> WriteRefusal {
    let message = &refusal.message;
    let is_about_the_rule =
        message.contains("PipelineAccessResult") || message.contains("does not have access");
    if word_after(message, "IsDcrDceBindingValid:")
        .is_some_and(|word| word.eq_ignore_ascii_case("false"))
    {
        WriteRefusal::EndpointNotBound { ids: refusal.ids }
    } else if is_about_the_rule {
        WriteRefusal::RoleMissing {
            object_id: word_after(message, "objectId").and_then(|id| PrincipalId::parse(id).ok()),
            rule: word_after(message, "DcrArmId:")
                .or_else(|| word_after(message, "resourceId"))
                .map(str::to_owned),
            ids: refusal.ids,
        }
    } else {
        WriteRefusal::Other(refusal.into())
    }
}

/// The word that follows a label, on the same side of the next comma.
fn word_after<'a>(message: &'a str, label: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(label)?;
    let word = rest.split(',').next()?.split_whitespace().next()?;
    Some(word.trim_end_matches('.'))
}

fn quoted_after(message: &str, label: &str) -> Option<String> {
    let (_, rest) = message.split_once(label)?;
    rest.split('\'').nth(1).map(str::to_owned)
}
