//! Which target is a file? Judged by the keys that only one of them has.

use std::borrow::Cow;
use std::slice;

use serde_yaml::Value;

use super::other_program::{certainly_other_program, other_program};
use super::values::PlaceError;
use super::{Target, config_map, release_values};
use crate::text::key_name::shown_key;

/// What kind of file a text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RecognisedFile {
    One(Target),
    /// Parts of it are of each of these.
    Several(Vec<Target>),
    /// Another program's; what it is called.
    Other(&'static str),
    /// No key decides it.
    Unknown,
}

/// What a release is called whose chart is named elsewhere, as with the `chartRef` of Flux.
pub(crate) const OF_UNKNOWN_CHART: &str = "a release whose chart is not named in it";

/// The items of a `List` of resources; `None` for any other document.
pub(crate) fn list_items(document: &Value) -> Option<&[Value]> {
    let items = document["items"].as_sequence()?;
    (document["kind"] == "List").then_some(items)
}

/// The documents, with the items of a `List` in its place.
fn with_items(documents: &[Value]) -> Cow<'_, [Value]> {
    if !documents.iter().any(|one| list_items(one).is_some()) {
        return Cow::Borrowed(documents);
    }
    let each = |document| list_items(document).unwrap_or(slice::from_ref(document));
    documents.iter().flat_map(each).cloned().collect()
}

/// The kind of file that these documents are.
pub(crate) fn recognise(documents: &[Value]) -> RecognisedFile {
    let documents = &*with_items(documents);
    let is_resource = |target: &&Target| {
        let resource = target.description().resource;
        resource.is_some_and(|is_one| documents.iter().any(is_one))
    };
    let of_release = in_release_resource(documents);
    let is_other = matches!(of_release, Some(RecognisedFile::Other(_)));
    if let Some(several) = in_several_resources(documents, of_release.as_ref()) {
        return RecognisedFile::Several(several);
    }
    if let Some(recognised) = of_release.clone().filter(|_| !is_other) {
        return recognised;
    }
    if let Some(target) = Target::ALL.iter().find(is_resource) {
        return RecognisedFile::One(*target);
    }
    if let Some(noun) = documents.iter().find_map(config_map::other_reader) {
        return RecognisedFile::Other(noun);
    }
    if let Some(other) = of_release {
        return other;
    }
    let [document] = documents else {
        return RecognisedFile::Unknown;
    };
    if let Some((_, noun)) = other_program(document) {
        return RecognisedFile::Other(noun);
    }
    let all = || Target::ALL.iter().copied();
    let certain: Vec<Target> = all()
        .filter(|target| target.is_certainly_in(document) || target.has_only_its_sections(document))
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
        [] => RecognisedFile::Unknown,
        [one] => RecognisedFile::One(*one),
        _ => RecognisedFile::Several(kinds),
    }
}

/// The targets whose resources are in one file, where there are several. Of the ConfigMaps only those with a configuration count:
/// rules and dashboards come with any Prometheus.
fn in_several_resources(
    documents: &[Value],
    of_release: Option<&RecognisedFile>,
) -> Option<Vec<Target>> {
    let mut targets = match of_release {
        Some(RecognisedFile::One(target)) => vec![*target],
        Some(RecognisedFile::Several(targets)) => targets.clone(),
        _ => Vec::new(),
    };
    let has_one = |target: &&Target| documents.iter().any(|one| is_connectable(**target, one));
    targets.extend(Target::ALL.iter().filter(has_one));
    (targets.len() > 1).then_some(targets)
}

/// Whether a document is a ConfigMap with a configuration of Prometheus.
fn has_configuration(document: &Value) -> bool {
    if !config_map::is_config_map(document) || config_map::other_reader(document).is_some() {
        return false;
    }
    let data = document["data"].as_mapping().into_iter().flatten();
    let mut texts = data.filter_map(|(key, text)| Some((key.as_str()?, text.as_str()?)));
    texts.any(|(key, text)| key == "prometheus.yml" || is_configuration(text))
}

fn is_configuration(text: &str) -> bool {
    // A cheap look first: a ConfigMap can hold a megabyte of rules, which need no parse.
    let is_section = |line: &str| {
        let key = line.split(':').next().unwrap_or_default();
        config_map::CONFIGURATION_KEYS.contains(&key)
    };
    let parsed = text
        .lines()
        .any(is_section)
        .then(|| serde_yaml::from_str(text));
    matches!(parsed, Some(Ok(data)) if certainly_other_program(&data).is_none())
}

/// Whether a document is a resource of this target, of a ConfigMap one with a configuration.
fn is_connectable(target: Target, document: &Value) -> bool {
    let resource = target.description().resource;
    resource.is_some_and(|is_one| is_one(document))
        && (!config_map::is_config_map(document) || has_configuration(document))
}

