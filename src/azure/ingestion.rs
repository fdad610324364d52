//! Does the endpoint take a sample from this identity? One remote write, and what a refusal of it means.

use std::time::Duration;

use reqwest::header::{CONTENT_ENCODING, HeaderName, HeaderValue};
use secrecy::SecretString;
use thiserror::Error;
use url::Url;

use super::call::{Call, HttpReply};
use super::error::{AzureError, Refusal, RequestIds};
use super::meaning::message::{quoted_after, word_after};
use super::meaning::refusal_meaning::RefusalMeaning;
use super::remote_write;
pub(crate) use super::remote_write::Sample;
use super::transport::Http;
use crate::clock;
use crate::network::retry::asked_wait;
use crate::spec::ids::PrincipalId;

/// Why a sample was not taken.
#[derive(Debug, Error)]
pub(crate) enum WriteRefusal {
    /// Also right after the role was given: it can take half an hour to reach the endpoint.
    #[error("the identity{} is not allowed to write to the rule ({ids})", identity_phrase(object_id.as_ref()))]
    RoleMissing {
        /// The principal that the token was for.
        object_id: Option<PrincipalId>,
        /// Resource id of the rule, as the endpoint reports it.
        rule: Option<String>,
        ids: RequestIds,
    },
    #[error("the endpoint has no rule `{rule}` ({ids})")]
    RuleNotFound { rule: String, ids: RequestIds },
    #[error("the rule is not bound to this endpoint ({ids})")]
    EndpointNotBound { ids: RequestIds },
    #[error("the endpoint does not accept the token ({ids})")]
    TokenRejected { ids: RequestIds },
    #[error("the endpoint throttles writes ({ids})")]
    Throttled {
        wait: Option<Duration>,
        ids: RequestIds,
    },
    /// The sample itself: undecodable, too old, or a wrong stream.
    #[error("the endpoint rejected the sample: {0}")]
    BadSample(Refusal),
    #[error(transparent)]
    Other(#[from] AzureError),
}

fn identity_phrase(object_id: Option<&PrincipalId>) -> String {
    object_id.map(|id| format!(" {id}")).unwrap_or_default()
}

impl WriteRefusal {
    /// Whether the endpoint refused the identity (401, 403), rather than failed.
    pub(crate) fn is_denied(&self) -> bool {
        match self {
            Self::RoleMissing { .. }
            | Self::EndpointNotBound { .. }
            | Self::TokenRejected { .. } => true,
            Self::Other(error) => error.is_permission(),
            Self::RuleNotFound { .. } | Self::Throttled { .. } | Self::BadSample(_) => false,
        }
    }

