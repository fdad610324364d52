//! Where does a call go, and may a token travel there?

use std::net::IpAddr;

use url::Url;

use super::error::AzureError;
use crate::spec::ids::is_segment;
use crate::spec::loopback::is_loopback;

/// The service that a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Audience {
    ResourceManager,
    Graph,
    Query,
}

/// A URL together with the audience that its token must name.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(super) audience: Audience,
    /// Or the part of the path that a URL does not keep as it is.
    url: Result<Url, String>,
}

impl Address {
    /// `path` goes below whatever path `base` has: an override may carry one.
    pub(super) fn below(base: &Url, audience: Audience, path: &str) -> Self {
        let mut url = base.clone();
        let path = path.trim_start_matches('/');
        url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
        // `set_path` resolves `..`, so a name of an answer could lead to another resource.
        let odd = path.split('/').find(|segment| !is_segment(segment));
        Self {
            audience,
            url: odd.map_or(Ok(url), |segment| Err(segment.to_owned())),
        }
    }

    /// The item of this name in the collection at this address. A name is one segment.
    pub(super) fn item(mut self, name: &str) -> Self {
        if let Ok(url) = &mut self.url {
            match is_segment(name) && !name.contains('/') {
                true => url.set_path(&format!("{}/{name}", url.path())),
                false => self.url = Err(name.to_owned()),
            }
        }
        self
    }

    pub(super) fn with(mut self, key: &str, value: &str) -> Self {
        if let Ok(url) = &mut self.url {
            url.query_pairs_mut().append_pair(key, value);
        }
        self
    }

    /// Refused where a name would change the path.
    pub(super) fn url(&self) -> Result<&Url, AzureError> {
        let odd = |part: &String| AzureError::OddName(part.clone());
        self.url.as_ref().map_err(odd)
    }

    /// The same audience at a URL that a service named: refused when the link leaves the service's own hosts.
    pub(super) fn follow(&self, link: &str) -> Result<Self, AzureError> {
        let own = self.url()?;
        let url = own
            .join(link)
            .map_err(|_| AzureError::ForeignLink(link.to_owned()))?;
        // Links can name the port, as in `https://management.azure.com:443/…` (recorded): the default port is no other
        // origin.
        if is_same_service(&url, own) {
            Ok(Self {
                audience: self.audience,
                url: Ok(url),
            })
        } else {
            Err(AzureError::ForeignLink(host_of(&url)))
        }
    }
}

/// How the connection to a host is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConnectionKind {
    /// PlainHttp http that stays on this machine or this link; never through a proxy.
    PlainHttp,
    /// TLS to this machine; never through a proxy.
    LocalTls,
    /// TLS to the world, through a proxy where the environment names one.
    RemoteTls,
}

/// The connection to a service that takes a token: https, or http on this machine.
pub(super) fn connection_kind(url: &Url) -> Result<ConnectionKind, AzureError> {
    match (url.scheme(), is_loopback(url)) {
        ("http", true) => Ok(ConnectionKind::PlainHttp),
        ("https", true) => Ok(ConnectionKind::LocalTls),
        ("https", false) => Ok(ConnectionKind::RemoteTls),
        _ => Err(AzureError::UnsafeAddress(host_of(url))),
    }
}

/// The connection to an endpoint that returns tokens of managed identities: these answer http on link-local addresses too.
pub(super) fn identity_endpoint_connection(url: &Url) -> Result<ConnectionKind, AzureError> {
    if url.scheme() == "http" && is_link_local(url) {
        Ok(ConnectionKind::PlainHttp)
    } else {
        connection_kind(url)
    }
}

fn is_link_local(url: &Url) -> bool {
    let address = url.host_str().and_then(|host| host.parse().ok());
    matches!(address, Some(IpAddr::V4(address)) if address.is_link_local())
}

/// Same scheme, host and port, or a host below the service's own: the bearer must not follow a link elsewhere.
fn is_same_service(link: &Url, service: &Url) -> bool {
    let same_origin = link.origin() == service.origin();
    let below = link.scheme() == "https"
        && service.scheme() == "https"
        && link.port_or_known_default() == service.port_or_known_default()
        && link
            .host_str()
            .zip(service.domain())
            .is_some_and(|(host, domain)| host.ends_with(&format!(".{domain}")));
    same_origin || below
}

