//! The target `prometheus-yml`: Prometheus' own configuration file.

use super::native_spelling;
use super::target::Layout;

pub(super) static PROMETHEUS_YML: Layout = Layout {
    name: "prometheus-yml",
    lists: &[&["remote_write"]],
    cluster_label: &["global", "external_labels", "cluster"],
    second_definitions: &[],
    elsewhere: &[],
    resource: None,
    chart: None,
    template: Some((
        "prometheus.yml",
        include_str!("../../templates/prometheus.yml"),
    )),
    entry: native_spelling::entry,
    pod: None,
};
