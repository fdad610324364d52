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
        let lists = [self.containers.path(), self.init_containers];
        lists.into_iter().any(|path| match at_path(found, path) {
            Some(Value::Mapping(map)) => map.values().any(is_proxy),
            Some(Value::Sequence(list)) => list.iter().any(is_proxy),
            Some(text) => is_proxy(text),
            None => false,
        })
    }

    pub(super) fn annotation<'a>(&self, found: &'a Value, name: &str) -> Option<&'a str> {
        at_path(found, self.account_annotations?)?
            .get(name)?
            .as_str()
    }
}

/// The namespace that a manifest names.
pub(super) fn namespace(document: &Value) -> Option<&str> {
    document["metadata"]["namespace"].as_str()
}

/// The labels of a workload's pods; `None` for a resource whose controller sets them.
pub(super) fn labels(workload: &Value) -> Option<&Value> {
    if workload["kind"] == "Pod" {
        return workload["metadata"].get("labels");
    }
    // A Service selects pods, so the labels of the Deployment itself do not matter.
    let template = workload.get("spec")?.get("template")?;
    Some(&template["metadata"]["labels"])
}

/// The kinds that run pods of their own template, and the Pod itself.
const WORKLOADS: [&str; 5] = [
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "Pod",
];

pub(super) fn is_workload(document: &Value) -> bool {
    WORKLOADS.iter().any(|kind| document["kind"] == *kind)
}

/// `container prom-remotewrite of Deployment obs/rw-dev`.
pub(super) fn described(container: &str, workload: &Value) -> String {
    let kind = workload["kind"].as_str().unwrap_or("a document");
    let name = workload["metadata"]["name"].as_str().unwrap_or_default();
    let namespace = namespace(workload).map_or_else(String::new, |text| format!("{text}/"));
    format!("container `{container}` of {kind} {namespace}{name}")
}

/// What decides the identity of a proxy in the pods of this workload, in addition to the variables of its container.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PodIdentity<'a> {
    namespace: Option<&'a str>,
    service_account: Option<&'a str>,
    wants_token: bool,
}

impl<'a> PodIdentity<'a> {
    pub(super) fn of(workload: &'a Value) -> Self {
        Self {
            namespace: namespace(workload),
            service_account: service_account_name(workload),
            wants_token: wants_token_in(workload),
        }
    }
}

/// The version of Prometheus in the images of these documents; none where several versions are there.
pub(super) fn version_in_images(documents: &[Value]) -> Option<Version> {
    let mut found = Vec::new();
    for document in documents {
        walk_containers(document, None, &mut |_, container| {
            let image = container["image"].as_str().unwrap_or_default();
            // Without a tag this cuts at the port of a registry; such an image has no version to find either.
            let repository = image
                .rsplit_once(':')
                .map_or(image, |(repository, _)| repository);
            // A private mirror keeps the last part of the name in most cases.
            if repository.ends_with("/prometheus") {
                found.extend(Version::in_image(image));
            }
        });
    }
    let first = found.first()?;
    found
        .iter()
        .all(|version| version == first)
        .then(|| first.clone())
}

/// An annotation of the service account that the pods of this workload run as, if these documents have it.
/// Without a workload it is that of the first one which names an account, or else of any account.
pub(super) fn account_annotation<'a>(
    documents: &'a [Value],
    workload: Option<&'a Value>,
    name: &str,
) -> Option<&'a str> {
    // Several accounts are usual in a manifest: one for the Operator and one for Prometheus.
    let own = match workload {
        Some(workload) => service_account_name(workload),
        None => documents.iter().find_map(service_account_name),
    };
    let of = workload.and_then(namespace);
    let mut accounts = documents.iter().filter(|document| {
        document["kind"] == "ServiceAccount"
            && own.is_none_or(|own| document["metadata"]["name"] == own)
            // The same name is usual in the namespaces of several stages.
            && of.zip(namespace(document)).is_none_or(|(of, own)| of == own)
    });
    accounts.find_map(|account| account["metadata"]["annotations"].get(name)?.as_str())
}

/// Whether labels make the webhook give a pod a token.
pub(super) fn wants_token(labels: Option<&Value>) -> bool {
    let label = labels.and_then(|labels| labels.get(webhook_keys::USE));
    // Quoted as Kubernetes wants it, or unquoted in values of a chart that quotes it.
    label.is_some_and(|value| value == "true" || value.as_bool() == Some(true))
}

/// The same for the pod template of a manifest.
pub(super) fn wants_token_in(document: &Value) -> bool {
    // The webhook looks at the labels of the pod, never at those of the Deployment; a bare Pod has them at its top.
    let template = &document["spec"]["template"]["metadata"]["labels"];
    wants_token(Some(template)) || wants_token(document["metadata"].get("labels"))
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
        assert_eq!(
            account_annotation(&documents, None, "a"),
            Some("yes please")
        );
        assert!(wants_token_in(&documents[0]));
        assert!(!wants_token_in(&documents[1]));
    }

    #[test]
    fn of_two_workloads_each_has_its_own_account() {
        let stage = |namespace: &str, account: &str, client: &str| {
            format!(
                "kind: Deployment\nmetadata: {{namespace: {namespace}}}\nspec: {{template: {{spec: {{serviceAccountName: {account}}}}}}}\n---\n\
                 kind: ServiceAccount\nmetadata: {{name: {account}, namespace: {namespace}, annotations: {{a: {client}}}}}\n---\n"
            )
        };
        let documents = documents(&[stage("dev", "p", "d"), stage("prod", "p", "p")].concat());

        let annotation = |index: usize| account_annotation(&documents, documents.get(index), "a");

        assert_eq!(annotation(0), Some("d"));
        assert_eq!(annotation(2), Some("p"));
    }

    #[test]
    fn two_versions_of_prometheus_name_none() {
        let image =
            |tag: &str| format!("spec: {{containers: [{{image: 'x/prometheus:{tag}'}}]}}\n---\n");

        let same = documents(&[image("v3.5.1"), image("v3.5.1")].concat());
        let other = documents(&[image("v3.5.1"), image("v2.45.0")].concat());

        assert_eq!(version_in_images(&same).unwrap().to_string(), "v3.5.1");
        assert_eq!(version_in_images(&other), None);
    }
}
