//! The port of a pod behind a Service: a Service may listen on another port than the container that it leads to.

use serde_yaml::Value;
use url::Url;

use crate::remote_write::walk_containers;

/// The ports of pods that a URL leads to by way of the Services among these documents.
pub(super) fn ports_behind(url: &str, documents: &[Value]) -> Vec<u16> {
    let Ok(url) = Url::parse(url) else {
        return Vec::new();
    };
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Vec::new();
    };
    let mut labels = host.split('.');
    // `NAME`, `NAME.NAMESPACE` or `NAME.NAMESPACE.svc…`.
    let (name, namespace) = (labels.next().unwrap_or_default(), labels.next());
    let is_it = |service: &&Value| {
        let metadata = &service["metadata"];
        let own = metadata["namespace"].as_str();
        // A manifest without a namespace gets it from `kubectl -n`, so it fits any.
        service["kind"] == "Service"
            && metadata["name"] == name
            && own.is_none_or(|own| namespace.is_none_or(|namespace| own == namespace))
    };
    let services = documents.iter().filter(is_it);
    let ports = services.flat_map(|service| service["spec"]["ports"].as_sequence());
    ports
        .flatten()
        .filter(|entry| entry["port"].as_u64() == Some(port.into()))
        // Without `targetPort` Kubernetes uses the port of the Service.
        .filter_map(|entry| target_port(entry, documents).or(Some(port)))
        .collect()
}

/// `None` where a Service has the same port as its pods.
fn target_port(entry: &Value, documents: &[Value]) -> Option<u16> {
    match &entry["targetPort"] {
        Value::Number(number) => u16::try_from(number.as_u64()?).ok(),
        // `targetPort` is a number, a number as text, or the name of a port of the container.
        Value::String(name) => name.parse().ok().or_else(|| named_port(name, documents)),
        _ => None,
    }
}

/// The port of a container that has this name.
fn named_port(name: &str, documents: &[Value]) -> Option<u16> {
    let mut found = None;
    for document in documents {
        walk_containers(document, None, &mut |_, container| {
            let ports = container["ports"].as_sequence().into_iter().flatten();
            let mut named = ports.filter(|port| port["name"] == name);
            let port = named.find_map(|port| port["containerPort"].as_u64());
            found = found.or_else(|| port.and_then(|port| u16::try_from(port).ok()));
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://proxy.obs.svc.cluster.local/dataCollectionRules/dcr-1/x";

    fn ports(url: &str, spec: &str) -> Vec<u16> {
        let text = format!(
            "kind: Service\nmetadata: {{name: proxy, namespace: obs}}\nspec: {{ports: [{spec}]}}\n---\nkind: Deployment\nspec: {{template: {{spec: {{containers: [{{name: c, ports: [{{name: auth, containerPort: 8081}}]}}]}}}}}}\n"
        );
        ports_behind(url, &crate::patch::documents(&text).unwrap())
    }

    #[test]
    fn a_service_maps_its_port_to_that_of_its_pods() {
        assert_eq!(ports(URL, "{port: 80, targetPort: 8081}"), [8081]);
        assert_eq!(ports(URL, "{port: 80, targetPort: auth}"), [8081]);
        assert_eq!(ports(URL, "{port: 80}"), [80]);
    }

    #[test]
    fn another_port_or_service_leads_nowhere() {
        assert_eq!(ports(URL, "{port: 90, targetPort: 8081}"), [0; 0]);
        assert_eq!(
            ports("http://proxy.other/x", "{port: 80, targetPort: 8081}"),
            [0; 0]
        );
        assert_eq!(
            ports("http://mimir.obs/x", "{port: 80, targetPort: 8081}"),
            [0; 0]
        );
    }
}
