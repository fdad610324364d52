//! The road that azure_identity takes: our own clients, with hosts that were overridden put in the place of the real ones.
//!
//! azure_identity accepts https authorities only and has the metadata address built in, so it is told the real names
//! and the request is redirected here.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::error::ErrorKind;
use azure_core::http::headers::Headers;
use azure_core::http::{
    AsyncRawResponse, Body, ClientOptions, ExponentialRetryOptions, HttpClient, Request,
    RetryOptions, Transport,
};
use bytes::Bytes;
use serde_json::Value;
use url::Url;

use super::credential::Surroundings;
use crate::azure::address::road_to_identity_endpoint;
use crate::azure::entra::LONGEST_LIFETIME;
use crate::azure::error::AzureError;
use crate::azure::transport::Http;

/// The library's own choice would leave somebody without a network waiting for a minute.
const TRIES_AFTER_THE_FIRST: u32 = 2;
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
pub(super) fn client_options(surroundings: &Surroundings) -> ClientOptions {
    let Surroundings { http, cloud, .. } = surroundings;
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
        retry: RetryOptions::exponential(ExponentialRetryOptions {
            max_retries: TRIES_AFTER_THE_FIRST,
            ..ExponentialRetryOptions::default()
        }),
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
        let url = self.redirect(request.url());
        let refuse = |error| azure_core::Error::new(ErrorKind::Other, error);
        let road = road_to_identity_endpoint(&url).map_err(refuse)?;
        let client = self.http.client(road).map_err(refuse)?;
        let sent = reqwest_request(client, request, url.clone())?.timeout(DEADLINE);
        self.http.count();
        let reply = self.http.exchange(sent, &url, "").await.map_err(failed)?;
        let body = with_sane_lifetime(reply.body);
        Ok(AsyncRawResponse::from_bytes(
            reply.status.as_u16().into(),
            headers(&reply.headers),
            body,
        ))
    }
}

fn reqwest_request(
    client: &reqwest::Client,
    request: &Request,
    url: Url,
) -> azure_core::Result<reqwest::RequestBuilder> {
    let method = reqwest::Method::from_bytes(request.method().as_str().as_bytes())
        .map_err(|error| azure_core::Error::new(ErrorKind::Other, error))?;
    let Body::Bytes(body) = request.body().clone() else {
        return Err(azure_core::Error::with_message(
            ErrorKind::Other,
            "a token request has a body of bytes",
        ));
    };
    let sent = client.request(method, url).body(body);
    let headers = request.headers().iter();
    Ok(headers.fold(sent, |sent, (name, value)| {
        sent.header(name.as_str(), value.as_str())
    }))
}

fn headers(received: &reqwest::header::HeaderMap) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in received {
        if let Ok(value) = value.to_str() {
            headers.insert(name.as_str().to_owned(), value.to_owned());
        }
    }
    headers
}

/// The kinds are those of the library's own client, whose retries go by them.
fn failed(error: AzureError) -> azure_core::Error {
    let kind = match &error {
        AzureError::Unreachable { source, .. } if source.is_connect() => ErrorKind::Connection,
        AzureError::Unreachable { .. } => ErrorKind::Io,
        _ => ErrorKind::Other,
    };
    azure_core::Error::new(kind, error)
}

/// azure_identity 1.0 adds `expires_in` to the present time, which panics where the sum has no date.
fn with_sane_lifetime(body: Bytes) -> Bytes {
    let Ok(mut answer) = serde_json::from_slice::<Value>(&body) else {
        return body;
    };
    let Some(lifetime) = answer.get_mut("expires_in") else {
        return body;
    };
    let sane = 0..=LONGEST_LIFETIME;
    match lifetime.as_i64() {
        Some(seconds) if !sane.contains(&seconds) => {
            *lifetime = seconds.clamp(0, LONGEST_LIFETIME).into();
            answer.to_string().into()
        }
        _ => body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_that_has_no_date_is_cut() {
        let cut = |lifetime: &str| {
            let body = format!(r#"{{"access_token":"t","expires_in":{lifetime}}}"#);
            with_sane_lifetime(body.into())
        };

        assert_eq!(cut("3600"), r#"{"access_token":"t","expires_in":3600}"#);
        assert_eq!(
            cut("9223372036854775807"),
            r#"{"access_token":"t","expires_in":604800}"#
        );
        assert_eq!(cut("-5"), r#"{"access_token":"t","expires_in":0}"#);
        assert_eq!(with_sane_lifetime("<html>".into()), "<html>");
    }
}
