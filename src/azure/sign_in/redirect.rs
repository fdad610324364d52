//! The transport of azure_identity: our own clients, with overridden hosts in place of the real ones.
//!
//! azure_identity accepts https authorities only and has the metadata address built in, so it gets the real names
//! and the request is redirected here.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::error::ErrorKind;
use azure_core::http::headers::Headers;
use azure_core::http::{
    AsyncRawResponse, Body, ClientOptions, HttpClient, Request, RetryOptions, Transport,
};
use bytes::Bytes;
use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

use super::sign_in_context::SignInContext;
use crate::azure::address::{host_of, identity_endpoint_connection};
use crate::azure::call::{Call, HttpReply};
use crate::azure::entra::LONGEST_LIFETIME;
use crate::azure::error::AzureError;
use crate::azure::token_refusal::TokenRefusal;
use crate::azure::transport::Http;
use crate::clock;
use crate::network::retry::asked_wait;
use crate::network::retry_policy::RetryPolicy;

/// For one try, its answer included.
const DEADLINE: Duration = Duration::from_secs(15);
const INSTANCE_METADATA: &str = "169.254.169.254";

pub(super) struct IdentityTransport {
    http: Http,
    canonical_authority: Option<String>,
    authority: Url,
    instance_metadata: Url,
}

impl fmt::Debug for IdentityTransport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("IdentityTransport")
            .finish_non_exhaustive()
    }
}

/// Options that make a credential use this cloud's hosts and our clients.
pub(super) fn client_options(context: &SignInContext) -> ClientOptions {
    let SignInContext { http, cloud, .. } = context;
    let canonical = Url::parse(cloud.canonical_authority()).ok();
    let transport = IdentityTransport {
        http: http.clone(),
        canonical_authority: canonical.and_then(|url| url.host_str().map(str::to_owned)),
        authority: cloud.authority.clone(),
        instance_metadata: cloud.instance_metadata.clone(),
    };
    let mut configuration = CustomConfiguration::default();
    cloud
        .canonical_authority()
        .clone_into(&mut configuration.authority_host);
    ClientOptions {
        transport: Some(Transport::new(Arc::new(transport))),
        cloud: Some(Arc::new(CloudConfiguration::Custom(configuration))),
        // The library's retries wait for as long as a `Retry-After` asks, and in silence.
        retry: RetryOptions::none(),
        ..ClientOptions::default()
    }
}

impl IdentityTransport {
    fn redirect(&self, url: &Url) -> Url {
        let host = url.host_str();
        if host == Some(INSTANCE_METADATA) {
            moved(url, &self.instance_metadata)
        } else if host == self.canonical_authority.as_deref() {
            moved(url, &self.authority)
        } else {
            url.clone()
        }
    }
}

/// The same path and query below another base.
fn moved(url: &Url, base: &Url) -> Url {
    let mut moved = base.clone();
    moved.set_path(&format!(
        "{}{}",
        base.path().trim_end_matches('/'),
        url.path()
    ));
    moved.set_query(url.query());
    moved
}

#[async_trait]
impl HttpClient for IdentityTransport {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let call = call(request, self.redirect(request.url()))?;
        let is_entra = request.url().host_str() == self.canonical_authority.as_deref();
        let reply = if is_entra {
            self.ask_entra(&call).await
        } else {
            match self.ask_once(&call).await {
                Err(AzureError::Late { .. }) => self.ask_once(&call).await,
                answered => answered,
            }
            .and_then(without_long_wait)
        };
        let reply = reply.map_err(failed)?;
        let body = with_sane_lifetime(reply.body, clock::now());
        Ok(AsyncRawResponse::from_bytes(
            reply.status.as_u16().into(),
            headers(&reply.headers),
            body,
        ))
    }
}

impl IdentityTransport {
    /// Asks with our own retries. What is no verdict of Entra's becomes our error here, because the library reads any
    /// body as a token or a refusal.
    async fn ask_entra(&self, call: &Call) -> Result<HttpReply, AzureError> {
        let reply = self
            .http
            .send_within(RetryPolicy::SIGN_IN, call, None)
            .await?;
        let status = reply.status.as_u16();
        match status {
            // The sign-in page of a network answers 200 too, with HTML.
            200..=299 => reply.json::<Value>().map(|_| ())?,
            429 | 300..=399 | 500.. => {
                let refusal = TokenRefusal::read(status, &reply.body);
                // With a number it is Entra's own answer; without one, that of a proxy or a gateway on the way.
                return Err(match refusal.aadsts {
                    Some(_) => refusal.into(),
                    None => reply.refusal().into(),
                });
            }
            _ => {}
        }
        Ok(reply)
    }

    /// Asks once: the library repeats what an endpoint for managed identities refused for now.
    async fn ask_once(&self, call: &Call) -> Result<HttpReply, AzureError> {
        let client = self.http.client(identity_endpoint_connection(&call.url)?)?;
        let request = client
            .request(call.method.clone(), call.url.clone())
            .headers(call.headers.clone())
            .timeout(call.deadline)
            .body(call.body.clone());
        self.http.count();
        self.http.exchange(request, call, "").await
    }
}

