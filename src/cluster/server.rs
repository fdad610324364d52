//! How is a Prometheus server recognised in what the API server lists? Pure reading of objects.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::metadata::Metadata;
use super::release_name::{ReleaseName, is_release_name};
use crate::spec::ServiceAccount;
use crate::spec::webhook_keys;
use crate::target::resource_kind::ResourceKind;

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
    /// Without the leading `v`; `None` where neither a field nor an image tag has it.
    pub(crate) version: Option<String>,
    pub(crate) service_account: ServiceAccount,
    /// The Helm release that installed it.
    pub(crate) release: Option<ReleaseName>,
    /// The labels that its pods are created with.
    pub(crate) pod_labels: BTreeMap<String, String>,
    /// The container of the pod that runs Prometheus.
    pub(crate) container: String,
    /// The ConfigMaps that its pods mount, of a plain workload.
    pub(crate) config_maps: Vec<String>,
    /// Whether its resource has no selector, so that the Operator leaves its configuration to the user.
    pub(crate) is_unmanaged: bool,
    /// Whether its resource makes the Operator leave it unchanged.
    pub(crate) is_paused: bool,
    /// Whether an Operator reported that it has seen the newest change of its resource.
    pub(crate) is_observed: bool,
}

/// <https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusSpec>: with all of these null, the
/// Operator generates no configuration.
const SELECTORS: [&str; 4] = [
    "serviceMonitorSelector",
    "podMonitorSelector",
    "probeSelector",
    "scrapeConfigSelector",
];

/// A resource of the Operator, as far as it is read.
#[derive(Deserialize)]
pub(super) struct OperatorResource {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    spec: Value,
    #[serde(default)]
    status: WorkloadStatus,
}

/// A StatefulSet or a Deployment, as far as it is read.
#[derive(Deserialize)]
pub(super) struct Workload {
    #[serde(default)]
    pub(super) metadata: Metadata,
    pub(super) spec: Option<WorkloadSpec>,
    #[serde(default)]
    pub(super) status: WorkloadStatus,
}

#[derive(Deserialize)]
pub(super) struct WorkloadSpec {
    pub(super) replicas: Option<i64>,
    template: PodTemplate,
}

