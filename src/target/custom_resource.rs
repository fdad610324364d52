//! The target `custom-resource`: a Prometheus or PrometheusAgent, as the Operator reads it.

use serde_yaml::Value;

use super::description::{Description, Format, SecretPlace};
use super::resource_kind::{OPERATOR_GROUP, ResourceKind};
use super::{Containers, PodPaths, Spelling};

pub(super) static DESCRIPTION: Description = Description {
    summary: "the Prometheus resource that the Operator reads",
    noun: "a Prometheus resource",
    format: Format::Resource,
    spelling: Spelling::Operator,
    secret: SecretPlace::Reference,
    // An atomic list: a merge patch or server-side apply replaces all of it.
    lists: &[&["spec", "remoteWrite"]],
    cluster_label: &["spec", "externalLabels", "cluster"],
    external_label_names: Some(&["spec"]),
    second_definitions: &[],
    elsewhere: &[],
    verbatim_sections: &[],
    resource: Some(is_prometheus),
    certain: None,
    line_starts: &["kind: Prometheus", "kind: PrometheusAgent"],
    values: None,
    sections: None,
    template: Some((
        "custom-resource.yaml",
        include_str!("../../templates/custom-resource.yaml"),
    )),
    new_file: Some("prometheus-azure-monitor.yaml"),
    usual_name: "prometheus",
    pod: Some(PodPaths {
        labels: &["spec", "podMetadata", "labels"],
        account_annotations: None,
        account_name: Some(&["spec", "serviceAccountName"]),
        account_create: None,
        volumes: &["spec", "volumes"],
        volume_mounts: Some(&["spec", "volumeMounts"]),
        environment: None,
        // The Operator merges a container of this name into the one that it makes.
        containers: Containers::List {
            path: &["spec", "containers"],
            prometheus: "prometheus",
        },
        init_containers: &["spec", "initContainers"],
        versions: &[&["spec", "version"], &["spec", "image"]],
    }),
};

fn is_prometheus(document: &Value) -> bool {
    let version = document["apiVersion"].as_str().unwrap_or_default();
    let kind = document["kind"].as_str().unwrap_or_default();
    // PrometheusAgent is `v1alpha1`, Prometheus is `v1`.
    let group = version.split('/').next();
    group == Some(OPERATOR_GROUP) && ResourceKind::named(kind).is_some()
}
