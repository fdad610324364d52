//! Where does a target describe the pod of Prometheus, and which containers in it are proxies?

use serde_yaml::Value;

use crate::compat::Version;
use crate::remote_write::walk_containers;
use crate::spec::webhook_keys;
use crate::target::{PodPaths, at_path};

impl PodPaths {
    /// Whether a container is written as text, which only Helm makes a container of, and looks like a proxy.
    pub(super) fn has_templated_proxy(&self, found: &Value) -> bool {
        let is_proxy = |value: &Value| {
            let text = value.as_str().unwrap_or_default();
            text.contains("INGESTION_URL") || text.contains("aad-auth-proxy")
        };
        match at_path(found, self.containers.path()) {
            Some(Value::Mapping(map)) => map.values().any(is_proxy),
            Some(Value::Sequence(list)) => list.iter().any(is_proxy),
            Some(text) => is_proxy(text),
            None => false,
        }
    }

    pub(super) fn annotation<'a>(&self, found: &'a Value, name: &str) -> Option<&'a str> {
        at_path(found, self.account_annotations?)?
            .get(name)?
            .as_str()
    }
}

/// The version of the first Prometheus that any container of these documents runs.
pub(super) fn version_in_images(documents: &[Value]) -> Option<Version> {
    let mut found = None;
    for document in documents {
        walk_containers(document, None, &mut |_, container| {
            let image = container["image"].as_str().unwrap_or_default();
            // Without a tag this cuts at the port of a registry; such an image has no version to find either.
            let repository = image
                .rsplit_once(':')
                .map_or(image, |(repository, _)| repository);
            // A private mirror keeps the last part of the name in most cases.
            if found.is_none() && repository.ends_with("/prometheus") {
                found = Version::in_image(image);
            }
        });
    }
    found
}

/// An annotation of the service account among these documents; of several accounts that of the one the pod runs as.
pub(super) fn account_annotation<'a>(documents: &'a [Value], name: &str) -> Option<&'a str> {
    // Several accounts are usual in a manifest: one for the Operator and one for Prometheus.
    let own = documents.iter().find_map(service_account_name);
    let mut accounts = documents.iter().filter(|document| {
        document["kind"] == "ServiceAccount"
            && own.is_none_or(|own| document["metadata"]["name"] == own)
    });
    accounts.find_map(|account| account["metadata"]["annotations"].get(name)?.as_str())
}

/// Whether a pod of these documents asks the webhook for a token.
pub(super) fn wants_token(labels: Option<&Value>) -> bool {
    let label = labels.and_then(|labels| labels.get(webhook_keys::USE));
    // Quoted as Kubernetes wants it, or unquoted in values of a chart that quotes it.
    label.is_some_and(|value| value == "true" || value.as_bool() == Some(true))
}

/// The same for the pod template of a manifest.
pub(super) fn wants_token_in(documents: &[Value]) -> bool {
    documents.iter().any(|document| {
        // The webhook looks at the labels of the pod, never at those of the Deployment; a bare Pod has them at its top.
        let template = &document["spec"]["template"]["metadata"]["labels"];
        wants_token(Some(template)) || wants_token(document["metadata"].get("labels"))
    })
}

fn service_account_name(document: &Value) -> Option<&str> {
    let spec = document.get("spec")?;
    let pod = spec
        .get("template")
        .and_then(|template| template.get("spec"))
        .unwrap_or(spec);
    pod.get("serviceAccountName")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote_write::proxies_in;

    fn documents(text: &str) -> Vec<Value> {
        crate::patch::documents(text).unwrap()
    }

    #[test]
    fn in_a_manifest_all_is_found_that_is_asked_for() {
        let text = "kind: Deployment\nspec:\n  template:\n    metadata: {labels: {azure.workload.identity/use: 'true'}}\n    \
                    spec:\n      serviceAccountName: prom\n      containers:\n      - {name: p, image: 'x/prometheus:v3.5.1'}\n      \
                    - {name: s, image: prom-remotewrite}\n---\nkind: ServiceAccount\nmetadata: {name: other, annotations: {a: no}}\n\
                    ---\nkind: ServiceAccount\nmetadata: {name: prom, annotations: {a: yes please}}\n";

        let documents = documents(text);

        assert_eq!(proxies_in(&documents)[0].name, "s");
        assert_eq!(version_in_images(&documents).unwrap().to_string(), "v3.5.1");
        assert_eq!(account_annotation(&documents, "a"), Some("yes please"));
        assert!(wants_token_in(&documents));
    }
}
