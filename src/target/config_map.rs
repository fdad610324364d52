//! The target `configmap`: a ConfigMap that holds a prometheus.yml. Its places are those within that file.

use serde_yaml::Value;

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
    resource: Some(|document| is_config_map(document) && !is_of_add_on(document)),
    certain: None,
    line_starts: &["kind: ConfigMap"],
    values: None,
    sections: None,
    template: None,
    new_file: None,
    usual_name: "config",
    // The workload that mounts it is another object, which may be in another file.
    pod: None,
};

/// What such a ConfigMap of Azure's own is called.
pub(crate) const OF_ADD_ON: &str = "a ConfigMap of Azure's own metrics add-on";

/// Keys of which every configuration of Prometheus in a ConfigMap has one.
pub(crate) const CONFIGURATION_KEYS: [&str; 3] =
    ["scrape_configs", "remote_write", "scrape_config_files"];

/// Whether a document is a ConfigMap, whatever it holds.
pub(crate) fn is_config_map(document: &Value) -> bool {
    document["kind"] == "ConfigMap"
}

/// The managed Prometheus add-on drops a configuration with a remote write as a whole, the user's scrape jobs included.
pub(crate) fn is_of_add_on(document: &Value) -> bool {
    let name = document["metadata"]["name"].as_str().unwrap_or_default();
    is_config_map(document) && name.starts_with("ama-metrics-")
}