/// The resources with something to connect, by kind and name.
pub(crate) fn connectable_resources(documents: &[Value]) -> Vec<String> {
    let documents = &*with_items(documents);
    let is_one = |document: &&Value| {
        let mut all = Target::ALL.iter();
        !release_values(document).is_empty() || all.any(|target| is_connectable(*target, document))
    };
    let named = documents.iter().filter(is_one).filter_map(|document| {
        let name = shown_key(document["metadata"]["name"].as_str()?);
        Some(format!(
            "{} `{name}`",
            shown_key(document["kind"].as_str()?)
        ))
    });
    named.collect()
}

/// Why documents that were not recognised can be no target either, as a predicate of the file.
pub(crate) fn why_of_no_kind(documents: &[Value]) -> Option<String> {
    let documents = &*with_items(documents);
    let kinds: Option<Vec<&str>> = documents.iter().map(kind_of_resource).collect();
    if let Some(kinds) = kinds.filter(|kinds| !kinds.is_empty()) {
        let named = first_few(kinds.into_iter());
        return Some(format!(
            "holds Kubernetes resources of other kinds than Prometheus: {named}"
        ));
    }
    let is_without =
        |document: &Value| kind_of_resource(document).is_some() || has_no_key_of_ours(document);
    if documents.is_empty() || !documents.iter().all(is_without) {
        return None;
    }
    let maps = documents.iter().filter_map(Value::as_mapping);
    let named = first_few(maps.flat_map(|map| map.keys().filter_map(Value::as_str)));
    Some(format!(
        "has no key of Prometheus or of its Helm charts, only {named}"
    ))
}

/// Whether a document is a map of which neither Prometheus nor one of its charts reads a key.
fn has_no_key_of_ours(document: &Value) -> bool {
    let reads_nothing = |target: &Target| match &target.description().sections {
        Some(sections) => (sections.has_none)(document),
        None => !target.is_chart() || target.prefix_in(document) == Err(PlaceError::Nothing),
    };
    document.is_mapping() && Target::ALL.iter().all(reads_nothing)
}

fn kind_of_resource(document: &Value) -> Option<&str> {
    document["apiVersion"].as_str()?;
    document["kind"].as_str()
}

