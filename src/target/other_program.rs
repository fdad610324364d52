//! Files of other programs, by the keys that only they have.

use serde_yaml::Value;

use super::Target;
use super::chart_keys::COPIED;

struct OtherProgram {
    noun: &'static str,
    /// The key to name, and those that have to be there with it; below a point is a key of the map before it.
    keys: &'static [&'static str],
    /// One of these has to be there too. No such file has values that are certainly of our charts.
    one_of: &'static [&'static str],
}

const BITNAMI_SERVER: &[&str] = &[
    "server.alertingRules",
    "server.externalLabels",
    "server.containerPorts",
    "server.remoteWrite",
    "server.retention",
    "server.retentionSize",
    "server.scrapeInterval",
];

const AGENT: &str = "the configuration of Grafana Agent";
const MIMIR: &str = "the configuration of Mimir, Cortex or Loki";

/// Keys of a scrape configuration that Prometheus does not have, by the program that reads them.
const OF_SCRAPE: [(&str, &[&str]); 2] = [
    (
        "the configuration of Promtail",
        &[
            "pipeline_stages",
            "journal",
            "syslog",
            "loki_push_api",
            "windows_events",
            "gcplog",
            "cloudflare",
            "heroku_drain",
            "azure_event_hubs",
        ],
    ),
    (
        "the configuration of vmagent",
        &[
            "stream_parse",
            "no_stale_markers",
            "scrape_align_interval",
            "scrape_offset",
            "series_limit",
            "disable_compression",
            "disable_keepalive",
            "vm_relabel_debug",
        ],
    ),
];

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
    other("the configuration of Alertmanager", &["inhibit_rules"]),
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
    other(MIMIR, &["ruler_storage"]),
    other(MIMIR, &["multitenancy_enabled"]),
    other(MIMIR, &["auth_enabled"]),
    other(MIMIR, &["distributor"]),
    other(MIMIR, &["ingester"]),
    other(MIMIR, &["ruler", "remote_write"]),
    other(MIMIR, &["ruler", "server"]),
    other(AGENT, &["metrics", "integrations"]),
    other(AGENT, &["metrics.configs"]),
    other(AGENT, &["metrics.global"]),
    other(AGENT, &["metrics.wal_directory"]),
    // The same before 0.22.
    other(AGENT, &["prometheus.configs"]),
    other(AGENT, &["prometheus.wal_directory"]),
    other(AGENT, &["integrations", "remote_write"]),
    other("the configuration of a blackbox exporter", &["modules"]),
    other("a file of recording or alerting rules", &["groups"]),
    other("a file for promtool test rules", &["rule_files", "tests"]),
    other("a helmfile", &["releases", "repositories"]),
    other("a workflow of GitHub Actions", &["jobs", "on"]),
    other("a kustomization", &["resources", "namespace"]),
    other("the values of Argo CD", &["server", "repoServer"]),
    // Each has a `prometheus` of its own, or settings for one that scrapes it.
    other("the values of Istio", &["global.hub"]),
    other("the values of Istio", &["global.istioNamespace"]),
    other("the values of Istio", &["meshConfig"]),
    other("the values of linkerd-viz", &["tap", "prometheus"]),
    other("the values of linkerd-viz", &["prometheus.globalConfig"]),
    other("the values of Thanos", &["storegateway"]),
    other("the values of Thanos", &["objstoreConfig"]),
    // Their keys for the control plane are those of kube-prometheus-stack.
    other("the values of victoria-metrics-k8s-stack", &["vmagent"]),
    other("the values of victoria-metrics-k8s-stack", &["vmsingle"]),
    other("the values of victoria-metrics-k8s-stack", &["vmcluster"]),
    with_one_of(
        "the values of victoria-metrics-k8s-stack",
        &["victoria-metrics-operator"],
        COPIED,
    ),
    with_one_of(
        "the values of victoria-metrics-k8s-stack",
        &["vmalert"],
        COPIED,
    ),
    // These charts have the names and many keys of the community's.
    with_one_of(
        "the values of Bitnami's kube-prometheus",
        &["prometheus.persistence"],
        &["prometheus"],
    ),
    with_one_of(
        "the values of Bitnami's kube-prometheus",
        &["operator", "exporters"],
        &["prometheus", "alertmanager"],
    ),
    with_one_of(
        "the values of Bitnami's kube-prometheus",
        &["operator", "prometheus"],
        &[
            "prometheus.remoteWrite",
            "prometheus.externalLabels",
            "prometheus.image",
        ],
    ),
    with_one_of(
        "the values of Bitnami's prometheus",
        &["server.persistence"],
        BITNAMI_SERVER,
    ),
    with_one_of(
        "the values of Bitnami's prometheus",
        &["server.alertingRules"],
        &["server"],
    ),
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
    with_one_of(noun, keys, &[])
}