/// The library waits for as long as such an endpoint asks, and in silence.
fn without_long_wait(reply: HttpReply) -> Result<HttpReply, AzureError> {
    let asked = asked_wait(&reply.headers, clock::now());
    match asked.filter(|wait| *wait > RetryPolicy::SIGN_IN.named) {
        Some(wait) if !reply.status.is_success() => Err(AzureError::AskedToWait {
            host: host_of(&reply.url),
            wait,
        }),
        _ => Ok(reply),
    }
}

/// A token that is asked for twice does no harm, so the call may be repeated.
fn call(request: &Request, url: Url) -> azure_core::Result<Call> {
    let Body::Bytes(body) = request.body().clone() else {
        return Err(azure_core::Error::with_message(
            ErrorKind::Other,
            "a token request has a body of bytes",
        ));
    };
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers().iter() {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).map_err(other)?;
        headers.insert(name, HeaderValue::from_str(value.as_str()).map_err(other)?);
    }
    Ok(Call {
        method: Method::from_bytes(request.method().as_str().as_bytes()).map_err(other)?,
        headers,
        body,
        deadline: DEADLINE,
        ..Call::ask(url)
    })
}

fn other<E>(error: E) -> azure_core::Error
where
    E: std::error::Error + Send + Sync + 'static,
{
    azure_core::Error::new(ErrorKind::Other, error)
}

fn headers(received: &HeaderMap) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in received {
        if let Ok(value) = value.to_str() {
            headers.insert(name.as_str().to_owned(), value.to_owned());
        }
    }
    headers
}

/// The kinds are those of the library's own client, whose retries go by them: a host that was silent twice is not asked
/// again.
fn failed(error: AzureError) -> azure_core::Error {
    let kind = match &error {
        AzureError::Unreachable { .. } => ErrorKind::Connection,
        AzureError::Broken { .. } => ErrorKind::Io,
        _ => ErrorKind::Other,
    };
    azure_core::Error::new(kind, error)
}

/// azure_identity 1.0 adds `expires_in` to the present time, which panics where the sum has no date; `expires_on` of
/// managed identities, a text, is an error there where it has no date.
fn with_sane_lifetime(body: Bytes, now: Timestamp) -> Bytes {
    let Ok(mut answer) = serde_json::from_slice::<Value>(&body) else {
        return body;
    };
    let latest = now.as_second().saturating_add(LONGEST_LIFETIME);
    let limits = [("expires_in", LONGEST_LIFETIME), ("expires_on", latest)];
    let cut = limits.map(|(name, most)| answer.get_mut(name).is_some_and(|value| cut(value, most)));
    if cut.contains(&true) {
        answer.to_string().into()
    } else {
        body
    }
}

/// Puts a number, or the text of one, between 0 and `most`; whether that changed it.
fn cut(value: &mut Value, most: i64) -> bool {
    let (text, is_text) = match &*value {
        Value::Number(number) => (number.to_string(), false),
        Value::String(text) => (text.trim().to_owned(), true),
        _ => return false,
    };
    let seconds = match (text.parse::<i64>(), text.parse::<f64>()) {
        (Ok(seconds), _) => seconds.clamp(0, most),
        // Larger than any i64, or no whole number.
        (_, Ok(other)) if other.is_sign_positive() => most,
        (_, Ok(_)) => 0,
        // A date, as App Service writes it.
        (_, Err(_)) => return false,
    };
    if seconds.to_string() == text {
        return false;
    }
    *value = if is_text {
        seconds.to_string().into()
    } else {
        seconds.into()
    };
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_that_has_no_date_is_cut() {
        let cut = |lifetime: &str| {
            let body = format!(r#"{{"access_token":"t","expires_in":{lifetime}}}"#);
            with_sane_lifetime(body.into(), Timestamp::UNIX_EPOCH)
        };

        assert_eq!(cut("3600"), r#"{"access_token":"t","expires_in":3600}"#);
        assert_eq!(
            cut("9223372036854775807"),
            r#"{"access_token":"t","expires_in":604800}"#
        );
        for beyond in ["18446744073709551615", "1e300"] {
            assert!(cut(beyond).ends_with(b":604800}"), "{beyond}");
        }
        assert_eq!(cut("-5"), r#"{"access_token":"t","expires_in":0}"#);
        assert_eq!(
            with_sane_lifetime("<html>".into(), Timestamp::UNIX_EPOCH),
            "<html>"
        );
    }

    #[test]
    fn an_end_that_has_no_date_is_cut_as_a_number_and_as_a_text() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let cut = |end: &str| {
            let body = format!(r#"{{"expires_on":{end}}}"#);
            let cut: Value = serde_json::from_slice(&with_sane_lifetime(body.into(), now)).unwrap();
            cut["expires_on"].to_string()
        };

        assert_eq!(cut(r#""1800003600""#), r#""1800003600""#);
        assert_eq!(cut("1800003600"), "1800003600");
        for beyond in ["9223372036854775807", "99999999999999999999999", "1e300"] {
            assert_eq!(cut(beyond), "1800604800", "{beyond}");
            assert_eq!(cut(&format!("\"{beyond}\"")), r#""1800604800""#, "{beyond}");
        }
        assert_eq!(cut(r#""-9223372036854775808""#), r#""0""#);
        assert_eq!(
            cut(r#""06/20/2027 02:57:58 +00:00""#),
            r#""06/20/2027 02:57:58 +00:00""#
        );
        assert_eq!(cut("null"), "null");
    }
}
