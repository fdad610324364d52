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
    resource: Some(|document| is_config_map(document) && other_reader(document).is_none()),
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

/// Programs that read a ConfigMap with sections of Prometheus, by words in its name and in its labels.
const OTHER_READERS: [(&str, &[&str]); 3] = [
    // The managed Prometheus add-on drops a configuration with a remote write as a whole, the user's scrape jobs included.
    (
        "a ConfigMap of Azure's own metrics add-on",
        &["ama-metrics-"],
    ),
    (
        "a ConfigMap of VictoriaMetrics",
        &[
            "vmagent",
            "vmsingle",
            "victoria-metrics-agent",
            "victoria-metrics-single",
        ],
    ),
    (
        "a ConfigMap of Thanos Ruler",
        &["thanos-rule", "thanosruler", "thanos-ruler"],
    ),
];

/// Keys of which every configuration of Prometheus in a ConfigMap has one.
pub(crate) const CONFIGURATION_KEYS: [&str; 3] =
    ["scrape_configs", "remote_write", "scrape_config_files"];

/// Whether a document is a ConfigMap, whatever it holds.
pub(crate) fn is_config_map(document: &Value) -> bool {
    document["kind"] == "ConfigMap"
}

/// Which other program reads a ConfigMap, as messages name it; `None` where neither its name nor its labels show one.
pub(crate) fn other_reader(document: &Value) -> Option<&'static str> {
    const LABELS: [&str; 4] = [
        "app",
        "app.kubernetes.io/name",
        "app.kubernetes.io/component",
        "k8s-app",
    ];
    if !is_config_map(document) {
        return None;
    }
    let metadata = &document["metadata"];
    let labels = LABELS.iter().map(|label| &metadata["labels"][*label]);
    let names = labels.chain([&metadata["name"]]).filter_map(Value::as_str);
    let all: Vec<&str> = names.collect();
    // The rules of Thanos, or the targets of vmagent, can be part of the configuration of a Prometheus.
    if all.iter().any(|name| name.starts_with("prometheus")) {
        return None;
    }
    let has = |word: &&str| {
        // At the start of a name or after a dash: part of another word proves nothing.
        all.iter().any(|name| {
            let name = name.to_lowercase();
            name.starts_with(word) || name.contains(&format!("-{word}"))
        })
    };
    let mut known = OTHER_READERS.iter();
    let (noun, _) = known.find(|(_, words)| words.iter().any(has))?;
    Some(noun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_map_of_another_program_is_recognised_by_its_name_or_its_labels() {
        for (text, noun) in [
            (
                "{name: ama-metrics-prometheus-config}",
                Some("metrics add-on"),
            ),
            (
                "{name: dev-ama-metrics-settings-configmap}",
                Some("metrics add-on"),
            ),
            ("{name: vmagent-config}", Some("VictoriaMetrics")),
            (
                "{name: a, labels: {app.kubernetes.io/name: victoria-metrics-agent}}",
                Some("VictoriaMetrics"),
            ),
            ("{name: thanos-ruler-remote-write}", Some("Thanos Ruler")),
            ("{name: prometheus-server}", None),
            ("{name: prometheus-thanos-rules}", None),
            ("{name: vmagent-targets, labels: {app: prometheus}}", None),
            ("{name: prometheus-llama-metrics-x}", None),
            ("{name: a, labels: {team: vmagent}}", None),
        ] {
            let text = format!("kind: ConfigMap\nmetadata: {text}");
            let found = other_reader(&serde_yaml::from_str(&text).unwrap());

            assert_eq!(found.is_some(), noun.is_some(), "{text}");
            assert!(
                found
                    .unwrap_or_default()
                    .ends_with(noun.unwrap_or_default()),
                "{text}"
            );
        }
    }
}
