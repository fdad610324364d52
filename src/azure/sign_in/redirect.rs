//! The road that azure_identity takes: our own clients, with hosts that were overridden put in the place of the real ones.
//!
//! azure_identity accepts https authorities only and has the metadata address built in, so it is told the real names
//! and the request is redirected here.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::error::ErrorKind;
use azure_core::http::{
    AsyncRawResponse, ClientOptions, ExponentialRetryOptions, HttpClient, Request, RetryOptions,
    Transport,
};
use url::Url;

use super::credential::Surroundings;
use crate::azure::address::road_to_identity_endpoint;
use crate::azure::transport::Http;

/// The library's own choice would leave somebody without a network waiting for a minute.
const TRIES_AFTER_THE_FIRST: u32 = 3;
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
        self.http.count();
        let mut request = request.clone();
        *request.url_mut() = url;
        client.execute_request(&request).await
    }
}