/// Host and port, for messages.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or("an address without a host");
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> Address {
        Address {
            audience: Audience::ResourceManager,
            url: Ok(url.parse().unwrap()),
        }
    }

    #[test]
    fn a_token_goes_over_tls_or_stays_on_this_machine() {
        let kind = |url: &str| connection_kind(&url.parse().unwrap()).ok();

        assert_eq!(
            kind("https://management.azure.com/x"),
            Some(ConnectionKind::RemoteTls)
        );
        assert_eq!(
            kind("http://127.0.0.1:8080/x"),
            Some(ConnectionKind::PlainHttp)
        );
        assert_eq!(kind("http://[::1]:8080/x"), Some(ConnectionKind::PlainHttp));
        assert_eq!(kind("https://localhost/x"), Some(ConnectionKind::LocalTls));
        assert_eq!(kind("http://management.azure.com/x"), None);
        assert_eq!(kind("http://localhost.example.com/x"), None);
        assert_eq!(kind("http://169.254.169.254/x"), None);
    }

    #[test]
    fn identity_endpoints_may_be_link_local() {
        let kind = |url: &str| identity_endpoint_connection(&url.parse().unwrap()).ok();

        assert_eq!(
            kind("http://169.254.169.254/x"),
            Some(ConnectionKind::PlainHttp)
        );
        assert_eq!(kind("http://10.0.0.1/x"), None);
    }

    #[test]
    fn a_link_is_followed_within_the_service_only() {
        let list = at("https://management.azure.com/subscriptions?api-version=2022-12-01");

        for fine in [
            "https://management.azure.com/subscriptions?$skiptoken=2",
            "https://eastus.management.azure.com/operations/1",
            "/subscriptions?page=2",
        ] {
            assert!(list.follow(fine).is_ok(), "{fine}");
        }
        for foreign in [
            "https://management.azure.com.evil.example/x",
            "https://evilmanagement.azure.com/x",
            "http://management.azure.com/x",
            "https://management.azure.com:8443/x",
            "https://user@evil.example/x",
        ] {
            assert!(list.follow(foreign).is_err(), "{foreign}");
        }
    }

    #[test]
    fn a_link_on_this_machine_keeps_its_port() {
        let list = at("http://127.0.0.1:8080/subscriptions");

        assert!(list.follow("http://127.0.0.1:8080/next").is_ok());
        assert!(list.follow("http://127.0.0.1:9090/next").is_err());
    }

    #[test]
    fn a_base_keeps_its_own_path() {
        let base = "http://127.0.0.1:8080/resource-manager/".parse().unwrap();

        let address = Address::below(&base, Audience::ResourceManager, "/subscriptions")
            .with("api-version", "2022-12-01");

        assert_eq!(
            address.url().unwrap().as_str(),
            "http://127.0.0.1:8080/resource-manager/subscriptions?api-version=2022-12-01"
        );
    }

    #[test]
    fn a_name_that_changes_the_path_of_a_request_is_refused() {
        let base: Url = "https://management.azure.com/".parse().unwrap();
        let below = |path: &str| Address::below(&base, Audience::ResourceManager, path);
        let names = [
            "", ".", "..", "%2e%2e", "a%2fb", "a\\b", "a?b", "a#b", "a\nb",
        ];

        for name in names {
            let inside = below(&format!("items/{name}/x")).with("api-version", "1");
            assert!(inside.url().is_err(), "{name}");
            assert!(below("items").item(name).url().is_err(), "{name}");
        }
        for name in ["../../evil", "a/b", "/a"] {
            assert!(below("items").item(name).url().is_err(), "{name}");
        }
    }

    #[test]
    fn an_item_keeps_its_name_and_the_query() {
        let base: Url = "https://management.azure.com/".parse().unwrap();

        let address = Address::below(&base, Audience::ResourceManager, "items")
            .with("api-version", "1")
            .item("..a b");

        assert_eq!(
            address.url().unwrap().as_str(),
            "https://management.azure.com/items/..a%20b?api-version=1"
        );
    }
}