/// The status of a workload, and of a resource of the Operator.
#[derive(Default, Deserialize)]
pub(super) struct WorkloadStatus {
    conditions: Option<Vec<Condition>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Condition {
    #[serde(rename = "type", default)]
    name: String,
    #[serde(default)]
    status: String,
    observed_generation: Option<i64>,
}

#[derive(Deserialize)]
struct PodTemplate {
    #[serde(default)]
    metadata: Option<Metadata>,
    spec: Option<PodSpec>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PodSpec {
    service_account_name: Option<String>,
    #[serde(default)]
    pub(super) containers: Vec<Container>,
    #[serde(default)]
    volumes: Option<Vec<Volume>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Volume {
    config_map: Option<ConfigMapSource>,
    projected: Option<ProjectedVolume>,
}

#[derive(Deserialize)]
struct ProjectedVolume {
    sources: Option<Vec<ProjectedSource>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProjectedSource {
    config_map: Option<ConfigMapSource>,
}

#[derive(Deserialize)]
struct ConfigMapSource {
    name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Container {
    #[serde(default)]
    name: String,
    pub(super) image: Option<String>,
    pub(super) args: Option<Vec<String>>,
    pub(super) command: Option<Vec<String>>,
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

    /// Why a remote write in the resource has no effect, and what to do; `None` where the Operator writes the configuration.
    pub(crate) fn unmanaged(&self) -> Option<String> {
        let kind = self.resource_kind().filter(|_| self.is_unmanaged)?;
        let secret = format!("{}{}", kind.pod_prefix(), self.name);
        Some(format!(
            "{kind} {} has none of {}, so the Prometheus Operator ignores its remoteWrite and uses the configuration \
             in Secret `{secret}`. Put the remote write into that configuration (--target prometheus-yml --input \
             FILE), or set a selector: the Operator then replaces that configuration",
            self.reference(),
            SELECTORS.join(", ")
        ))
    }

    /// Kind and name of what makes its pods. The Operator names it after its resource; of several shards, this is the first.
    pub(crate) fn pod_controller(&self) -> (&'static str, String) {
        match self.kind {
            WorkloadKind::CustomResource(kind) => {
                ("statefulset", format!("{}{}", kind.pod_prefix(), self.name))
            }
            WorkloadKind::StatefulSet => ("statefulset", self.name.clone()),
            WorkloadKind::Deployment => ("deployment", self.name.clone()),
        }
    }

    /// Whether the workload identity webhook hands tokens to its pods.
    pub(crate) fn wants_identity_token(&self) -> bool {
        // The webhook looks at pods only: the same label on the StatefulSet or the service account has no effect.
        let label = self.pod_labels.get(webhook_keys::USE);
        label.is_some_and(|value| value == "true")
    }

    pub(super) fn from_custom_resource(kind: ResourceKind, object: OperatorResource) -> Self {
        let OperatorResource {
            metadata,
            spec,
            status,
        } = object;
        // The Operator treats an empty text like an absent field.
        let field = |name: &str| spec[name].as_str().filter(|text| !text.is_empty());
        Self {
            kind: WorkloadKind::CustomResource(kind),
            // The field wins over the image: the Operator generates the configuration for `version`, whatever the image
            // really contains.
            version: field("version")
                .or_else(|| field("image").and_then(tag))
                .and_then(version),
            service_account: service_account(&metadata.namespace, field("serviceAccountName")),
            release: release(&metadata),
            pod_labels: text_map(&spec["podMetadata"]["labels"]),
            container: "prometheus".to_owned(),
            config_maps: Vec::new(),
            is_unmanaged: SELECTORS.iter().all(|selector| spec[selector].is_null()),
            is_paused: spec["paused"] == true,
            is_observed: status.has_observed(metadata.generation),
            name: metadata.name,
            namespace: metadata.namespace,
        }
    }

    /// `None` for a workload without a pod template, which the API server does not let exist.
    pub(super) fn from_workload(kind: WorkloadKind, workload: Workload) -> Option<Self> {
        let Workload { metadata, spec, .. } = workload;
        let template = spec?.template;
        let pod = template.spec?;
        let container = prometheus_container(&pod);
        let image = container.and_then(|container| container.image.as_deref());
        Some(Self {
            kind,
            version: image.and_then(tag).and_then(version),
            service_account: service_account(
                &metadata.namespace,
                pod.service_account_name.as_deref(),
            ),
            release: release(&metadata),
            pod_labels: template
                .metadata
                .and_then(|metadata| metadata.labels)
                .unwrap_or_default(),
            container: container.map_or("prometheus", |one| &one.name).to_owned(),
            config_maps: config_maps(&pod),
            is_unmanaged: false,
            is_paused: false,
            is_observed: false,
            name: metadata.name,
            namespace: metadata.namespace,
        })
    }
}

impl WorkloadStatus {
    /// <https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.Condition>: each condition names the
    /// generation that it was reported for.
    fn has_observed(&self, generation: Option<i64>) -> bool {
        let mut conditions = self.conditions.iter().flatten();
        conditions.any(|one| {
            one.name == "Reconciled"
                && one.observed_generation.is_some()
                && one.observed_generation >= generation
        })
    }

    /// Whether a condition is known and false.
    pub(super) fn denies(&self, name: &str) -> bool {
        let mut conditions = self.conditions.iter().flatten();
        conditions.any(|one| one.name == name && one.status == "False")
    }
}

impl Workload {
    pub(super) fn pod(&self) -> Option<&PodSpec> {
        self.spec.as_ref()?.template.spec.as_ref()
    }

    /// Whether it runs a Prometheus of its own: neither one of the Operator's nor Azure's managed collector.
    pub(super) fn runs_prometheus(&self) -> bool {
        // The Operator gives this label to the StatefulSets that it makes; their resource is found by itself.
        let manager = self.metadata.label("app.kubernetes.io/managed-by");
        manager.is_none_or(|manager| manager != "prometheus-operator")
            // The collector of Azure's managed Prometheus runs Prometheus code, and its configuration is not the
            // user's.
            && !self.metadata.name.starts_with("ama-metrics")
            && self
                .pod()
                .is_some_and(|pod| prometheus_container(pod).is_some())
    }
}

/// Those in volumes of their own, and those that are projected with others.
fn config_maps(pod: &PodSpec) -> Vec<String> {
    let volumes = pod.volumes.iter().flatten();
    let sources = volumes.flat_map(|volume| {
        let projected = volume
            .projected
            .iter()
            .flat_map(|it| it.sources.iter().flatten());
        let projected = projected.map(|source| &source.config_map);
        [&volume.config_map].into_iter().chain(projected)
    });
    sources
        .flatten()
        .filter_map(|source| source.name.clone())
        .collect()
}

fn prometheus_container(pod: &PodSpec) -> Option<&Container> {
    pod.containers.iter().find(|container| {
        let image = container.image.as_deref().unwrap_or_default();
        // Images are mirrored under any host and path, so only the last part of the name counts.
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
pub(super) fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or_default();
    match image.rsplit_once(':') {
        // The last colon can be that of the registry's port, as in `registry:5000/prometheus`.
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => image,
    }
}

pub(super) fn tag(image: &str) -> Option<&str> {
    let image = image.split('@').next()?;
    image.strip_prefix(repository(image))?.strip_prefix(':')
}

/// `3.14.0` from `v3.14.0-distroless`; a release candidate keeps its mark. `None` for tags like `latest`.
pub(super) fn version(text: &str) -> Option<String> {
    let text = text.strip_prefix('v').unwrap_or(text);
    // SemVer would order `3.14.0-distroless` below `3.14.0`, and kube-prometheus-stack has such tags since 85.0. Of all
    // suffixes only that of a release candidate means an older version.
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
        // Kubernetes runs a pod that names no service account as `default` of its namespace.
        name: name.unwrap_or("default").to_owned(),
    }
}

/// By Helm's own annotations, which it gives to everything that it installs. Labels such as `release` and
/// `app.kubernetes.io/instance` are also found on what was never installed by Helm, such as kube-prometheus.
fn release(metadata: &Metadata) -> Option<ReleaseName> {
    let name = metadata.annotation("meta.helm.sh/release-name")?;
    let namespace = metadata.annotation("meta.helm.sh/release-namespace");
    is_release_name(name).then(|| ReleaseName {
        namespace: namespace.unwrap_or(&metadata.namespace).to_owned(),
        name: name.to_owned(),
    })
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

    fn deployment(container: &Value) -> Workload {
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
        let resource = serde_json::from_value::<OperatorResource>(json!({
            "apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus",
            "metadata": {"name": "main", "namespace": "monitoring",
                         "annotations": {"meta.helm.sh/release-name": "kps"}},
            "spec": spec,
        }));
        PrometheusServer::from_custom_resource(ResourceKind::Prometheus, resource.unwrap())
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
        assert_eq!(
            server.release,
            Some(ReleaseName {
                namespace: "monitoring".into(),
                name: "kps".into()
            })
        );
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
    fn a_change_that_the_operator_has_reported_is_observed() {
        let observed = |generation: i64, reported: &Value| {
            let resource = json!({
                "metadata": {"name": "main", "namespace": "monitoring", "generation": generation},
                "spec": {"paused": true}, "status": {"conditions": reported},
            });
            let resource = serde_json::from_value(resource).unwrap();
            PrometheusServer::from_custom_resource(ResourceKind::Prometheus, resource).is_observed
        };
        let reported = json!([{"type": "Reconciled", "status": "True", "observedGeneration": 3}]);

        assert!(observed(3, &reported));
        assert!(!observed(4, &reported));
        assert!(!observed(3, &json!(null)));
    }

    #[test]
    fn a_workload_is_known_by_its_image_or_by_its_flags() {
        let by_image = json!({"name": "server", "image": "quay.io/prometheus/prometheus:v2.53.3"});
        let by_flags = json!({"name": "p", "image": "example.com/metrics:7",
                              "args": ["--config.file=/p.yml", "--storage.tsdb.path=/data"]});
        let neither = json!({"name": "p", "image": "example.com/thanos:v0.36.0", "args": ["--config.file=x"]});

        let seen =
            [by_image, by_flags, neither].map(|container| deployment(&container).runs_prometheus());

        assert_eq!(seen, [true, true, false]);
    }

    #[test]
    fn what_the_operator_runs_is_not_found_twice() {
        let mut deployment = deployment(&json!({"name": "p", "image": "prom/prometheus:v3.0.0"}));
        deployment.metadata.labels = Some(BTreeMap::from([(
            "app.kubernetes.io/managed-by".to_owned(),
            "prometheus-operator".to_owned(),
        )]));

        assert!(!deployment.runs_prometheus());
    }

    #[test]
    fn only_the_annotations_of_helm_make_a_release() {
        let container = json!({"name": "p", "image": "quay.io/prometheus/prometheus:v3.0.0"});
        let server = |annotations: &[(&str, &str)]| {
            let mut deployment = deployment(&container);
            let own = annotations.iter();
            let own = own.map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            deployment.metadata.annotations = Some(own.collect());
            PrometheusServer::from_workload(WorkloadKind::Deployment, deployment).unwrap()
        };

        let labelled = server(&[]);
        let installed = server(&[
            ("meta.helm.sh/release-name", "prom"),
            ("meta.helm.sh/release-namespace", "apps"),
        ]);
        let strange = server(&[("meta.helm.sh/release-name", "a,owner!=helm")]);

        assert_eq!(labelled.release, None);
        assert_eq!(
            installed.release,
            Some(ReleaseName {
                namespace: "apps".into(),
                name: "prom".into()
            })
        );
        assert_eq!(strange.release, None);
    }

    #[test]
    fn only_tags_that_are_versions_give_a_version() {
        assert_eq!(version("v3.7.0-rc.1").as_deref(), Some("3.7.0-rc.1"));
        assert_eq!(version("2.45.0+ds1").as_deref(), Some("2.45.0"));
        assert_eq!(version("latest"), None);
        assert_eq!(tag("localhost:5000/prometheus"), None);
    }
}
