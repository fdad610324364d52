//! How is a Prometheus server recognised in what the API server lists? Pure reading of objects.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{Container, PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::DynamicObject;
use serde_json::Value;

use crate::spec::ServiceAccount;
use crate::spec::resource_kind::ResourceKind;

/// What kind of object a server was found as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WorkloadKind {
    /// A resource of the Prometheus Operator, which writes its configuration.
    CustomResource(ResourceKind),
    StatefulSet,
    Deployment,
}

/// A Prometheus server in the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PrometheusServer {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) kind: WorkloadKind,
    /// Without the leading `v`; `None` where neither a field nor an image tag tells it.
    pub(crate) version: Option<String>,
    pub(crate) service_account: ServiceAccount,
    /// The Helm release it belongs to.
    pub(crate) release: Option<String>,
    /// The labels that its pods are created with.
    pub(crate) pod_labels: BTreeMap<String, String>,
}

impl PrometheusServer {
    pub(crate) fn operator_managed(&self) -> bool {
        self.resource_kind().is_some()
    }

    /// Of a resource of the Operator.
    pub(crate) fn resource_kind(&self) -> Option<ResourceKind> {
        match self.kind {
            WorkloadKind::CustomResource(kind) => Some(kind),
            WorkloadKind::StatefulSet | WorkloadKind::Deployment => None,
        }
    }

    /// `namespace/name`, as `--prometheus` takes it.
    pub(crate) fn reference(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// Whether the workload identity webhook hands tokens to its pods.
    pub(crate) fn wants_identity_token(&self) -> bool {
        let label = self.pod_labels.get("azure.workload.identity/use");
        label.is_some_and(|value| value == "true")
    }

    pub(super) fn from_custom_resource(kind: ResourceKind, object: &DynamicObject) -> Self {
        let spec = &object.data["spec"];
        let field = |name: &str| spec[name].as_str().filter(|text| !text.is_empty());
        let namespace = object.metadata.namespace.clone().unwrap_or_default();
        Self {
            name: object.metadata.name.clone().unwrap_or_default(),
            kind: WorkloadKind::CustomResource(kind),
            version: field("version")
                .or_else(|| field("image").and_then(tag))
                .and_then(version),
            service_account: service_account(&namespace, field("serviceAccountName")),
            release: release(&object.metadata),
            pod_labels: text_map(&spec["podMetadata"]["labels"]),
            namespace,
        }
    }

    /// `None` for a set without a pod template, which the API server does not let exist.
    pub(super) fn from_stateful_set(set: StatefulSet) -> Option<Self> {
        let template = set.spec?.template;
        Self::from_workload(WorkloadKind::StatefulSet, &set.metadata, template)
    }

    pub(super) fn from_deployment(deployment: Deployment) -> Option<Self> {
        let template = deployment.spec?.template;
        Self::from_workload(WorkloadKind::Deployment, &deployment.metadata, template)
    }

    fn from_workload(
        kind: WorkloadKind,
        metadata: &ObjectMeta,
        template: PodTemplateSpec,
    ) -> Option<Self> {
        let pod = template.spec?;
        let namespace = metadata.namespace.clone().unwrap_or_default();
        let image = prometheus_container(&pod).and_then(|container| container.image.as_deref());
        Some(Self {
            name: metadata.name.clone().unwrap_or_default(),
            kind,
            version: image.and_then(tag).and_then(version),
            service_account: service_account(&namespace, pod.service_account_name.as_deref()),
            release: release(metadata),
            pod_labels: template
                .metadata
                .and_then(|metadata| metadata.labels)
                .unwrap_or_default(),
            namespace,
        })
    }
}

/// Whether a workload runs a Prometheus of its own: neither the Operator's doing nor Azure's managed collector.
pub(super) fn runs_prometheus(metadata: &ObjectMeta, template: &PodTemplateSpec) -> bool {
    let labels = metadata.labels.as_ref();
    let manager = labels.and_then(|labels| labels.get("app.kubernetes.io/managed-by"));
    let name = metadata.name.as_deref().unwrap_or_default();
    manager.is_none_or(|manager| manager != "prometheus-operator")
        && !name.starts_with("ama-metrics")
        && template
            .spec
            .as_ref()
            .is_some_and(|pod| prometheus_container(pod).is_some())
}

/// The tag of the Operator's image, where this is the Operator's Deployment.
pub(super) fn operator_version(deployment: &Deployment) -> Option<String> {
    let pod = deployment.spec.as_ref()?.template.spec.as_ref()?;
    let images = pod
        .containers
        .iter()
        .filter_map(|container| container.image.as_deref());
    let mut own = images.filter(|image| repository(image).ends_with("/prometheus-operator"));
    own.find_map(|image| tag(image).and_then(version))
}

fn prometheus_container(pod: &PodSpec) -> Option<&Container> {
    pod.containers.iter().find(|container| {
        let image = container.image.as_deref().unwrap_or_default();
        repository(image).ends_with("/prometheus") || has_server_arguments(container)
    })
}

/// The flags that only a Prometheus takes, for images under private names.
fn has_server_arguments(container: &Container) -> bool {
    let has = |flag: &str| {
        let arguments = container.args.iter().chain(&container.command).flatten();
        arguments.clone().any(|argument| argument.starts_with(flag))
    };
    has("--config.file") && (has("--storage.tsdb.path") || has("--storage.agent.path"))
}

/// The image without its digest and tag.
fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or_default();
    match image.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => image,
    }
}

