//! The target `prometheus-yml`: Prometheus' own configuration file.

use super::entry::Spelling;
use super::target::Layout;

pub(super) static PROMETHEUS_YML: Layout = Layout {
    name: "prometheus-yml",
    lists: &[&["remote_write"]],
    cluster_label: &["global", "external_labels", "cluster"],
    external_label_names: None,
    second_definitions: &[],
    elsewhere: &[],
    resource: None,
    chart: None,
    template: Some((
        "prometheus.yml",
        include_str!("../../templates/prometheus.yml"),
    )),
    spelling: Spelling::Prometheus,
    pod: None,
};
