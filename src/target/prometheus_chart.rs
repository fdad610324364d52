//! The target `prometheus-chart`: values of the community's Helm chart `prometheus`.

use super::chart_keys::CHART;
use super::description::{Description, DistinctiveKey, Format, SecretPlace};
use super::{Containers, PodPaths, Spelling};

pub(super) static DESCRIPTION: Description = Description {
    summary: "Helm values of the community's prometheus chart",
    noun: "values of the prometheus chart",
    format: Format::HelmValues {
        chart: "prometheus",
    },
    spelling: Spelling::Prometheus,
    // The chart renders `remoteWrite` into a ConfigMap, which shows a secret in plain text.
    secret: SecretPlace::Environment,
    lists: &[&["server", "remoteWrite"]],
    cluster_label: &["server", "global", "external_labels", "cluster"],
    external_label_names: None,
    // The chart would write the key twice, and Prometheus does not start with such a file.
    second_definitions: &[&["serverFiles", "prometheus.yml", "remote_write"]],
    // With either of these the chart renders no configuration, so `server.remoteWrite` has no effect.
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
    line_starts: &["server:"],
    values: Some(&CHART),
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
        // A map by name, unlike the list of kube-prometheus-stack; the container of Prometheus itself is not in it.
        containers: Containers::Others(&["server", "sidecarContainers"]),
        versions: &[&["server", "image", "tag"]],
    }),
};