    /// Waiting may fix it.
    pub(crate) fn may_be_propagation(&self) -> bool {
        matches!(self, Self::RoleMissing { .. })
    }
}

/// Writes one sample as the identity that the token was issued to.
pub(crate) async fn write_sample(
    http: &Http,
    url: &Url,
    token: &SecretString,
    sample: &Sample,
) -> Result<(), WriteRefusal> {
    // Repeatable although it is a write: a second sample of the same series, time and value is a duplicate that the
    // workspace ignores.
    let call = Call::ask(url.clone())
        .body("application/x-protobuf", remote_write::body(sample))
        .header(CONTENT_ENCODING, HeaderValue::from_static("snappy"))
        .header(
            // Version 1.0 of the protocol calls itself 0.1.0 here. Whether the endpoint takes 2.0 is not confirmed.
            HeaderName::from_static("x-prometheus-remote-write-version"),
            HeaderValue::from_static("0.1.0"),
        );
    let reply = http.send(&call, Some(token)).await?;
    if reply.status.is_success() {
        return Ok(());
    }
    Err(read(&reply))
}

fn read(reply: &HttpReply) -> WriteRefusal {
    let refusal = reply.refusal();
    let (message, ids) = (&refusal.message, refusal.ids.clone());
    if refusal.means(RefusalMeaning::WriteTokenRejected) {
        WriteRefusal::TokenRejected { ids }
    } else if refusal.means(RefusalMeaning::EndpointNotBound) {
        WriteRefusal::EndpointNotBound { ids }
    } else if refusal.means(RefusalMeaning::WriteRoleMissing) {
        WriteRefusal::RoleMissing {
            object_id: word_after(message, "objectId").and_then(|id| PrincipalId::parse(id).ok()),
            rule: word_after(message, "DcrArmId:")
                .or_else(|| word_after(message, "resourceId"))
                .map(str::to_owned),
            ids,
        }
    } else if refusal.means(RefusalMeaning::RuleUnknown) {
        WriteRefusal::RuleNotFound {
            rule: quoted_after(message, "immutable Id")
                .unwrap_or_default()
                .to_owned(),
            ids,
        }
    } else if refusal.means(RefusalMeaning::WritesThrottled) {
        WriteRefusal::Throttled {
            wait: asked_wait(&reply.headers, clock::now()),
            ids,
        }
    } else if refusal.means(RefusalMeaning::SampleRejected) {
        WriteRefusal::BadSample(refusal)
    } else {
        // A 403 without these words may be a closed network.
        WriteRefusal::Other(refusal.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{FakeService, ScriptedReply, says};
    use jiff::Timestamp;
    use serde_json::json;

    const NO_ROLE: &str = "The authentication token provided does not have access to ingest data for the data collection rule \
        with immutable Id 'dcr-1' PipelineAccessResult: AccessGranted: False, IsRbacPresent: False, IsDcrDceBindingValid: , \
        DcrArmId: /subscriptions/s/rules/r, Message: Required authorization action was not found for tenantId t \
        objectId 66666666-6666-6666-6666-666666666666 on resourceId /subscriptions/s/rules/r ConfigurationId: /x.";

    async fn write(answer: ScriptedReply) -> (Result<(), WriteRefusal>, FakeService) {
        let fake = FakeService::in_turn([answer]).await;
        let sample = Sample {
            labels: vec![("__name__".into(), "probe".into())],
            value: 1.0,
            at: Timestamp::UNIX_EPOCH,
        };
        let outcome = write_sample(
            &Http::without_waits(),
            &fake.url("/write"),
            &"token".into(),
            &sample,
        )
        .await;
        (outcome, fake)
    }

    fn refused(status: u16, message: &str) -> ScriptedReply {
        says(
            status,
            json!({ "error": { "code": "OperationFailed", "message": message } }).to_string(),
        )
    }

    #[tokio::test]
    async fn a_sample_goes_out_as_remote_write_1_0() {
        let (outcome, fake) = write(says(204, "")).await;

        let seen = &fake.seen()[0];
        assert!(outcome.is_ok());
        assert_eq!(seen.header("content-encoding"), "snappy");
        assert_eq!(seen.header("content-type"), "application/x-protobuf");
        assert_eq!(seen.header("x-prometheus-remote-write-version"), "0.1.0");
        assert_eq!(seen.header("authorization"), "Bearer token");
    }

    #[tokio::test]
    async fn a_missing_role_names_identity_and_rule() {
        let (outcome, _) = write(refused(403, NO_ROLE)).await;

        let refusal = outcome.unwrap_err();
        assert!(refusal.may_be_propagation());
        let WriteRefusal::RoleMissing {
            object_id, rule, ..
        } = refusal
        else {
            panic!("{refusal}");
        };
        assert_eq!(
            object_id.unwrap().as_str(),
            "66666666-6666-6666-6666-666666666666"
        );
        assert_eq!(rule.as_deref(), Some("/subscriptions/s/rules/r"));
    }

    #[tokio::test]
    async fn a_rule_of_another_endpoint_is_recognised() {
        let text = NO_ROLE.replace("IsDcrDceBindingValid: ,", "IsDcrDceBindingValid: False,");

        let (outcome, _) = write(refused(403, &text)).await;

        assert!(matches!(
            outcome,
            Err(WriteRefusal::EndpointNotBound { .. })
        ));
    }

    #[tokio::test]
    async fn a_closed_network_is_not_called_a_missing_role() {
        let (outcome, _) = write(says(403, "Forbidden by network rules")).await;

        assert!(matches!(outcome, Err(WriteRefusal::Other(_))));
    }

    #[tokio::test]
    async fn other_refusals_have_their_names() {
        let not_found = refused(
            404,
            "Data collection rule with immutable Id 'dcr-9' not found.",
        );

        assert!(
            matches!(write(not_found).await.0, Err(WriteRefusal::RuleNotFound { rule, .. }) if rule == "dcr-9")
        );
        assert!(matches!(
            write(refused(401, "")).await.0,
            Err(WriteRefusal::TokenRejected { .. })
        ));
        assert!(matches!(
            write(refused(400, "too old")).await.0,
            Err(WriteRefusal::BadSample(_))
        ));
        let throttled = refused(429, "slow").with("retry-after", "3600");
        let hour = Duration::from_secs(3600);
        assert!(
            matches!(write(throttled).await.0, Err(WriteRefusal::Throttled { wait: Some(wait), .. }) if wait == hour)
        );
    }
}
