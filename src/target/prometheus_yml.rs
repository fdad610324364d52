//! The target `prometheus-yml`: Prometheus' own configuration file.

use super::Spelling;
use super::description::{Description, DistinctiveKey, Format, SecretPlace};

pub(super) static DESCRIPTION: Description = Description {
    summary: "the configuration file of Prometheus",
    noun: "a prometheus.yml",
    format: Format::Configuration,
    spelling: Spelling::Prometheus,
    secret: SecretPlace::InFile,
    lists: &[&["remote_write"]],
    cluster_label: &["global", "external_labels", "cluster"],
    external_label_names: None,
    second_definitions: &[],
    elsewhere: &[],
    verbatim_sections: &[],
    resource: None,
    certain: Some(DistinctiveKey {
        key: |document| document.get("scrape_configs").map(|_| "scrape_configs"),
        noun: "a prometheus.yml",
    }),
    line_starts: &["scrape_configs:", "remote_write:", "global:"],
    values: None,
    template: Some((
        "prometheus.yml",
        include_str!("../../templates/prometheus.yml"),
    )),
    new_file: Some("prometheus-azure-monitor.yml"),
    usual_name: "prometheus",
    pod: None,
};
