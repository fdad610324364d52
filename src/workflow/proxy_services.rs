//! What is behind the Services that remote writes name? A proxy in other pods of the cluster is a writer too.

use url::{Host, Url};

use crate::cluster::Kubernetes;
use crate::discover::Discovered;
use crate::problem::Problem;
use crate::remote_write::WrittenEntry;
use crate::spec::loopback::is_loopback;

/// What the cluster shows of the Services that remote writes name.
#[derive(Debug, Default)]
pub(super) struct ProxyServices {
    /// The Services with the workloads behind them.
    pub(super) manifest: Option<String>,
    /// Why it is not known whether a remote write leads to a proxy.
    pub(super) unread: Option<Problem>,
}

/// A Service that a URL can name. It has no namespace where that of Prometheus is meant, which is not known.
#[derive(Debug, PartialEq, Eq)]
struct ServiceName {
    namespace: Option<String>,
    name: String,
}

/// Looks for the Services of the remote writes whose end is not known. Asks nothing where no URL can be that of a Service.
pub(super) async fn look(found: &Discovered, entries: &[WrittenEntry]) -> ProxyServices {
    // Prometheus runs in no cluster there, and reaches no Service.
    if found.platform.api_server.is_none() {
        return ProxyServices::default();
    }
    let server = found.prometheus.as_ref().ok();
    let namespace = server.map(|server| server.namespace.as_str());
    of_cluster(found.kubernetes.as_ref(), namespace, entries).await
}

/// The same in a cluster; `namespace` is that of Prometheus.
pub(super) async fn of_cluster(
    kubernetes: Result<&Kubernetes, &Problem>,
    namespace: Option<&str>,
    entries: &[WrittenEntry],
) -> ProxyServices {
    let mut named: Vec<(ServiceName, &WrittenEntry)> = Vec::new();
    for entry in entries {
        // The sign-in of its own, or a proxy in the same files, says where the samples end up.
        if entry.signs_in_to_azure() || entry.sidecar().is_some() {
            continue;
        }
        if let Some(service) = ServiceName::of(&entry.url, namespace)
            && named.iter().all(|(other, _)| *other != service)
        {
            named.push((service, entry));
        }
    }
    let mut services = ProxyServices::default();
    for (service, entry) in named {
        match service.read(kubernetes).await {
            Ok(manifest) => services.add(&manifest),
            Err(problem) => {
                let why = format!(
                    "it is not known whether the remote write to {} leads to a proxy that writes to Azure: {}",
                    entry.url,
                    problem.why()
                );
                let steps = problem.next_steps().iter().cloned();
                let problem = steps.fold(Problem::new(why), Problem::next);
                services.unread = services.unread.or(Some(problem));
            }
        }
    }
    services
}

impl ProxyServices {
    /// For a plan, which goes on.
    pub(super) fn warning(&self) -> Option<String> {
        let unread = self.unread.as_ref()?;
        Some(format!(
            "{}; a second remote write to the same workspace would store every sample twice",
            unread.why()
        ))
    }

    fn add(&mut self, documents: &[serde_json::Value]) {
        let manifest = self.manifest.get_or_insert_default();
        for document in documents {
            // JSON is YAML, so this is read in the same way as a manifest of the user.
            manifest.push_str(&format!("---\n{document}\n"));
        }
    }
}

impl ServiceName {
    fn of(url: &str, own_namespace: Option<&str>) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        // Neither proxy of Microsoft can serve TLS.
        if url.scheme() != "http" || is_loopback(&url) {
            return None;
        }
        let Some(Host::Domain(host)) = url.host() else {
            return None;
        };
        let labels: Vec<&str> = host.trim_end_matches('.').split('.').collect();
        // The search domains of a pod complete `NAME` and `NAME.NAMESPACE`; what follows `svc` is the domain of the cluster.
        let (name, namespace) = match labels.as_slice() {
            [name] => (*name, own_namespace),
            [name, namespace] | [name, namespace, "svc", ..] => (*name, Some(*namespace)),
            _ => return None,
        };
        // A name from a file becomes a part of a path.
        let is_label = |text: &str| {
            let mut letters = text.chars();
            !text.is_empty()
                && letters.all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-')
        };
        (is_label(name) && namespace.is_none_or(is_label)).then(|| Self {
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        })
    }

    async fn read(
        &self,
        kubernetes: Result<&Kubernetes, &Problem>,
    ) -> Result<Vec<serde_json::Value>, Problem> {
        let kubernetes = kubernetes.map_err(Problem::clone)?;
        let Some(namespace) = &self.namespace else {
            return Err(Problem::new(format!(
                "the namespace of Prometheus, and so that of Service {}, is not known",
                self.name
            )));
        };
        let found = kubernetes.behind_service(namespace, &self.name).await;
        found.map_err(|error| Problem::from(&error))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::fake::FakeApiServer;
    use crate::target::Target;
    use crate::workflow::present_entries;

    const SERVICE: &str = "GET /api/v1/namespaces/monitoring/services/metrics-out";

    fn entries(url: &str) -> Vec<WrittenEntry> {
        let text = format!("remote_write: [{{url: '{url}'}}]");
        present_entries::in_text(&text, Target::PrometheusYml, None)
    }

    fn name(url: &str) -> Option<String> {
        let service = ServiceName::of(url, Some("monitoring"))?;
        Some(format!("{}/{}", service.namespace?, service.name))
    }

    #[test]
    fn a_service_has_its_name_first_and_then_its_namespace() {
        for (url, service) in [
            (
                "http://metrics-out:8081/api/v1/write",
                "monitoring/metrics-out",
            ),
            ("http://metrics-out.obs/api/v1/write", "obs/metrics-out"),
            ("http://metrics-out.obs.svc:8081/", "obs/metrics-out"),
            (
                "http://metrics-out.obs.svc.cluster.local./",
                "obs/metrics-out",
            ),
        ] {
            assert_eq!(name(url).as_deref(), Some(service), "{url}");
        }
        for url in [
            "https://metrics-out:8081/",
            "http://localhost:8081/",
            "http://10.0.0.1:8081/",
            "http://mimir.example.com/api/v1/push",
            "http://a_b/",
        ] {
            assert_eq!(name(url), None, "{url}");
        }
    }

    #[tokio::test]
    async fn what_is_not_a_service_is_not_asked_for() {
        let server = FakeApiServer::default();
        let kubernetes = server.connected().await;

        for url in ["http://localhost:8081/api/v1/write", "https://mimir/push"] {
            let services = of_cluster(Ok(&kubernetes), Some("monitoring"), &entries(url)).await;
            assert!(services.manifest.is_none() && services.unread.is_none());
        }

        assert_eq!(server.asked(), [""; 0]);
    }

    #[tokio::test]
    async fn a_service_that_may_not_be_read_is_not_taken_for_none() {
        let server = FakeApiServer::default().answering(SERVICE, 403, json!("no"));
        let kubernetes = server.connected().await;
        let entries = entries("http://metrics-out:8081/api/v1/write");

        let forbidden = of_cluster(Ok(&kubernetes), Some("monitoring"), &entries).await;
        let absent = of_cluster(Ok(&kubernetes), Some("other"), &entries).await;
        let unreachable = Problem::new("out of reach");
        let unreachable = of_cluster(Err(&unreachable), Some("monitoring"), &entries).await;

        let why = forbidden.unread.unwrap().why();
        assert!(why.contains("read Service monitoring/metrics-out"), "{why}");
        assert!(absent.unread.is_none());
        assert!(unreachable.warning().unwrap().contains("out of reach"));
    }
}
