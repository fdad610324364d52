//! What does a TokenRequest ask for? In JSON, or in the protobuf that kubectl sends.

use prost::Message;
use serde_json::Value;

use super::{
    protobuf::{self, Envelope, MAGIC},
    status::StatusError,
};
use crate::sandbox::{request::ServiceRequest, strict};

/// The shortest lifetime that can be requested, in seconds.
const SHORTEST: i64 = 600;
/// The longest lifetime; AKS shortens longer ones, in seconds.
const LONGEST: i64 = 24 * 60 * 60;
/// The default lifetime of a token is one hour.
const USUAL: i64 = 60 * 60;

const KNOWN_FIELDS: [&str; 7] = [
    "apiVersion",
    "kind",
    "metadata",
    "spec.audiences",
    "spec.boundObjectRef",
    "spec.expirationSeconds",
    "status",
];

/// The token that a client wants.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RequestedToken {
    /// Empty when any audience will do.
    pub(super) audiences: Vec<String>,
    pub(super) seconds: i64,
}

impl RequestedToken {
    pub(super) fn read(request: &ServiceRequest) -> Result<Self, StatusError> {
        let (audiences, seconds) = match request.header("content-type") {
            Some(protobuf::CONTENT_TYPE) => from_protobuf(&request.body)
                .ok_or_else(|| StatusError::BadRequest("the body is no TokenRequest".to_owned()))?,
            _ => from_json(request)?,
        };
        let seconds = seconds.unwrap_or(USUAL);
        // The API server refuses less than ten minutes, and shortens what is too long without an error.
        if seconds < SHORTEST {
            return Err(StatusError::Invalid(format!(
                "TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid value: {seconds}: \
                 may not specify a duration less than 10 minutes"
            )));
        }
        Ok(Self {
            audiences,
            seconds: seconds.min(LONGEST),
        })
    }
}

fn from_json(request: &ServiceRequest) -> Result<(Vec<String>, Option<i64>), StatusError> {
    let refuse = |text: &str| StatusError::BadRequest(text.to_owned());
    let body = request.json().map_err(|_| refuse("the body is not JSON"))?;
    if let Some(field) = strict::unknown_field(&body, &KNOWN_FIELDS) {
        let text = format!("strict decoding error: unknown field \"{field}\"");
        return Err(StatusError::BadRequest(text));
    }
    let audiences = body["spec"]["audiences"].as_array().into_iter().flatten();
    let audiences = audiences
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    match &body["spec"]["expirationSeconds"] {
        Value::Null => Ok((audiences, None)),
        requested => {
            let seconds = requested.as_i64();
            let seconds =
                seconds.ok_or_else(|| refuse("spec.expirationSeconds must be a number"))?;
            Ok((audiences, Some(seconds)))
        }
    }
}

#[derive(Message)]
struct TokenRequest {
    #[prost(message, optional, tag = "2")]
    spec: Option<TokenRequestSpec>,
}

#[derive(Message)]
struct TokenRequestSpec {
    #[prost(string, repeated, tag = "1")]
    audiences: Vec<String>,
    #[prost(int64, optional, tag = "4")]
    expiration_seconds: Option<i64>,
}

fn from_protobuf(body: &[u8]) -> Option<(Vec<String>, Option<i64>)> {
    // A TokenRequest travels in the same envelope as every other object.
    let envelope = Envelope::decode(body.strip_prefix(MAGIC)?).ok()?;
    let spec = TokenRequest::decode(envelope.object.as_slice())
        .ok()?
        .spec?;
    Some((spec.audiences, spec.expiration_seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::testing::request;

    fn in_protobuf(spec: TokenRequestSpec) -> Vec<u8> {
        let object = TokenRequest { spec: Some(spec) }.encode_to_vec();
        let envelope = Envelope {
            object,
            ..Envelope::default()
        };
        [MAGIC, &envelope.encode_to_vec()].concat()
    }

    #[test]
    fn json_and_protobuf_ask_for_the_same() {
        let json =
            r#"{"kind": "TokenRequest", "spec": {"audiences": ["a"], "expirationSeconds": 700}}"#;
        let json = request("POST /token").with_body(json);
        let protobuf = in_protobuf(TokenRequestSpec {
            audiences: vec!["a".to_owned()],
            expiration_seconds: Some(700),
        });
        let protobuf = request("POST /token")
            .with_header("content-type", "application/vnd.kubernetes.protobuf")
            .with_body(protobuf);

        let requested = RequestedToken {
            audiences: vec!["a".to_owned()],
            seconds: 700,
        };
        assert_eq!(RequestedToken::read(&json).as_ref(), Ok(&requested));
        assert_eq!(RequestedToken::read(&protobuf).as_ref(), Ok(&requested));
    }

    #[test]
    fn a_life_may_be_left_open_but_not_be_shorter_than_ten_minutes() {
        let seconds = |spec: &str| {
            let body = format!(r#"{{"spec": {{"expirationSeconds": {spec}}}}}"#);
            RequestedToken::read(&request("POST /token").with_body(body))
                .map(|requested| requested.seconds)
        };

        assert_eq!(seconds("null"), Ok(3600));
        assert_eq!(seconds("600"), Ok(600));
        assert_eq!(seconds("999999"), Ok(86400));
        assert!(matches!(seconds("599"), Err(StatusError::Invalid(_))));
        assert!(matches!(
            seconds("\"600\""),
            Err(StatusError::BadRequest(_))
        ));
    }
}
