//! Which target is a file? Judged by the keys that only one of them has.

use serde_yaml::Value;

use super::other_program::other_program;
use super::values::{ENCRYPTION, PlaceError, is_anchor_holder};
use super::{Target, config_map, release_values};

/// What kind of file a text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Recognised {
    One(Target),
    /// Parts of it are of each of these.
    Several(Vec<Target>),
    /// Another program's; what it is called.
    Other(&'static str),
    /// No key decides it.
    Unknown,
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

/// What a release is called whose chart is named elsewhere, as with the `chartRef` of Flux.
pub(crate) const OF_UNKNOWN_CHART: &str = "a release whose chart is not named in it";

/// The kind of file that these documents are.
pub(crate) fn recognise(documents: &[Value]) -> Recognised {
    let is_resource = |target: &&Target| {
        let resource = target.description().resource;
        resource.is_some_and(|is_one| documents.iter().any(is_one))
    };
    let of_release = in_release_resource(documents);
    let is_other = matches!(of_release, Some(Recognised::Other(_)));
    if let Some(recognised) = of_release.clone().filter(|_| !is_other) {
        return recognised;
    }
    if let Some(target) = Target::ALL.iter().find(is_resource) {
        return Recognised::One(*target);
    }
    if documents.iter().any(config_map::is_of_add_on) {
        return Recognised::Other(config_map::OF_ADD_ON);
    }
    if let Some(other) = of_release {
        return other;
    }
    let [document] = documents else {
        return Recognised::Unknown;
    };
    if let Some((_, noun)) = other_program(document) {
        return Recognised::Other(noun);
    }
    let all = || Target::ALL.iter().copied();
    let certain: Vec<Target> = all()
        .filter(|target| {
            target.is_certainly_in(document) || target.is_configuration_of_prometheus(document)
        })
        .collect();
    let named = || {
        all()
            .filter(|target| {
                target.is_named_in(document) || target.is_likely_below_its_name(document)
            })
            .collect::<Vec<_>>()
    };
    let kinds = match certain.as_slice() {
        [] => named(),
        // The values of both charts can be in one file, those of one of them with no key that proves it.
        [one] if one.is_chart() => all()
            .filter(|target| target == one || target.can_be_below_its_name(document))
            .collect(),
        _ => certain,
    };
    match kinds.as_slice() {
        [] => Recognised::Unknown,
        [one] => Recognised::One(*one),
        _ => Recognised::Several(kinds),
    }
}

/// Why documents that were not recognised can be no target either, as a predicate of the file.
pub(crate) fn why_of_no_kind(documents: &[Value]) -> Option<String> {
    let kinds: Option<Vec<&str>> = documents.iter().map(kind_of_resource).collect();
    if let Some(kinds) = kinds.filter(|kinds| !kinds.is_empty()) {
        let named = first_few(kinds.into_iter());
        return Some(format!(
            "holds Kubernetes resources of other kinds than Prometheus: {named}"
        ));
    }
    let [document] = documents else {
        return None;
    };
    let reads_nothing = |target: &Target| match target.chart() {
        Some(_) => target.prefix_in(document) == Err(PlaceError::Nothing),
        None => is_no_configuration(document),
    };
    let keys = document.as_mapping()?.keys().filter_map(Value::as_str);
    Target::ALL.iter().all(reads_nothing).then(|| {
        let named = first_few(keys);
        format!("has no key of Prometheus or of its Helm charts, only {named}")
    })
}

fn kind_of_resource(document: &Value) -> Option<&str> {
    document["apiVersion"].as_str()?;
    document["kind"].as_str()
}

/// The first of these, each once.
fn first_few<'a>(words: impl Iterator<Item = &'a str>) -> String {
    const MOST: usize = 4;
    let mut named: Vec<String> = Vec::new();
    for word in words {
        let word = format!("`{word}`");
        if !named.contains(&word) {
            named.push(word);
        }
    }
    let more = if named.len() > MOST {
        " and others"
    } else {
        ""
    };
    named.truncate(MOST);
    format!("{}{more}", named.join(", "))
}

