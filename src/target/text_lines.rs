//! What a text that cannot be read as data shows of Prometheus, by its lines: a template, or broken YAML.

use super::kinds::plain_kind;
use super::recognise::first_few;
use super::values::is_key_of_chart;
use super::{Target, is_release_kind};

/// Keys of a configuration of Prometheus, of the values of its charts or of its resources, wherever they are.
const OWN_KEYS: [&str; 12] = [
    "remote_write",
    "remoteWrite",
    "additionalRemoteWrite",
    "scrape_configs",
    "scrape_config_files",
    "scrapeConfigFiles",
    "rule_files",
    "prometheusSpec",
    "kube-prometheus-stack",
    "serverFiles",
    "extraScrapeConfigs",
    "prometheus",
];

/// Sections of a configuration that are at the top of other files too, but seldom.
const AT_TOP: [&str; 2] = ["global", "alerting"];

/// Whether a text without its expressions shows a place for a remote write: a configuration of Prometheus, values of its charts or a
/// resource of it.
pub(crate) fn shows_place(text: &str) -> bool {
    let is_key = |line: &str| {
        let at_top = !line.starts_with([' ', '\t', '-']);
        let key = key_of(line);
        let is_ours = |key: &str| AT_TOP.contains(&key) || is_key_of_chart(key);
        key.is_some_and(|key| OWN_KEYS.contains(&key) || (at_top && is_ours(key)))
    };
    let is_kind = |line: &str| {
        plain_kind(line).is_some_and(|kind| match kind {
            "ConfigMap" => has_configuration(text),
            "List" => may_list_target(text),
            kind => may_be_target(kind),
        })
    };
    text.lines().any(|line| is_key(line) || is_kind(line))
}

/// The same for a program's own language, in which the remote write can be written out too.
pub(crate) fn spells_place(text: &str) -> bool {
    let mut keys = text.lines().filter_map(key_of);
    keys.any(|key| key != "prometheus" && OWN_KEYS.contains(&key))
}

/// Why a text that cannot be read can be no target, as a predicate of the file: by the kinds of its resources, where all of them are
/// in plain text.
pub(crate) fn why_of_no_kind_by_lines(text: &str) -> Option<String> {
    let kinds: Vec<&str> = text.lines().filter_map(plain_kind).collect();
    let is_plain = |kind: &&str| kind.chars().all(|each| each.is_ascii_alphanumeric());
    if kinds.is_empty() || !kinds.iter().all(is_plain) {
        return None;
    }
    if !kinds.iter().any(|kind| may_be_target(kind)) {
        let named = first_few(kinds.into_iter());
        return Some(format!(
            "is a template of Kubernetes resources of other kinds than Prometheus: {named}"
        ));
    }
    let is_config_map = kinds.iter().all(|kind| *kind == "ConfigMap");
    (is_config_map && !has_configuration(text)).then(|| {
        "is a template of a ConfigMap that shows no configuration of Prometheus".to_owned()
    })
}

/// Whether the text of a ConfigMap has a configuration of Prometheus, or names its file. The configuration itself can come from the
/// values, or from another file of the chart.
fn has_configuration(text: &str) -> bool {
    const WORDS: [&str; 4] = [
        "prometheus.y",
        "prometheus-config",
        "prometheus_config",
        "scrapeConfig",
    ];
    // Those are the first keys of a configuration as well as of others.
    let is_section =
        |key: &str| key == "global" || (key != "prometheus" && OWN_KEYS.contains(&key));
    WORDS.iter().any(|word| text.contains(word)) || text.lines().filter_map(key_of).any(is_section)
}

/// Whether a `List` has an item of a kind that can be a target, or of a kind that is filled in.
fn may_list_target(text: &str) -> bool {
    let items = text.lines().filter(|line| line.starts_with([' ', '-']));
    let mut kinds = items.filter_map(|line| plain_kind(line.trim_start_matches([' ', '-'])));
    kinds.any(|kind| {
        let is_filled_in = !kind.chars().all(|each| each.is_ascii_alphanumeric());
        is_filled_in || may_be_target(kind)
    })
}

/// Any resource can be in a `List`.
fn may_be_target(kind: &str) -> bool {
    is_release_kind(kind) || kind == "List" || Target::by_lines(&format!("kind: {kind}")).is_some()
}

/// The key that a line of YAML, JSON, Jsonnet or Terraform starts with.
pub(super) fn key_of(line: &str) -> Option<&str> {
    let content = line.trim_start_matches(['-', ' ', '\t', '"', '\'']);
    let is_part = |each: char| each.is_ascii_alphanumeric() || "_-.".contains(each);
    let (key, rest) = content.split_at(content.find(|each| !is_part(each))?);
    let rest = rest.trim_start_matches(['"', '\'', '+', ' ']);
    (!key.is_empty() && rest.starts_with([':', '='])).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_shown_by_keys_and_kinds() {
        for text in [
            "  remote_write:\n",
            "\"remoteWrite\": [\n",
            "remoteWrite+: [\n",
            "stack:\n  prometheus:\n",
            "prometheusOperator:\n",
            "server:\n",
            "global:\n",
            "kind: Prometheus\n",
            "kind: HelmRelease\n",
            "kind: List\nitems:\n- kind: Prometheus\n",
            "kind: ConfigMap\ndata:\n  prometheus.yml: |\n",
        ] {
            assert!(shows_place(text), "{text}");
        }
        for text in [
            "",
            "web:\n  server:\n",
            "  global:\n",
            "  type: prometheus\n",
            "kind: PrometheusRule\n",
            "kind: List\nitems:\n  - apiVersion: a\n    kind: Ingress\n",
            "kind: ConfigMap\ndata:\n  dashboard.json: |\n    prometheus\n",
            "[Unit]\nDescription=Prometheus\n",
            "groups:\n- name: a\n",
        ] {
            assert!(!shows_place(text), "{text}");
        }
    }

    #[test]
    fn a_language_of_a_program_shows_a_place_only_where_it_is_written_out() {
        assert!(spells_place("  prometheusSpec = {\n"));
        assert!(spells_place(
            "values = <<EOF\nprometheus:\n  prometheusSpec:\n"
        ));
        assert!(!spells_place("prometheus+: {\n"));
        assert!(!spells_place("variable \"prometheus\" {\n  default = 1\n"));
    }
}
