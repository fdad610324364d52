//! The target `configmap`: a ConfigMap that holds a prometheus.yml. Its places are those within that file.

use super::Spelling;
use super::description::{Description, Format, SecretPlace};

pub(super) static DESCRIPTION: Description = Description {
    summary: "a ConfigMap that holds a prometheus.yml",
    noun: "a prometheus.yml",
    format: Format::ConfigMap,
    spelling: Spelling::Prometheus,
    secret: SecretPlace::Environment,
    lists: &[&["remote_write"]],
    cluster_label: &["global", "external_labels", "cluster"],
    external_label_names: None,
    second_definitions: &[],
    elsewhere: &[],
    verbatim_sections: &[],
    resource: Some(|document| document["kind"] == "ConfigMap"),
    certain: None,
    template: None,
    new_file: None,
    usual_name: "config",
    pod: None,
};
