//! Where each service lives: under a path of one loopback address, or under Azure's own host names.

use std::net::IpAddr;

use super::{options::stays_on_this_machine, service::Service};

/// The form of address in force; every absolute URL in an answer is made here.
#[derive(Clone, Debug)]
pub(crate) enum Addresses {
    /// One listener, a path prefix for each service; holds its base such as `http://127.0.0.1:4041`.
    Plain(String),
    /// The host names of the public cloud over TLS.
    Azure,
}

/// The service at a path prefix or host name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RequestDestination {
    pub(crate) service: Service,
    /// Tells one ingestion endpoint, query endpoint or cluster from another.
    pub(crate) label: Option<String>,
    /// The path that the service itself sees, with its leading slash.
    pub(crate) path: String,
}

const METADATA_HOST: &str = "169.254.169.254";
const INGESTION_SUFFIX: &str = ".metrics.ingest.monitor.azure.com";
const QUERY_SUFFIX: &str = ".prometheus.monitor.azure.com";
const KUBERNETES_SUFFIX: &str = ".azmk8s.io";
const ISSUER_SUFFIX: &str = ".oic.prod-aks.azure.com";

impl Addresses {
    pub(crate) fn resource_manager(&self) -> String {
        self.of("resource-manager", "https://management.azure.com")
    }

    /// The Entra authority, without a tenant.
    pub(crate) fn entra(&self) -> String {
        self.of("entra", "https://login.microsoftonline.com")
    }

    pub(crate) fn graph(&self) -> String {
        self.of("graph", "https://graph.microsoft.com")
    }

    pub(crate) fn instance_metadata(&self) -> String {
        // Plain http at a link-local address, which never goes through a proxy.
        self.of("imds", "http://169.254.169.254")
    }

    pub(crate) fn identity_endpoint(&self) -> String {
        self.of(
            // App Service has no fixed host for this: a program reads it from `IDENTITY_ENDPOINT`.
            "identity-endpoint",
            "http://169.254.169.254/identity-endpoint",
        )
    }

    /// The metrics endpoint that a label such as `name-gb69.westeurope-1` names.
    pub(crate) fn ingestion(&self, label: &str) -> String {
        self.of(
            &format!("ingestion/{label}"),
            &format!("https://{label}{INGESTION_SUFFIX}"),
        )
    }

    /// The query endpoint that a label such as `name-v8hx.westeurope` names.
    pub(crate) fn query(&self, label: &str) -> String {
        self.of(
            // No client can derive this host from the ingestion host: the random parts of the two
            // differ.
            &format!("query/{label}"),
            &format!("https://{label}{QUERY_SUFFIX}"),
        )
    }

    /// The API server that a label such as `name-dns-1a2b3c4d.hcp.westeurope` names.
    pub(crate) fn kubernetes(&self, label: &str) -> String {
        self.of(
            &format!("kubernetes/{label}"),
            // The kubeconfigs of AKS name the default port.
            &format!("https://{label}{KUBERNETES_SUFFIX}:443"),
        )
    }

    /// The same for a kubeconfig: the server's URL, and the name to ask for in TLS where the URL does not have it.
    ///
    /// Kubernetes clients send a token over TLS only, and `kubectl get --raw` leaves out a path in the server's URL.
    /// So all clusters share one address, and the name in the handshake selects one.
    pub(crate) fn api_server(&self, label: &str) -> (String, Option<String>) {
        match self {
            Self::Plain(base) => (
                base.replacen("http://", "https://", 1),
                Some(format!("{label}{KUBERNETES_SUFFIX}")),
            ),
            Self::Azure => (self.kubernetes(label), None),
        }
    }

    /// Whether a TLS client may ask for this name at the one address of a sandbox.
    pub(crate) fn is_served_on_loopback(name: &str) -> bool {
        name == "localhost" || name.ends_with(KUBERNETES_SUFFIX)
    }

