//! A request as the embedded Azure sees it: a plain value, so that a test can make one without a network.

use bytes::Bytes;
use http::{HeaderMap, Method};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{faults::ActiveFault, service::Service};

/// One request, located and read in full.
#[derive(Clone, Debug)]
pub(crate) struct ServiceRequest {
    pub(crate) method: Method,
    pub(crate) service: Service,
    /// Tells one ingestion endpoint, query endpoint or cluster from another.
    pub(crate) label: Option<String>,
    /// As the service sees it, percent-encoding included.
    pub(crate) path: String,
    /// Decoded, in the order given.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// When the request came in, before any latency.
    pub(crate) received: Timestamp,
    /// When it is handled.
    pub(crate) now: Timestamp,
    /// Whether it could have a body, came over HTTP/1.1, and has no length of its body.
    pub(crate) lacks_length: bool,
    /// The misbehaviour that was asked for this request.
    pub(crate) fault: Option<ActiveFault>,
}

impl ServiceRequest {
    /// The path's segments, decoded; empty ones are left out.
    pub(crate) fn segments(&self) -> Vec<String> {
        self.path
            // Split before decoding: an encoded slash belongs to its segment.
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(percent_decoded)
            .collect()
    }

    /// The first query parameter of that name, whatever its case.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// A header's value, when it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The token of an `Authorization: Bearer` header.
    pub(crate) fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// The body as JSON; an empty body is `null`.
    pub(crate) fn json(&self) -> Result<Value, serde_json::Error> {
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.body)
    }
}

/// Decodes `%41` into `A`; what is no valid escape stays as it is.
fn percent_decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_once_and_only_where_it_is_encoded() {
        assert_eq!(percent_decoded("rg%2Dprod%20%2525%zz%"), "rg-prod %25%zz%");
    }
}
