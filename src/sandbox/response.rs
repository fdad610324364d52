//! An answer as a plain value, with what the journal should note about it.

use std::pin::Pin;

use futures_util::Stream;
use http::StatusCode;
use serde_json::{Map, Value};

/// What follows a body for as long as the client listens.
pub(crate) struct BodyStream(pub(crate) Pin<Box<dyn Stream<Item = Vec<u8>> + Send>>);

impl BodyStream {
    pub(crate) fn new(parts: impl Stream<Item = Vec<u8>> + Send + 'static) -> Self {
        Self(Box::pin(parts))
    }
}

impl std::fmt::Debug for BodyStream {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("BodyStream")
    }
}

/// What a service answers.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// Takes the place of the body.
    pub(crate) stream: Option<BodyStream>,
    /// The connection closes instead: no byte of this answer leaves.
    pub(crate) is_withheld: bool,
    /// Fields that this answer adds to its line in the journal; never bodies or tokens.
    pub(crate) notes: Map<String, Value>,
}

impl Response {
    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", body.to_string())
    }

    pub(crate) fn text(status: StatusCode, body: impl Into<String>) -> Self {
        Self::new(status, "text/plain; charset=utf-8", body.into())
    }

    pub(crate) fn html(status: StatusCode, body: impl Into<String>) -> Self {
        Self::new(status, "text/html; charset=utf-8", body.into())
    }

    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            stream: None,
            is_withheld: false,
            notes: Map::new(),
        }
    }

    /// The connection closes without an answer; the journal gets the status.
    pub(crate) fn withheld(status: StatusCode) -> Self {
        Self {
            is_withheld: true,
            ..Self::empty(status)
        }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// An answer whose body comes in parts.
    pub(crate) fn streaming(parts: BodyStream) -> Self {
        // A watch has no length: the client reads until either side ends it.
        let mut response = Self::new(StatusCode::OK, "application/json", String::new());
        response.stream = Some(parts);
        response
    }

    /// Adds a field to this request's line in the journal.
    pub(crate) fn noting(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.notes.insert(field.to_owned(), value.into());
        self
    }

    fn new(status: StatusCode, content_type: &str, body: String) -> Self {
        Self {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            body: body.into_bytes(),
            stream: None,
            is_withheld: false,
            notes: Map::new(),
        }
    }
}

#[cfg(test)]
impl Response {
    /// The body as JSON, for tests.
    pub(crate) fn value(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the answer is JSON")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.as_str())
    }
}