/// The chart for which a controller finds values here; `None` where no document is a resource with such values.
fn in_release_resource(documents: &[Value]) -> Option<Recognised> {
    let holds = |target: &&Target| {
        let mut values = documents
            .iter()
            .map(|document| target.release_values(document));
        values.any(|values| !values.is_empty())
    };
    let targets: Vec<Target> = Target::ALL.iter().filter(holds).copied().collect();
    match targets.as_slice() {
        [] if documents.iter().any(takes_a_folder) => Some(Recognised::Other(
            "an Application of a folder in a repository, and that folder has the chart and its values",
        )),
        [] => {
            let each = |document| {
                release_values(document)
                    .into_iter()
                    .map(move |it| (document, it))
            };
            let all: Vec<_> = documents.iter().flat_map(each).collect();
            let other = all
                .iter()
                .find_map(|(document, values)| values.other_noun(document));
            let noun = match other {
                _ if all.is_empty() => return None,
                Some(noun) => noun,
                None if all.iter().all(|(_, it)| it.is_of_unknown_chart()) => OF_UNKNOWN_CHART,
                None => "the release of another chart",
            };
            Some(Recognised::Other(noun))
        }
        [one] => Some(Recognised::One(*one)),
        _ => Some(Recognised::Several(targets)),
    }
}

/// Whether Argo CD takes a chart or manifests from a folder, so that the resource itself has no values.
fn takes_a_folder(document: &Value) -> bool {
    let spec = match document["kind"].as_str() {
        Some("Application") => &document["spec"],
        Some("ApplicationSet") => &document["spec"]["template"]["spec"],
        _ => return false,
    };
    let is_folder = |source: &Value| source["path"].is_string() && source["chart"].is_null();
    let several = spec["sources"].as_sequence();
    is_folder(&spec["source"]) || several.is_some_and(|sources| sources.iter().any(is_folder))
}

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

/// The target that a document certainly is, by which top-level key, and what such a file is called in messages.
pub(crate) fn certainly(document: &Value) -> Option<(Target, &'static str, &'static str)> {
    Target::ALL.iter().find_map(|target| {
        let certain = target.description().certain.as_ref()?;
        Some((*target, (certain.key)(document)?, certain.noun))
    })
}

