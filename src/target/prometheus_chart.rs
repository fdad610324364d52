//! The target `prometheus-chart`: values of the community's Helm chart `prometheus`.

use super::description::{Description, DistinctiveKey, Format, SecretPlace};
use super::{Containers, PodPaths, Spelling};

pub(super) static DESCRIPTION: Description = Description {
    summary: "Helm values of the community's prometheus chart",
    noun: "values of the prometheus chart",
    format: Format::HelmValues {
        chart: "prometheus",
    },
    spelling: Spelling::Prometheus,
    secret: SecretPlace::Environment,
    lists: &[&["server", "remoteWrite"]],
    cluster_label: &["server", "global", "external_labels", "cluster"],
    external_label_names: None,
    second_definitions: &[&["serverFiles", "prometheus.yml", "remote_write"]],
    elsewhere: &[
        &["server", "configFromSecret"],
        &["server", "configMapOverrideName"],
    ],
    verbatim_sections: &[&["server", "global"], &["serverFiles", "prometheus.yml"]],
    resource: None,
    certain: Some(DistinctiveKey {
        key: |document| document["server"].is_mapping().then_some("server"),
        noun: "values of a Helm chart",
    }),
    template: Some((
        "prometheus-chart.yaml",
        include_str!("../../templates/prometheus-chart.yaml"),
    )),
    new_file: Some("values-azure-monitor.yaml"),
    usual_name: "values",
    pod: Some(PodPaths {
        labels: &["server", "podLabels"],
        account_annotations: Some(&["serviceAccounts", "server", "annotations"]),
        account_name: Some(&["serviceAccounts", "server", "name"]),
        account_create: Some(&["serviceAccounts", "server", "create"]),
        volumes: &["server", "extraVolumes"],
        volume_mounts: Some(&["server", "extraVolumeMounts"]),
        environment: Some(&["server", "env"]),
        containers: Containers::Others(&["server", "sidecarContainers"]),
        versions: &[&["server", "image", "tag"]],
    }),
};