const fn with_one_of(
    noun: &'static str,
    keys: &'static [&'static str],
    one_of: &'static [&'static str],
) -> OtherProgram {
    OtherProgram { noun, keys, one_of }
}

/// The services of a Compose file are containers; other files have a list or settings there.
fn compose(document: &Value) -> Option<(&'static str, &'static str)> {
    let services = document["services"].as_mapping()?;
    let is_container = |service: &Value| {
        ["image", "build", "extends", "container_name"]
            .iter()
            .any(|key| service.get(*key).is_some())
    };
    let is_one = services.values().any(is_container) && !is_of_chart(document);
    is_one.then_some(("services", "a Compose file"))
}

/// The same without copies of our charts. They share keys with the originals, so `--target` decides about them.
pub(crate) fn certainly_other_program(document: &Value) -> Option<(&'static str, &'static str)> {
    let of_keys = found(document).filter(|found| found.one_of.is_empty());
    of_keys
        .map(OtherProgram::key_and_noun)
        .or_else(|| compose(document))
        .or_else(|| of_scrape(document))
}

/// The key by which a document is of another program, and what that file is called.
pub(crate) fn other_program(document: &Value) -> Option<(&'static str, &'static str)> {
    found(document)
        .map(OtherProgram::key_and_noun)
        .or_else(|| compose(document))
        .or_else(|| of_scrape(document))
}

/// What Azure's add-on puts in for the node that its pod is on. Prometheus takes it for the name of a host. For the interval the
/// add-on has `$$SCRAPE_INTERVAL$$`.
const NODE: [&str; 2] = ["$NODE_IP$", "$NODE_NAME$"];

const ADD_ON: &str = "a scrape configuration of Azure's own metrics add-on";

/// The same by what a scrape configuration has.
fn of_scrape(document: &Value) -> Option<(&'static str, &'static str)> {
    let jobs = document["scrape_configs"].as_sequence()?;
    let targets = jobs.iter().flat_map(|job| {
        let groups = job["static_configs"].as_sequence();
        groups.into_iter().flatten()
    });
    let mut targets =
        targets.flat_map(|group| group["targets"].as_sequence().into_iter().flatten());
    let has_node = |target: &Value| {
        let target = target.as_str().unwrap_or_default();
        NODE.iter().any(|node| target.contains(node))
    };
    let has_interval = |job: &Value| {
        let interval = job["scrape_interval"].as_str().unwrap_or_default();
        interval.starts_with("$$") && interval.ends_with("$$")
    };
    if targets.any(has_node) || jobs.iter().any(has_interval) {
        return Some(("scrape_configs", ADD_ON));
    }
    let has = |key: &&str| jobs.iter().any(|job| job.get(*key).is_some());
    let is_one = |(_, keys): &&(&str, &[&str])| keys.iter().any(&has);
    let (noun, _) = OF_SCRAPE.iter().find(is_one)?;
    Some(("scrape_configs", noun))
}

impl OtherProgram {
    fn key_and_noun(&self) -> (&'static str, &'static str) {
        let first = self.keys[0];
        (
            first.split_once('.').map_or(first, |(key, _)| key),
            self.noun,
        )
    }
}

/// The keys of our charts that no copy of them has.
fn of_originals() -> impl Iterator<Item = &'static &'static str> {
    let charts = Target::ALL
        .iter()
        .filter_map(|target| target.description().values);
    charts.flat_map(|keys| keys.never_copied)
}

