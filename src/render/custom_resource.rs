//! The target `custom-resource`: a Prometheus or PrometheusAgent, as the Operator reads it.

use serde_yaml::Value;

use super::entry::Spelling;
use super::pod::{Containers, Pod};
use super::target::Layout;

pub(super) static CUSTOM_RESOURCE: Layout = Layout {
    name: "custom-resource",
    lists: &[&["spec", "remoteWrite"]],
    cluster_label: &["spec", "externalLabels", "cluster"],
    external_label_names: Some(&["spec"]),
    second_definitions: &[],
    elsewhere: &[],
    resource: Some(is_prometheus),
    chart: None,
    template: Some((
        "custom-resource.yaml",
        include_str!("../../templates/custom-resource.yaml"),
    )),
    spelling: Spelling::Operator,
    pod: Some(Pod {
        labels: &["spec", "podMetadata", "labels"],
        account_annotations: None,
        volumes: &["spec", "volumes"],
        volume_mounts: Some(&["spec", "volumeMounts"]),
        environment: None,
        // What is said of a container here is merged into the one that the Operator makes.
        containers: Containers::List {
            path: &["spec", "containers"],
            prometheus: "prometheus",
        },
    }),
};

fn is_prometheus(document: &Value) -> bool {
    let version = document["apiVersion"].as_str().unwrap_or_default();
    let kind = document["kind"].as_str().unwrap_or_default();
    version.starts_with("monitoring.coreos.com/")
        && matches!(kind, "Prometheus" | "PrometheusAgent")
}
