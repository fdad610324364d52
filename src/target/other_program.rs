//! Files of other programs, by the keys that only they have.

use serde_yaml::Value;

struct OtherProgram {
    noun: &'static str,
    /// The key to name, and the keys that have to be there with it.
    keys: &'static [&'static str],
}

static OTHERS: &[OtherProgram] = &[
    other(
        "the configuration of an OpenTelemetry Collector",
        &["exporters", "service"],
    ),
    other(
        "the configuration of an OpenTelemetry Collector",
        &["receivers", "processors"],
    ),
    other(
        "the configuration of an OpenTelemetry Collector",
        &["receivers", "exporters"],
    ),
    other("the configuration of Alertmanager", &["route", "receivers"]),
    other(
        "the configuration of Promtail",
        &["scrape_configs", "clients"],
    ),
    other(
        "the configuration of Promtail",
        &["scrape_configs", "positions"],
    ),
    other("the configuration of Loki", &["schema_config"]),
    other("the configuration of Mimir", &["blocks_storage"]),
    other(
        "the configuration of Grafana Agent",
        &["metrics", "integrations"],
    ),
    other("the configuration of a blackbox exporter", &["modules"]),
    other("a file of recording or alerting rules", &["groups"]),
    other("a file for promtool test rules", &["rule_files", "tests"]),
    other("a Compose file", &["services"]),
    other("a helmfile", &["releases", "repositories"]),
    other("a workflow of GitHub Actions", &["jobs", "on"]),
    other("a kustomization", &["resources", "namespace"]),
    other("the values of Argo CD", &["server", "repoServer"]),
    // Their keys for the control plane are those of kube-prometheus-stack.
    other("the values of victoria-metrics-k8s-stack", &["vmagent"]),
    other("the values of victoria-metrics-k8s-stack", &["vmsingle"]),
    other("the values of victoria-metrics-k8s-stack", &["vmcluster"]),
    other(
        "the values of opentelemetry-kube-stack",
        &["collectors", "kubelet"],
    ),
    other(
        "the values of opentelemetry-kube-stack",
        &["defaultCRConfig"],
    ),
    other("a Chart.yaml", &["apiVersion", "name", "version"]),
];

const fn other(noun: &'static str, keys: &'static [&'static str]) -> OtherProgram {
    OtherProgram { noun, keys }
}

/// The key by which a document is of another program, and what that file is called.
pub(crate) fn other_program(document: &Value) -> Option<(&'static str, &'static str)> {
    let map = document.as_mapping()?;
    let is_one = |other: &&OtherProgram| other.keys.iter().all(|key| map.contains_key(*key));
    let found = OTHERS.iter().find(is_one)?;
    Some((found.keys[0], found.noun))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_programs_are_known_by_their_keys() {
        let noun = |text: &str| {
            let document: Value = serde_yaml::from_str(text).unwrap();
            other_program(&document).map(|(_, noun)| noun)
        };

        assert_eq!(
            noun("groups: []"),
            Some("a file of recording or alerting rules")
        );
        assert_eq!(noun("services: {web: {}}"), Some("a Compose file"));
        assert_eq!(
            noun("route: {}\nreceivers: []"),
            Some("the configuration of Alertmanager")
        );
        assert_eq!(
            noun("vmagent: {}\ndefaultRules: {}"),
            Some("the values of victoria-metrics-k8s-stack")
        );
        assert_eq!(noun("scrape_configs: []"), None);
        assert_eq!(noun("prometheus: {prometheusSpec: {}}"), None);
    }
}