    /// A cluster's issuer, with the trailing slash that belongs to it.
    pub(crate) fn issuer(&self, region: &str, tenant: &str, cluster: &str) -> String {
        self.of(
            &format!("issuer/{region}/{tenant}/{cluster}/"),
            // The slash at the end is part of the issuer: a federated credential without it matches nothing.
            &format!("https://{region}{ISSUER_SUFFIX}/{tenant}/{cluster}/"),
        )
    }

    /// Whether a `Host` header names this sandbox. A web page whose own name is made to lead to this machine
    /// (DNS rebinding) sends another.
    pub(crate) fn is_named_by(&self, tls_name: Option<&str>, host: &str) -> bool {
        let name = without_port(host);
        match self {
            // A browser trusts none of this sandbox's certificates.
            Self::Plain(_) if tls_name == Some(name) => true,
            Self::Plain(_) => {
                let address = name.trim_start_matches('[').trim_end_matches(']');
                name == "localhost" || address.parse::<IpAddr>().is_ok_and(stays_on_this_machine)
            }
            Self::Azure => locate_by_host(name, "/").is_some(),
        }
    }

    /// Finds the service behind a request's name in TLS, `Host` header and path.
    pub(crate) fn locate_with(
        &self,
        tls_name: Option<&str>,
        host: &str,
        path: &str,
    ) -> Option<RequestDestination> {
        let cluster = tls_name.and_then(|name| name.strip_suffix(KUBERNETES_SUFFIX));
        match (self, cluster) {
            (Self::Plain(_), Some(label)) => Some(RequestDestination {
                service: Service::Kubernetes,
                label: Some(label.to_owned()),
                path: path.to_owned(),
            }),
            _ => self.locate(host, path),
        }
    }

    /// Finds the service behind a request's `Host` header and path.
    pub(crate) fn locate(&self, host: &str, path: &str) -> Option<RequestDestination> {
        match self {
            Self::Plain(_) => locate_by_prefix(path),
            Self::Azure => locate_by_host(without_port(host), path),
        }
    }

    fn of(&self, prefix: &str, azure: &str) -> String {
        match self {
            Self::Plain(base) => format!("{base}/{prefix}"),
            Self::Azure => azure.to_owned(),
        }
    }
}

fn locate_by_prefix(path: &str) -> Option<RequestDestination> {
    let (prefix, rest) = split_first_segment(path);
    let unlabelled = |service| RequestDestination {
        service,
        label: None,
        path: rest.to_owned(),
    };
    let labelled = |service| {
        let (label, rest) = split_first_segment(rest);
        (!label.is_empty()).then(|| RequestDestination {
            service,
            label: Some(label.to_owned()),
            path: rest.to_owned(),
        })
    };
    match prefix {
        "resource-manager" => Some(unlabelled(Service::ResourceManager)),
        "entra" => Some(unlabelled(Service::Entra)),
        "graph" => Some(unlabelled(Service::Graph)),
        "imds" => Some(unlabelled(Service::InstanceMetadata)),
        "identity-endpoint" => Some(unlabelled(Service::IdentityEndpoint)),
        "ingestion" => labelled(Service::Ingestion),
        "query" => labelled(Service::Query),
        "kubernetes" => labelled(Service::Kubernetes),
        "issuer" => labelled(Service::Issuer),
        _ => None,
    }
}

fn locate_by_host(host: &str, path: &str) -> Option<RequestDestination> {
    let at = |service, label: Option<&str>, path: &str| {
        Some(RequestDestination {
            service,
            label: label.map(str::to_owned),
            path: path.to_owned(),
        })
    };
    match host {
        "management.azure.com" => return at(Service::ResourceManager, None, path),
        "login.microsoftonline.com" => return at(Service::Entra, None, path),
        "graph.microsoft.com" => return at(Service::Graph, None, path),
        METADATA_HOST => {
            return match path.strip_prefix("/identity-endpoint") {
                Some(rest) => at(Service::IdentityEndpoint, None, rest),
                None => at(Service::InstanceMetadata, None, path),
            };
        }
        _ => {}
    }
    [
        (INGESTION_SUFFIX, Service::Ingestion),
        (QUERY_SUFFIX, Service::Query),
        (KUBERNETES_SUFFIX, Service::Kubernetes),
        (ISSUER_SUFFIX, Service::Issuer),
    ]
    .into_iter()
    .find_map(|(suffix, service)| {
        let label = host.strip_suffix(suffix)?;
        at(service, Some(label), path)
    })
}

