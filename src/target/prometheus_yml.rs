//! The target `prometheus-yml`: Prometheus' own configuration file.

use serde_yaml::Value;

use super::Spelling;
use super::description::{Description, DistinctiveKey, Format, SecretPlace, Sections};
use super::ignored_keys::{ENCRYPTION, is_anchor_holder};
use crate::text::key_name::shown_key;

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
    sections: Some(Sections {
        has_own: has_configuration_section,
        first_unread: unread_section,
        has_none: is_no_configuration,
        is_file_name,
    }),
    template: Some((
        "prometheus.yml",
        include_str!("../../templates/prometheus.yml"),
    )),
    new_file: Some("prometheus-azure-monitor.yml"),
    usual_name: "prometheus",
    pod: None,
};

/// `prometheus.yml`, `prometheus-agent.yaml`.
fn is_file_name(name: &str) -> bool {
    let name = name.to_lowercase();
    name.starts_with("prometheus")
        && !name.contains("values")
        && (name.ends_with(".yml") || name.ends_with(".yaml"))
}

/// The top-level keys of Prometheus' own configuration, each with the keys that Prometheus reads below it where other
/// programs have a key of that name: one of these has to be there, or nothing at all.
const CONFIGURATION: [(&str, &[&str]); 11] = [
    ("alerting", &["alertmanagers", "alert_relabel_configs"]),
    ("global", GLOBAL),
    ("otlp", &[]),
    ("remote_read", &[]),
    ("remote_write", &[]),
    ("rule_files", &[]),
    ("runtime", &["gogc"]),
    ("scrape_config_files", &[]),
    ("scrape_configs", &[]),
    ("storage", &["tsdb", "exemplars"]),
    ("tracing", &["endpoint", "client_type", "sampling_fraction"]),
];

/// Words in the keys of `global`, 2.26 to 3.14. That of Alertmanager has a `resolve_timeout`.
const GLOBAL: &[&str] = &[
    "external_labels",
    "evaluation_interval",
    "_limit",
    "_log_file",
    "scrape_",
    "metric_name_",
    "convert_classic_histograms_to_nhcb",
    "keep_dropped_targets",
    "rule_query_offset",
    "runtime",
];

/// How keys of `global` end that only Prometheus has there. Charts have a `global` of their own.
const OWN_GLOBAL: &[&str] = &[
    "external_labels",
    "scrape_interval",
    "scrape_timeout",
    "evaluation_interval",
    "_log_file",
    "sample_limit",
    "label_limit",
    "target_limit",
    "_length_limit",
    "body_size_limit",
    "keep_dropped_targets",
    "scrape_protocols",
    "rule_query_offset",
    "validation_scheme",
    "escaping_scheme",
    "_native_histograms",
    "_classic_histograms",
    "_to_nhcb",
];

/// Words in the keys of `otlp`, 2.54 to 3.14.
const OTLP: &[&str] = &[
    "resource_attributes",
    "translation_strategy",
    "histograms_to_nhcb",
    "scope_metadata",
    "label_name_",
];

/// Whether a document has keys, and none of them is a section that Prometheus reads.
pub(crate) fn is_no_configuration(document: &Value) -> bool {
    let keys = document.as_mapping().into_iter().flatten();
    let mut sections = keys
        .filter_map(|(key, section)| Some((key.as_str()?, section)))
        .filter(|(key, _)| !is_anchor_holder(key))
        .peekable();
    sections.peek().is_some() && !sections.any(|(key, section)| is_section(key, section))
}

/// Whether Prometheus reads this section.
fn is_section(key: &str, section: &Value) -> bool {
    let Some((_, below)) = CONFIGURATION.iter().find(|(name, _)| *name == key) else {
        return false;
    };
    let mut found = section.as_mapping().into_iter().flatten().peekable();
    let is_read = |key: &str| below.iter().any(|word| key.contains(word));
    below.is_empty()
        || found.peek().is_none()
        || found.any(|(key, _)| key.as_str().is_some_and(is_read))
}

/// Whether a document for which nothing else was named is read as a prometheus.yml.
pub(crate) fn can_be_configuration(document: &Value) -> bool {
    !document.is_mapping() || (unread_section(document).is_none() && !is_no_configuration(document))
}

/// The first section that Prometheus does not have.
fn unread_section(document: &Value) -> Option<String> {
    let keys = document.as_mapping().into_iter().flatten();
    let mut keys = keys.map(|(key, _)| key.as_str().unwrap_or_default());
    let is_read = |key: &str| {
        is_anchor_holder(key)
            || key == ENCRYPTION
            || CONFIGURATION.iter().any(|(name, _)| *name == key)
    };
    let is_unread = |key: &&str| !is_read(key);
    let unread = keys.find(is_unread)?;
    Some(shown_key(unread).into_owned())
}

/// Whether a document has a section of Prometheus. Other programs have sections of these names, so for some of them what
/// Prometheus reads has to be below.
pub(crate) fn has_configuration_section(document: &Value) -> bool {
    const OWN: [&str; 5] = [
        "remote_write",
        "remote_read",
        "scrape_configs",
        "rule_files",
        "scrape_config_files",
    ];
    let has = |section: &str, is_own: &dyn Fn(&str) -> bool| {
        let keys = document[section].as_mapping().into_iter().flatten();
        let mut keys = keys.filter_map(|(key, _)| key.as_str());
        keys.any(is_own)
    };
    let has_content = |key: &str| has(key, &|_| true) && is_section(key, &document[key]);
    let shared = ["alerting", "runtime", "storage", "tracing"];
    OWN.iter().any(|key| document.get(*key).is_some())
        || shared.iter().any(|key| has_content(key))
        || has("global", &|key| {
            OWN_GLOBAL.iter().any(|end| key.ends_with(end))
        })
        || has("otlp", &|key| OTLP.iter().any(|word| key.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_of_another_program_makes_no_configuration() {
        let is_none = |text: &str| is_no_configuration(&serde_yaml::from_str(text).unwrap());

        for text in [
            "global: {imageRegistry: quay.io}",
            "storage: {class: fast}",
            "mine: 1",
            "x-a: 1\nglobal: {replicas: 2}",
            "global: {resolve_timeout: 5m, smtp_smarthost: mail}",
        ] {
            assert!(is_none(text), "{text}");
        }
        for text in [
            "global: {scrape_timeout: 5s}",
            "global:",
            "storage: {tsdb: {}}",
            "mine: 1\nrule_files: []",
            "{}",
        ] {
            assert!(!is_none(text), "{text}");
        }
    }

    #[test]
    fn the_name_of_a_configuration_file_starts_with_that_of_the_program() {
        for name in ["prometheus.yml", "Prometheus-agent.yaml"] {
            assert!(is_file_name(name), "{name}");
        }
        for name in [
            "values.yaml",
            "prometheus-values.yaml",
            "a.yml",
            "kube-prometheus-stack.yaml",
        ] {
            assert!(!is_file_name(name), "{name}");
        }
    }
}
