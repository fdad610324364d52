//! The target `configmap`: a ConfigMap that holds a prometheus.yml, and as that file's places those within it.

use super::native_spelling;
use super::target::Layout;

pub(super) static CONFIG_MAP: Layout = Layout {
    name: "configmap",
    lists: &[&["remote_write"]],
    cluster_label: &["global", "external_labels", "cluster"],
    second_definitions: &[],
    elsewhere: &[],
    resource: None,
    chart: None,
    template: None,
    entry: native_spelling::entry_in_plain_view,
    pod: None,
};
