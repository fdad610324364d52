//! The pods behind a Service: a URL names a Service, its selector the pods, and its port may be another than theirs.

use serde_yaml::Value;
use url::Url;

use super::pod;
use crate::remote_write::walk_containers;

/// A Service that a URL names, at the port of that URL.
pub(super) struct NamedService<'a> {
    service: &'a Value,
    port: u16,
}

/// Whether a Service selects the pods of a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServiceSelection {
    Selected,
    Other,
    /// A custom resource, whose controller gives its pods their labels.
    UnknownLabels,
}

/// The Services among these documents that a URL names.
pub(super) fn services_named<'a>(url: &str, documents: &'a [Value]) -> Vec<NamedService<'a>> {
    let Ok(url) = Url::parse(url) else {
        return Vec::new();
    };
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Vec::new();
    };
    let mut labels = host.split('.');
    // `NAME`, `NAME.NAMESPACE` or `NAME.NAMESPACE.svc…`; another third label is that of a host outside of the cluster.
    let (name, namespace) = (labels.next().unwrap_or_default(), labels.next());
    if labels.next().is_some_and(|label| label != "svc") {
        return Vec::new();
    }
    documents
        .iter()
        .filter(|document| document["kind"] == "Service" && document["metadata"]["name"] == name)
        .filter(|service| are_same_namespace(pod::namespace(service), namespace))
        .map(|service| NamedService { service, port })
        .collect()
}

impl NamedService<'_> {
    /// `Service obs/proxy, which selects app=proxy`.
    pub(super) fn described(&self) -> String {
        let name = self.service["metadata"]["name"]
            .as_str()
            .unwrap_or_default();
        let namespace =
            pod::namespace(self.service).map_or_else(String::new, |it| format!("{it}/"));
        let selector = self.service["spec"]["selector"].as_mapping();
        let labels = selector.into_iter().flatten();
        let labels: Vec<String> = labels
            .filter_map(|(key, value)| Some(format!("{}={}", key.as_str()?, value.as_str()?)))
            .collect();
        let selects = match labels.is_empty() {
            true => "which has no selector".to_owned(),
            false => format!("which selects {}", labels.join(",")),
        };
        format!("Service {namespace}{name}, {selects}")
    }

    /// Whether requests to the Service reach the pods of this workload.
    pub(super) fn selects(&self, workload: &Value) -> ServiceSelection {
        if !are_same_namespace(pod::namespace(self.service), pod::namespace(workload)) {
            return ServiceSelection::Other;
        }
        let Some(labels) = pod::labels(workload) else {
            return ServiceSelection::UnknownLabels;
        };
        // Without a selector, Kubernetes sends the requests to endpoints that somebody wrote by hand.
        let selector = self.service["spec"]["selector"].as_mapping();
        let all = selector.is_some_and(|selector| {
            !selector.is_empty()
                && selector
                    .iter()
                    .all(|(key, value)| labels.get(key) == Some(value))
        });
        match all {
            true => ServiceSelection::Selected,
            false => ServiceSelection::Other,
        }
    }

    /// The port of the pods of this workload, if the Service listens on the port of the URL.
    pub(super) fn pod_port(&self, workload: &Value) -> Option<u16> {
        if self.service["spec"]["clusterIP"] == "None" {
            // A headless Service is a name for the addresses of its pods: its ports are of no account.
            return Some(self.port);
        }
        let ports = self.service["spec"]["ports"].as_sequence()?;
        let entry = ports
            .iter()
            .find(|entry| entry["port"].as_u64() == Some(self.port.into()))?;
        match &entry["targetPort"] {
            Value::Number(number) => u16::try_from(number.as_u64()?).ok(),
            // `targetPort` is a number, a number as text, or the name of a port of the container.
            Value::String(name) => name.parse().ok().or_else(|| named_port(name, workload)),
            // Without `targetPort` Kubernetes uses the port of the Service.
            _ => Some(self.port),
        }
    }
}