/// The kind that a document has keys of, and one that nothing of that kind reads, so that it may be another's. Prometheus does
/// not start with a key that it does not know.
pub(crate) fn contradiction(documents: &[Value]) -> Option<(Target, String)> {
    let [document] = documents else {
        return None;
    };
    Target::ALL.iter().find_map(|target| {
        let unread = match target {
            Target::PrometheusYml => {
                unread_section(document).filter(|_| has_configuration_section(document))
            }
            _ => target.unread_key(document),
        };
        Some((*target, unread?))
    })
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
    keys.find(is_unread).map(str::to_owned)
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

impl Target {
    /// Whether the document is certainly a prometheus.yml, where that is this target.
    fn is_configuration_of_prometheus(self, document: &Value) -> bool {
        self == Self::PrometheusYml
            && unread_section(document).is_none()
            && has_configuration_section(document)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    fn documents(text: &str) -> Vec<Value> {
        serde_yaml::Deserializer::from_str(text)
            .map(|document| Value::deserialize(document).unwrap())
            .collect()
    }

    #[test]
    fn each_target_is_recognised_by_its_keys() {
        let targets = [
            "remote_write: []",
            "prometheus: {prometheusSpec: {}}",
            "stack: {prometheus: {prometheusSpec: {}}}",
            "server: {remoteWrite: []}",
            "prometheus: {server: {sidecarContainers: {}}}",
            "kind: Service\n---\napiVersion: monitoring.coreos.com/v1\nkind: Prometheus",
            "kind: ConfigMap",
            "global: {scrape_interval: 1m}",
            "global: {query_log_file: /q}",
            "alerting: {alertmanagers: []}",
            "storage: {tsdb: {}}",
            "otlp: {promote_resource_attributes: [a]}",
            "runtime: {gogc: 50}",
            "global: {sample_limit: 5}\nruntime: {}",
            "prometheusOperator: {}\nkubelet: {}",
        ]
        .map(|text| recognise(&documents(text)));

        let expected = [
            Target::PrometheusYml,
            Target::KubePrometheusStack,
            Target::KubePrometheusStack,
            Target::PrometheusChart,
            Target::PrometheusChart,
            Target::CustomResource,
            Target::ConfigMap,
            Target::PrometheusYml,
            Target::PrometheusYml,
            Target::PrometheusYml,
            Target::PrometheusYml,
            Target::PrometheusYml,
            Target::PrometheusYml,
            Target::PrometheusYml,
            Target::KubePrometheusStack,
        ]
        .map(Recognised::One);
        assert_eq!(targets, expected);
    }

    #[test]
    fn a_file_of_no_kind_or_of_two_is_not_guessed() {
        let kind = |text: &str| recognise(&documents(text));
        let both = "a: {prometheus: {prometheusSpec: {}}}\nb: {server: {remoteWrite: []}}";

        assert_eq!(
            kind("groups: []"),
            Recognised::Other("a file of recording or alerting rules")
        );
        assert_eq!(
            kind("kind: ConfigMap\nmetadata: {name: ama-metrics-prometheus-config}"),
            Recognised::Other("a ConfigMap of Azure's own metrics add-on")
        );
        assert_eq!(kind("global: {resolve_timeout: 5m}"), Recognised::Unknown);
        assert_eq!(kind("server: {port: 80}\nmine: 1"), Recognised::Unknown);
        assert_eq!(
            kind(both),
            Recognised::Several(vec![Target::KubePrometheusStack, Target::PrometheusChart])
        );
        assert_eq!(
            kind("kps: {prometheus: {prometheusSpec: {}}}\nprometheus: {server: {retention: 1d}}"),
            Recognised::Several(vec![Target::KubePrometheusStack, Target::PrometheusChart])
        );
        // Parca; and keys that others have copied.
        assert_eq!(
            kind("object_storage: {}\nscrape_configs: []"),
            Recognised::Unknown
        );
        assert_eq!(kind("kubelet: {}"), Recognised::Unknown);
        assert_eq!(
            kind("prometheus: {server: {retention: 15d}}\ngrafana: {}"),
            Recognised::One(Target::PrometheusChart)
        );
        assert_eq!(
            kind("prometheus: {server: {port: 9090}}\ngrafana: {}"),
            Recognised::Unknown
        );
        // `prometheus` is a key of one chart, and the name of the other.
        assert_eq!(kind("prometheus: {}"), Recognised::Unknown);
    }

    #[test]
    fn a_file_that_no_target_fits_is_described() {
        let why = |text: &str| why_of_no_kind(&documents(text));

        assert_eq!(
            why("apiVersion: v1\nkind: VMAlert\n---\napiVersion: v1\nkind: Service").as_deref(),
            Some("holds Kubernetes resources of other kinds than Prometheus: `VMAlert`, `Service`")
        );
        assert_eq!(
            why("suite: a\ntests: []").as_deref(),
            Some("has no key of Prometheus or of its Helm charts, only `suite`, `tests`")
        );
        for text in ["server: {port: 80}", "prometheus: {}", "{}", "", "[1]"] {
            assert_eq!(why(text), None, "{text}");
        }
    }

    #[test]
    fn an_application_of_a_folder_is_told_from_another_chart() {
        let noun = |source: &str| {
            let head = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:";
            match recognise(&documents(&format!("{head} {source}\n"))) {
                Recognised::Other(noun) => noun,
                other => panic!("{other:?}"),
            }
        };

        assert!(noun("{path: monitoring}").contains("folder in a repository"));
        assert!(noun("{chart: loki}").contains("another chart"));
    }

    #[test]
    fn a_section_of_another_program_makes_no_configuration() {
        let is_none = |text: &str| is_no_configuration(&documents(text)[0]);

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
    fn a_file_is_certainly_of_another_kind_by_one_key() {
        let certain = ["scrape_configs: []", "server: {}", "server: text", "a: 1"]
            .map(|text| certainly(&documents(text)[0]).map(|(target, ..)| target));

        assert_eq!(
            certain,
            [
                Some(Target::PrometheusYml),
                Some(Target::PrometheusChart),
                None,
                None
            ]
        );
    }
}
