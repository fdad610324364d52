//! The target `configmap`: a ConfigMap that holds a prometheus.yml. Its places are those within that file.

use super::Spelling;
use super::description::{Description, Format, SecretPlace};

pub(super) static DESCRIPTION: Description = Description {
    summary: "a ConfigMap that holds a prometheus.yml",
    noun: "a prometheus.yml",
    format: Format::ConfigMap,
    spelling: Spelling::Prometheus,
    // Everyone who may read ConfigMaps in the namespace would see the secret.
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
    // The workload that mounts it is another object, which may be in another file.
    pod: None,
};