/// A manifest without a namespace gets it from `kubectl -n`, and a URL may have none, so that any fits.
fn are_same_namespace(one: Option<&str>, other: Option<&str>) -> bool {
    one.zip(other).is_none_or(|(one, other)| one == other)
}

/// The port of a container that has this name.
fn named_port(name: &str, workload: &Value) -> Option<u16> {
    let mut found = None;
    walk_containers(workload, None, &mut |_, container| {
        let ports = container["ports"].as_sequence().into_iter().flatten();
        let mut named = ports.filter(|port| port["name"] == name);
        let port = named.find_map(|port| port["containerPort"].as_u64());
        found = found.or_else(|| port.and_then(|port| u16::try_from(port).ok()));
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://proxy.obs.svc.cluster.local/dataCollectionRules/dcr-1/x";
    const WORKLOAD: &str = "kind: Deployment\nmetadata: {namespace: obs}\nspec: {template: {metadata: {labels: {app: a, x: y}}, \
                            spec: {containers: [{name: c, ports: [{name: auth, containerPort: 8081}]}]}}}\n";

    fn workload(text: &str) -> Value {
        serde_yaml::from_str(text).unwrap()
    }

    fn service(namespace: &str, spec: &str) -> Vec<Value> {
        vec![workload(&format!(
            "kind: Service\nmetadata: {{name: proxy, namespace: {namespace}}}\nspec: {spec}\n"
        ))]
    }

    fn ports(url: &str, spec: &str) -> Vec<Option<u16>> {
        let documents = service("obs", &format!("{{ports: [{spec}]}}"));
        let named = services_named(url, &documents);
        let deployment = workload(WORKLOAD);
        named
            .iter()
            .map(|service| service.pod_port(&deployment))
            .collect()
    }

    #[test]
    fn a_service_maps_its_port_to_that_of_its_pods() {
        assert_eq!(ports(URL, "{port: 80, targetPort: 8081}"), [Some(8081)]);
        assert_eq!(ports(URL, "{port: 80, targetPort: auth}"), [Some(8081)]);
        assert_eq!(ports(URL, "{port: 80, targetPort: other}"), [None]);
        assert_eq!(ports(URL, "{port: 80}"), [Some(80)]);
    }

    #[test]
    fn a_headless_service_leads_to_the_port_of_the_url() {
        let documents = service("obs", "{clusterIP: None}");
        let named = services_named("http://proxy.obs:8081/x", &documents);

        assert_eq!(named[0].pod_port(&workload(WORKLOAD)), Some(8081));
    }

    #[test]
    fn another_port_or_service_leads_nowhere() {
        assert_eq!(
            ports("http://proxy.obs.example.com/x", "{port: 80}"),
            [None; 0]
        );
        assert_eq!(ports(URL, "{port: 90, targetPort: 8081}"), [None]);
        assert_eq!(ports("http://proxy.other/x", "{port: 80}"), [None; 0]);
        assert_eq!(ports("http://mimir.obs/x", "{port: 80}"), [None; 0]);
    }

    #[test]
    fn the_selector_names_the_pods_within_the_namespace() {
        let selection = |namespace: &str, spec: &str, text: &str| {
            let documents = service(namespace, spec);
            services_named("http://proxy/x", &documents)[0].selects(&workload(text))
        };
        let custom = "kind: Prometheus\nspec: {containers: []}\n";

        let own = selection("obs", "{selector: {app: a}}", WORKLOAD);
        let of_other_label = selection("obs", "{selector: {app: b}}", WORKLOAD);
        let of_other_namespace = selection("obs2", "{selector: {app: a}}", WORKLOAD);
        let without_selector = selection("obs", "{}", WORKLOAD);
        let of_custom_resource = selection("obs", "{selector: {app: a}}", custom);

        assert_eq!(own, ServiceSelection::Selected);
        assert_eq!(of_other_label, ServiceSelection::Other);
        assert_eq!(of_other_namespace, ServiceSelection::Other);
        assert_eq!(without_selector, ServiceSelection::Other);
        assert_eq!(of_custom_resource, ServiceSelection::UnknownLabels);
    }
}
