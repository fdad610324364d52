//! One request as a value, and the reply to it: made here, sent elsewhere.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::address::host_of;
use super::envelope;
use super::error::{AzureError, Refusal, RequestIds};
use crate::clock;
use crate::network::cause::json_fault;
use crate::network::retry::asked_wait;

/// What will be sent. It has no `Debug`: a body may hold a secret.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// Sending it twice does the same as sending it once.
    pub(super) repeatable: bool,
    /// For one try, its answer included.
    pub(super) deadline: Duration,
}

/// A read is answered within a few seconds, or the service is not well.
const READ_DEADLINE: Duration = Duration::from_secs(20);
/// A write may do its work before it answers: a workspace takes up to half a minute.
const WRITE_DEADLINE: Duration = Duration::from_secs(60);

impl Call {
    fn read(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            repeatable: true,
            deadline: READ_DEADLINE,
        }
    }

    fn write(method: Method, url: Url, repeatable: bool) -> Self {
        Self {
            repeatable,
            deadline: WRITE_DEADLINE,
            ..Self::read(method, url)
        }
    }

    pub(super) fn get(url: Url) -> Self {
        Self::read(Method::GET, url)
    }

    pub(super) fn put(url: Url) -> Self {
        Self::write(Method::PUT, url, true)
    }

    /// Our patches name the final values, so that a second one changes nothing.
    pub(super) fn patch(url: Url) -> Self {
        Self::write(Method::PATCH, url, true)
    }

    pub(super) fn delete(url: Url) -> Self {
        Self::write(Method::DELETE, url, true)
    }

    pub(super) fn post(url: Url) -> Self {
        Self::write(Method::POST, url, false)
    }

    /// A POST that only asks.
    pub(super) fn ask(url: Url) -> Self {
        Self::read(Method::POST, url)
    }

    #[cfg(test)]
    pub(super) fn within(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Null means no body.
    pub(super) fn json(self, body: &Value) -> Self {
        match body {
            Value::Null => self,
            body => self.body("application/json", body.to_string().into()),
        }
    }

    pub(super) fn form(self, fields: &[(&str, &str)]) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        self.body("application/x-www-form-urlencoded", form.finish().into())
    }

    pub(super) fn body(mut self, media_type: &'static str, body: Bytes) -> Self {
        self.body = body;
        self.header(CONTENT_TYPE, HeaderValue::from_static(media_type))
    }

    pub(super) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

/// A whole answer, whatever its status.
pub(super) struct HttpReply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// Where it came from.
    pub(super) url: Url,
    /// The `x-ms-client-request-id` that was sent.
    pub(super) sent_as: String,
}

impl HttpReply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The service's own ids; the data path sends none, so there it is the one we sent.
    pub(super) fn ids(&self) -> RequestIds {
        let header = |name| self.header(name).map(str::to_owned);
        RequestIds {
            correlation: header("x-ms-correlation-request-id"),
            request: header("x-ms-request-id")
                // Microsoft Graph names it without the prefix (recorded).
                .or_else(|| header("request-id"))
                .or_else(|| Some(self.sent_as.clone())),
            at: Some(clock::now()),
        }
    }

    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, AzureError> {
        serde_json::from_slice(&self.body).map_err(|error| AzureError::Unreadable {
            host: host_of(&self.url),
            ids: self.ids(),
            why: json_fault(&error),
        })
    }

    /// What a reply of another status than 2xx means.
    pub(super) fn refusal(&self) -> Refusal {
        let reported = envelope::read(&self.body);
        // Services often repeat the code of the body in this header. A body that is no envelope, such as a gateway's
        // HTML, has none.
        let code = match self.header("x-ms-error-code") {
            Some(code) if reported.code.is_empty() => code.to_owned(),
            _ => reported.code,
        };
        Refusal {
            status: Some(self.status.as_u16()),
            code,
            ids: self.ids(),
            wait: asked_wait(&self.headers, clock::now()),
            challenge: self
                .headers
                .get(WWW_AUTHENTICATE)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            ..reported
        }
    }

    pub(super) fn success(self) -> Result<Self, AzureError> {
        if self.status.is_success() {
            Ok(self)
        } else {
            Err(self.refusal().into())
        }
    }
}
