//! The target `prometheus-chart`: values of the community's Helm chart `prometheus`.

use super::native_spelling;
use super::pod::Pod;
use super::target::Layout;

pub(super) static PROMETHEUS_CHART: Layout = Layout {
    name: "prometheus-chart",
    lists: &[&["server", "remoteWrite"]],
    cluster_label: &["server", "global", "external_labels", "cluster"],
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
    entry: native_spelling::entry_in_plain_view,
    pod: Some(Pod {
        labels: &["server", "podLabels"],
        account_annotations: Some(&["serviceAccounts", "server", "annotations"]),
        volumes: &["server", "extraVolumes"],
        volume_mounts: &["server", "extraVolumeMounts"],
        environment: Some(&["server", "env"]),
    }),
};