fn tag(image: &str) -> Option<&str> {
    let image = image.split('@').next()?;
    image.strip_prefix(repository(image))?.strip_prefix(':')
}

/// `3.14.0` from `v3.14.0-distroless`; a release candidate keeps its mark. `None` for tags like `latest`.
fn version(text: &str) -> Option<String> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (number, suffix) = text.split_once(['-', '+']).unwrap_or((text, ""));
    let numeric = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if number.split('.').count() < 2 || !number.split('.').all(numeric) {
        return None;
    }
    Some(if suffix.starts_with("rc") {
        format!("{number}-{suffix}")
    } else {
        number.to_owned()
    })
}

fn service_account(namespace: &str, name: Option<&str>) -> ServiceAccount {
    ServiceAccount {
        namespace: namespace.to_owned(),
        name: name.unwrap_or("default").to_owned(),
    }
}

/// Helm's own annotation; charts also carry the release in one of two labels.
fn release(metadata: &ObjectMeta) -> Option<String> {
    let annotation = metadata
        .annotations
        .as_ref()
        .and_then(|annotations| annotations.get("meta.helm.sh/release-name"));
    let label = |key: &str| metadata.labels.as_ref().and_then(|labels| labels.get(key));
    annotation
        .or_else(|| label("release"))
        .or_else(|| label("app.kubernetes.io/instance"))
        .cloned()
}

fn text_map(value: &Value) -> BTreeMap<String, String> {
    let fields = value.as_object().into_iter().flatten();
    fields
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment(container: &Value) -> Deployment {
        serde_json::from_value(json!({
            "metadata": {"name": "prometheus-server", "namespace": "monitoring",
                         "labels": {"app.kubernetes.io/instance": "prom"}},
            "spec": {"selector": {}, "template": {
                "metadata": {"labels": {"azure.workload.identity/use": "true"}},
                "spec": {"serviceAccountName": "prometheus-server", "containers": [container]},
            }},
        }))
        .unwrap()
    }

    fn of_resource(spec: &Value) -> PrometheusServer {
        let resource = serde_json::from_value(json!({
            "apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus",
            "metadata": {"name": "main", "namespace": "monitoring",
                         "annotations": {"meta.helm.sh/release-name": "kps"}},
            "spec": spec,
        }));
        PrometheusServer::from_custom_resource(ResourceKind::Prometheus, &resource.unwrap())
    }

    #[test]
    fn the_operator_tells_its_version_by_its_image() {
        let operator = deployment(&json!({"name": "operator",
            "image": "quay.io/prometheus-operator/prometheus-operator:v0.88.1"}));
        let reloader = deployment(&json!({"name": "reloader",
            "image": "quay.io/prometheus-operator/prometheus-config-reloader:v0.88.1"}));

        assert_eq!(operator_version(&operator).as_deref(), Some("0.88.1"));
        assert_eq!(operator_version(&reloader), None);
    }

    #[test]
    fn a_custom_resource_without_a_service_account_runs_as_the_default_one() {
        let server = of_resource(&json!({
            "image": "registry.example.com:5000/prometheus/prometheus:v3.5.0-distroless@sha256:0123",
        }));

        assert_eq!(server.version.as_deref(), Some("3.5.0"));
        assert_eq!(
            server.service_account.subject(),
            "system:serviceaccount:monitoring:default"
        );
        assert_eq!(server.release.as_deref(), Some("kps"));
        assert!(!server.wants_identity_token());
    }

    #[test]
    fn the_version_that_the_operator_goes_by_wins_over_the_image() {
        let server = of_resource(&json!({
            "version": "v3.14.0", "image": "quay.io/prometheus/prometheus:v3.5.0",
            "podMetadata": {"labels": {"azure.workload.identity/use": "true"}},
        }));

        assert_eq!(server.version.as_deref(), Some("3.14.0"));
        assert!(server.wants_identity_token());
    }

    #[test]
    fn a_workload_is_known_by_its_image_or_by_its_flags() {
        let by_image = json!({"name": "server", "image": "quay.io/prometheus/prometheus:v2.53.3"});
        let by_flags = json!({"name": "p", "image": "example.com/metrics:7",
                              "args": ["--config.file=/p.yml", "--storage.tsdb.path=/data"]});
        let neither = json!({"name": "p", "image": "example.com/thanos:v0.36.0", "args": ["--config.file=x"]});

        let seen = [by_image, by_flags, neither].map(|container| {
            let deployment = deployment(&container);
            runs_prometheus(&deployment.metadata, &deployment.spec.unwrap().template)
        });

        assert_eq!(seen, [true, true, false]);
    }

    #[test]
    fn what_the_operator_runs_is_not_found_twice() {
        let mut deployment = deployment(&json!({"name": "p", "image": "prom/prometheus:v3.0.0"}));
        deployment.metadata.labels = Some(BTreeMap::from([(
            "app.kubernetes.io/managed-by".to_owned(),
            "prometheus-operator".to_owned(),
        )]));

        assert!(!runs_prometheus(
            &deployment.metadata,
            &deployment.spec.unwrap().template
        ));
    }

    #[test]
    fn only_tags_that_are_versions_tell_a_version() {
        assert_eq!(version("v3.7.0-rc.1").as_deref(), Some("3.7.0-rc.1"));
        assert_eq!(version("2.45.0+ds1").as_deref(), Some("2.45.0"));
        assert_eq!(version("latest"), None);
        assert_eq!(tag("localhost:5000/prometheus"), None);
    }
}