/// The first of these, each once.
pub(super) fn first_few<'a>(words: impl Iterator<Item = &'a str>) -> String {
    const MOST: usize = 4;
    let mut named: Vec<String> = Vec::new();
    for word in words {
        let word = format!("`{}`", shown_key(word));
        if !named.contains(&word) {
            named.push(word);
        }
        // A file can have 200,000 keys.
        if named.len() > MOST {
            break;
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
fn in_release_resource(documents: &[Value]) -> Option<RecognisedFile> {
    let holds = |target: &&Target| {
        let mut values = documents
            .iter()
            .map(|document| target.release_values(document));
        values.any(|values| !values.is_empty())
    };
    let targets: Vec<Target> = Target::ALL.iter().filter(holds).copied().collect();
    match targets.as_slice() {
        [] if documents.iter().any(takes_a_folder) => Some(RecognisedFile::Other(
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
            Some(RecognisedFile::Other(noun))
        }
        [one] => Some(RecognisedFile::One(*one)),
        _ => Some(RecognisedFile::Several(targets)),
    }
}

/// Whether Argo CD takes a chart or manifests from a folder, so that the resource itself has no values.
fn takes_a_folder(document: &Value) -> bool {
    let spec = match document["kind"].as_str() {
        Some("Application") => &document["spec"],
        Some("ApplicationSet") => &document["spec"]["template"]["spec"],
        _ => return false,
    };
    // In a source of Argo CD, `path` is a folder of a Git repository, and `chart` a chart of a Helm repository.
    let is_folder = |source: &Value| source["path"].is_string() && source["chart"].is_null();
    let several = spec["sources"].as_sequence();
    is_folder(&spec["source"]) || several.is_some_and(|sources| sources.iter().any(is_folder))
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
        let unread = match &target.description().sections {
            Some(sections) => {
                (sections.first_unread)(document).filter(|_| (sections.has_own)(document))
            }
            None => target.unread_key(document),
        };
        Some((*target, unread?))
    })
}

impl Target {
    /// Whether the document has a section that only this target has, and none that it does not have.
    fn has_only_its_sections(self, document: &Value) -> bool {
        let sections = self.description().sections.as_ref();
        sections.is_some_and(|sections| {
            (sections.first_unread)(document).is_none() && (sections.has_own)(document)
        })
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
        .map(RecognisedFile::One);
        assert_eq!(targets, expected);
    }

    #[test]
    fn the_items_of_a_list_are_resources() {
        let list = |items: &str| documents(&format!("kind: List\nitems:\n{items}"));
        let resource = "- {apiVersion: monitoring.coreos.com/v1, kind: Prometheus}\n";
        let other = "- {apiVersion: v1, kind: Service}\n";

        assert_eq!(
            recognise(&list(&format!("{other}{resource}"))),
            RecognisedFile::One(Target::CustomResource)
        );
        let why = why_of_no_kind(&list(other)).unwrap();
        assert!(
            why.ends_with("other kinds than Prometheus: `Service`"),
            "{why}"
        );
    }

    #[test]
    fn resources_of_several_targets_in_one_file_are_all_named() {
        const RELEASE: &str = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: kps}\nspec: {chart: {spec: {chart: kube-prometheus-stack}}}\n---\n";
        const RESOURCE: &str =
            "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: k8s}\n---\n";
        const CONFIGURATION: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: prom}\ndata: {prometheus.yml: 'global: {}'}\n---\n";
        const RULES: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: rules}\ndata: {rules.yml: 'groups: []'}\n---\n";
        let kind = |parts: &[&str]| recognise(&documents(&parts.concat()));
        let several = |targets: &[Target]| RecognisedFile::Several(targets.to_vec());

        let (stack, resource, map) = (
            Target::KubePrometheusStack,
            Target::CustomResource,
            Target::ConfigMap,
        );
        assert_eq!(kind(&[RELEASE, RESOURCE]), several(&[stack, resource]));
        assert_eq!(kind(&[CONFIGURATION, RELEASE]), several(&[stack, map]));
        assert_eq!(kind(&[CONFIGURATION, RESOURCE]), several(&[resource, map]));
        assert_eq!(kind(&[RULES, RELEASE]), RecognisedFile::One(stack));
        assert_eq!(kind(&[RULES, RESOURCE]), RecognisedFile::One(resource));
        assert_eq!(
            connectable_resources(&documents(&[RULES, RELEASE, RESOURCE].concat())),
            ["HelmRelease `kps`", "Prometheus `k8s`"]
        );
    }

    #[test]
    fn a_file_of_no_kind_or_of_two_is_not_guessed() {
        let kind = |text: &str| recognise(&documents(text));
        let both = "a: {prometheus: {prometheusSpec: {}}}\nb: {server: {remoteWrite: []}}";

        assert_eq!(
            kind("groups: []"),
            RecognisedFile::Other("a file of recording or alerting rules")
        );
        assert_eq!(
            kind("kind: ConfigMap\nmetadata: {name: ama-metrics-prometheus-config}"),
            RecognisedFile::Other("a ConfigMap of Azure's own metrics add-on")
        );
        assert_eq!(
            kind("global: {resolve_timeout: 5m}"),
            RecognisedFile::Unknown
        );
        assert_eq!(kind("server: {port: 80}\nmine: 1"), RecognisedFile::Unknown);
        assert_eq!(
            kind(both),
            RecognisedFile::Several(vec![Target::KubePrometheusStack, Target::PrometheusChart])
        );
        assert_eq!(
            kind("kps: {prometheus: {prometheusSpec: {}}}\nprometheus: {server: {retention: 1d}}"),
            RecognisedFile::Several(vec![Target::KubePrometheusStack, Target::PrometheusChart])
        );
        // Parca; and keys that others have copied.
        assert_eq!(
            kind("object_storage: {}\nscrape_configs: []"),
            RecognisedFile::Unknown
        );
        assert_eq!(kind("kubelet: {}"), RecognisedFile::Unknown);
        assert_eq!(
            kind("prometheus: {server: {retention: 15d}}\ngrafana: {}"),
            RecognisedFile::One(Target::PrometheusChart)
        );
        assert_eq!(
            kind("prometheus: {server: {port: 9090}}\ngrafana: {}"),
            RecognisedFile::Unknown
        );
        // `prometheus` is a key of one chart, and the name of the other.
        assert_eq!(kind("prometheus: {}"), RecognisedFile::Unknown);
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
    fn of_200000_keys_only_as_many_are_read_as_are_named() {
        let mut read = 0;
        let keys: Vec<String> = (0..200_000).map(|number| format!("key{number}")).collect();

        let named = first_few(keys.iter().map(String::as_str).inspect(|_| read += 1));

        assert_eq!(named, "`key0`, `key1`, `key2`, `key3` and others");
        assert_eq!(read, 5);
    }

    #[test]
    fn an_application_of_a_folder_is_distinguished_from_another_chart() {
        let noun = |source: &str| {
            let head = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:";
            match recognise(&documents(&format!("{head} {source}\n"))) {
                RecognisedFile::Other(noun) => noun,
                other => panic!("{other:?}"),
            }
        };

        assert!(noun("{path: monitoring}").contains("folder in a repository"));
        assert!(noun("{chart: loki}").contains("another chart"));
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
