//! The target `configmap`: a ConfigMap that holds a prometheus.yml, and as that file's places those within it.

use super::entry::Spelling;
use super::target::Layout;

pub(super) static CONFIG_MAP: Layout = Layout {
    name: "configmap",
    lists: &[&["remote_write"]],
    cluster_label: &["global", "external_labels", "cluster"],
    external_label_names: None,
    second_definitions: &[],
    elsewhere: &[],
    resource: None,
    chart: None,
    template: None,
    spelling: Spelling::Prometheus,
    pod: None,
};
