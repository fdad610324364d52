//! The target `prometheus-chart`: values of the community's Helm chart `prometheus`.

use super::entry::Spelling;
use super::pod::{Containers, Pod};
use super::target::Layout;

pub(super) static PROMETHEUS_CHART: Layout = Layout {
    name: "prometheus-chart",
    lists: &[&["server", "remoteWrite"]],
    cluster_label: &["server", "global", "external_labels", "cluster"],
    external_label_names: None,
    second_definitions: &[&["serverFiles", "prometheus.yml", "remote_write"]],
    elsewhere: &[
        &["server", "configFromSecret"],
        &["server", "configMapOverrideName"],
    ],
    resource: None,
    chart: Some("prometheus"),
    template: Some((
        "prometheus-chart.yaml",
        include_str!("../../templates/prometheus-chart.yaml"),
    )),
    spelling: Spelling::Prometheus,
    pod: Some(Pod {
        labels: &["server", "podLabels"],
        account_annotations: Some(&["serviceAccounts", "server", "annotations"]),
        volumes: &["server", "extraVolumes"],
        volume_mounts: Some(&["server", "extraVolumeMounts"]),
        environment: Some(&["server", "env"]),
        containers: Containers::Others(&["server", "sidecarContainers"]),
    }),
};