/// Splits `/a/b/c` into `a` and `/b/c`.
fn split_first_segment(path: &str) -> (&str, &str) {
    let path = path.strip_prefix('/').unwrap_or(path);
    match path.find('/') {
        Some(slash) => path.split_at(slash),
        None => (path, ""),
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        // In `[::1]` the last colon belongs to the address.
        Some((name, port))
            if !port.ends_with(']') && port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            name
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_or_a_host_name_leads_to_the_same_place() {
        let plain = Addresses::Plain("http://127.0.0.1:4041".to_owned());

        let by_prefix = plain.locate("127.0.0.1:4041", "/ingestion/w-1.westeurope-1/x/y");
        let by_host = Addresses::Azure.locate(
            "w-1.westeurope-1.metrics.ingest.monitor.azure.com:443",
            "/x/y",
        );

        assert_eq!(by_prefix, by_host);
        assert_eq!(by_host.unwrap().label.unwrap(), "w-1.westeurope-1");
    }

    #[test]
    fn every_url_of_an_answer_leads_back_to_its_service() {
        for addresses in [
            Addresses::Plain("http://127.0.0.1:4041".to_owned()),
            Addresses::Azure,
        ] {
            for (url, service) in [
                (addresses.resource_manager(), Service::ResourceManager),
                (addresses.entra(), Service::Entra),
                (addresses.graph(), Service::Graph),
                (addresses.instance_metadata(), Service::InstanceMetadata),
                (addresses.identity_endpoint(), Service::IdentityEndpoint),
                (addresses.ingestion("a.b"), Service::Ingestion),
                (addresses.query("a.b"), Service::Query),
                (addresses.kubernetes("a.b"), Service::Kubernetes),
                (addresses.issuer("r", "t", "c"), Service::Issuer),
            ] {
                let url = url::Url::parse(&url).unwrap();

                let place = addresses.locate(url.authority(), url.path()).unwrap();

                assert_eq!(place.service, service);
            }
        }
    }

    #[test]
    fn the_name_in_the_handshake_distinguishes_clusters_at_one_address() {
        let plain = Addresses::Plain("http://127.0.0.1:4041".to_owned());

        let (server, name) = plain.api_server("a.hcp.westeurope");
        let place = plain.locate_with(name.as_deref(), "127.0.0.1:4041", "/readyz");

        assert_eq!(server, "https://127.0.0.1:4041");
        assert!(Addresses::is_served_on_loopback(&name.unwrap()));
        let place = place.unwrap();
        assert_eq!(place.label.as_deref(), Some("a.hcp.westeurope"));
        assert_eq!(place.path, "/readyz");
    }

    #[test]
    fn only_a_host_header_that_names_this_machine_names_the_sandbox() {
        let plain = Addresses::Plain("http://127.0.0.1:4041".to_owned());

        for host in [
            "127.0.0.1:4041",
            "127.0.0.1",
            "localhost:4041",
            "[::1]:80",
            "[::1]",
        ] {
            assert!(plain.is_named_by(None, host), "{host}");
        }
        for host in [
            "",
            "rebound.example.com:4041",
            "10.0.0.1",
            "127.0.0.1.example.com",
            "localhost.example.com",
        ] {
            assert!(!plain.is_named_by(None, host), "{host}");
        }
        assert!(Addresses::Azure.is_named_by(None, "management.azure.com:443"));
        assert!(!Addresses::Azure.is_named_by(None, "127.0.0.1"));
    }

    #[test]
    fn another_host_is_not_taken_for_azure() {
        let plain = Addresses::Plain("http://127.0.0.1:4041".to_owned());

        assert_eq!(plain.locate("127.0.0.1:4041", "/vault/secrets"), None);
        assert_eq!(plain.locate("127.0.0.1:4041", "/ingestion"), None);
        assert_eq!(Addresses::Azure.locate("example.com", "/"), None);
    }
}