fn found(document: &Value) -> Option<&'static OtherProgram> {
    let has = |path: &&str| {
        let mut keys = path.split('.');
        let mut below = Some(document);
        keys.all(|key| {
            below = below.and_then(|map| map.as_mapping()?.get(key));
            below.is_some()
        })
    };
    let is_one = |other: &&OtherProgram| {
        let is_copy = || other.one_of.iter().any(&has) && !of_originals().any(has);
        other.keys.iter().all(&has) && (other.one_of.is_empty() || is_copy())
    };
    let found = OTHERS.iter().find(is_one)?;
    // A parent chart defines keys of its own, so these prove nothing where values of our charts are below it.
    if found.one_of.is_empty() && is_of_chart(document) {
        return None;
    }
    Some(found)
}

/// Whether it has values of one of our charts.
fn is_of_chart(document: &Value) -> bool {
    Target::ALL.iter().any(|target| target.is_within(document))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noun(text: &str) -> Option<&'static str> {
        let document: Value = serde_yaml::from_str(text).unwrap();
        other_program(&document).map(|(_, noun)| noun)
    }

    #[test]
    fn programs_with_sections_of_prometheus_are_recognised_by_their_other_keys() {
        for (text, program) in [
            (
                "scrape_configs: [{journal: {}}]",
                "configuration of Promtail",
            ),
            (
                "scrape_configs: [{static_configs: [{targets: ['$NODE_IP$:9100']}]}]",
                "scrape configuration of Azure's own metrics add-on",
            ),
            (
                "scrape_configs: [{job_name: a, scrape_interval: $$SCRAPE_INTERVAL$$}]",
                "scrape configuration of Azure's own metrics add-on",
            ),
            (
                "scrape_configs: [{job_name: a}, {stream_parse: true}]",
                "configuration of vmagent",
            ),
            ("metrics: {global: {}}", "configuration of Grafana Agent"),
            (
                "ruler: {}\nremote_write: []",
                "configuration of Mimir, Cortex or Loki",
            ),
            ("global: {hub: a}\nprometheus: {}", "values of Istio"),
            (
                "operator: {}\nprometheus: {remoteWrite: []}",
                "values of Bitnami's kube-prometheus",
            ),
        ] {
            assert!(
                noun(text).is_some_and(|noun| noun.ends_with(program)),
                "{text}"
            );
        }
    }

    #[test]
    fn files_of_other_programs_are_known_by_their_keys() {
        assert_eq!(
            noun("groups: []"),
            Some("a file of recording or alerting rules")
        );
        assert_eq!(noun("services: {web: {image: a}}"), Some("a Compose file"));
        // Values of Calico.
        assert_eq!(noun("services: {cidr: 10.0.0.0/16}"), None);
        assert_eq!(
            noun("route: {}\nreceivers: []"),
            Some("the configuration of Alertmanager")
        );
        assert_eq!(
            noun("vmagent: {}\ndefaultRules: {}"),
            Some("the values of victoria-metrics-k8s-stack")
        );
        for (text, program) in [
            (
                "victoria-metrics-operator: {}\nkubelet: {}",
                "victoria-metrics-k8s-stack",
            ),
            (
                "prometheus: {persistence: {}}\nkubelet: {}",
                "Bitnami's kube-prometheus",
            ),
            (
                "server: {retention: 10d, persistence: {}}",
                "Bitnami's prometheus",
            ),
            (
                "server: {remoteWrite: [], alertingRules: {}}",
                "Bitnami's prometheus",
            ),
        ] {
            assert_eq!(
                noun(text),
                Some(&*format!("the values of {program}")),
                "{text}"
            );
        }
        for text in [
            "namespace: a\nresources: {}\nstack: {prometheus: {prometheusSpec: {}}}",
            "services: {}\nmodules: []\nprometheus: {prometheusSpec: {}}",
            "victoria-metrics-operator: {}\nkube-prometheus-stack: {}",
            "prometheus: {persistence: {}, prometheusSpec: {}}",
            "server: {retention: 10d, persistence: {}, persistentVolume: {}}",
            "vmalert: {}\nprometheus: {prometheusSpec: {}}\nkubelet: {}",
        ] {
            assert_eq!(noun(text), None, "{text}");
        }
        assert_eq!(noun("scrape_configs: []"), None);
        assert_eq!(noun("prometheus: {prometheusSpec: {}}"), None);
    }
}
