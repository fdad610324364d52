//! Where the values of a chart are in a file: at the top, or below the keys of charts that depend on it.

use serde_yaml::{Mapping, Value};

use super::Target;

/// Keys by which values are those of one chart, and other keys that it reads.
struct ChartKeys {
    /// Whether a map is certainly a part of the values: only this chart has it.
    is_certain: fn(&Value) -> bool,
    /// Top-level keys that no other chart has.
    own: &'static [&'static str],
    /// Top-level keys that other charts have too.
    shared: &'static [&'static str],
    /// The map that has the lists of remote writes, and the keys that the chart reads of it.
    map: &'static str,
    below: &'static [&'static str],
}

/// The values files of the charts, 2022 to 2026.
static STACK: ChartKeys = ChartKeys {
    is_certain: |values| {
        let spec = &values["prometheus"];
        spec.get("prometheusSpec")
            .is_some_and(|spec| spec.is_mapping() || spec.is_null())
    },
    own: &[
        "additionalPrometheusRules",
        "additionalPrometheusRulesMap",
        "cleanPrometheusOperatorObjectNames",
        "coreDns",
        "defaultRules",
        "kubeApiServer",
        "kubeControllerManager",
        "kubeDns",
        "kubeEtcd",
        "kubeProxy",
        "kubeScheduler",
        "kubelet",
        "kubernetesServiceMonitors",
        "prometheusOperator",
        "thanosRuler",
        "windowsMonitoring",
    ],
    shared: &[
        "alertmanager",
        "commonLabels",
        "crds",
        "customRules",
        "extraManifests",
        "fullnameOverride",
        "global",
        "grafana",
        "kube-state-metrics",
        "kubeStateMetrics",
        "kubeTargetVersionOverride",
        "kubeVersionOverride",
        "nameOverride",
        "namespaceOverride",
        "nodeExporter",
        "prometheus",
        "prometheus-node-exporter",
        "prometheus-windows-exporter",
    ],
    map: "prometheus",
    below: &[
        "additionalLabels",
        "additionalPodMonitors",
        "additionalRulesForClusterRole",
        "additionalServiceMonitors",
        "agentMode",
        "annotations",
        "enabled",
        "extraSecret",
        "ingress",
        "ingressPerReplica",
        "networkPolicy",
        "podDisruptionBudget",
        "podSecurityPolicy",
        "prometheusSpec",
        "route",
        "service",
        "serviceAccount",
        "serviceMonitor",
        "servicePerReplica",
        "thanosIngress",
        "thanosService",
        "thanosServiceExternal",
        "thanosServiceMonitor",
    ],
};

static CHART: ChartKeys = ChartKeys {
    is_certain: is_server,
    own: &[
        "alertmanagerFiles",
        "configmapReload",
        "extraScrapeConfigs",
        "prometheus-pushgateway",
        "pushgateway",
        "ruleFiles",
        "scrapeConfigFiles",
        "serverFiles",
        "serviceAccounts",
    ],
    shared: &[
        "alertRelabelConfigs",
        "alertmanager",
        "commonLabels",
        "commonMetaLabels",
        "extraManifests",
        "forceNamespace",
        "fullnameOverride",
        "global",
        "imagePullSecrets",
        "initChownData",
        "kube-state-metrics",
        "kubeStateMetrics",
        "nameOverride",
        "namespaces",
        "networkPolicy",
        "nodeExporter",
        "podSecurityPolicy",
        "prometheus-node-exporter",
        "rbac",
        "scrapeConfigs",
        "selectorOverride",
        "server",
    ],
    map: "server",
    below: &[],
};

/// Other charts have a `server` too, such as those of Argo CD and Vault.
fn is_server(values: &Value) -> bool {
    const SIGNS: [&str; 13] = [
        "alertmanagers",
        "configFromSecret",
        "configMapOverrideName",
        "defaultFlagsOverride",
        "exemplars",
        "otlp",
        "prefixURL",
        "remoteRead",
        "remoteWrite",
        "retentionSize",
        "sidecarContainers",
        "storagePath",
        "tsdb",
    ];
    let server = &values["server"];
    let has_sign = |map: &Mapping| SIGNS.iter().any(|sign| map.contains_key(*sign));
    let global = server["global"].as_mapping();
    let of_prometheus = |key: &Value| {
        let key = key.as_str().unwrap_or_default();
        key == "external_labels" || key.ends_with("_interval") || key.ends_with("_timeout")
    };
    let has_global = |global: &Mapping| global.is_empty() || global.keys().any(of_prometheus);
    let image = server["image"]["repository"].as_str().unwrap_or_default();
    server.as_mapping().is_some_and(has_sign)
        || global.is_some_and(has_global)
        || image.ends_with("prometheus")
}

/// How deep the values of a chart can be below those of charts that depend on it.
const DEPTH: usize = 3;

/// Why no place in a file is certainly read by the chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PlaceError {
    /// Keys of parent charts, each with the values of one Prometheus below it.
    Several(Vec<String>),
    /// No key is one of this chart's.
    Nothing,
    /// The setting by which the chart renders no Prometheus.
    Disabled(String),
}

impl Target {
    fn keys(self) -> Option<&'static ChartKeys> {
        match self {
            Self::KubePrometheusStack => Some(&STACK),
            Self::PrometheusChart => Some(&CHART),
            _ => None,
        }
    }

    /// The same as `prefix_in`, where these may be known to be values of this very chart.
    pub(crate) fn prefix_of(
        self,
        found: &Value,
        is_of_chart: bool,
    ) -> Result<Vec<&str>, PlaceError> {
        match self.keys().filter(|_| is_of_chart) {
            Some(keys) => keys.check_enabled(found, &[]).map(|()| Vec::new()),
            None => self.prefix_in(found),
        }
    }

    /// The keys under which all of the target is in this file: none, or those of parent charts.
    pub(crate) fn prefix_in(self, found: &Value) -> Result<Vec<&str>, PlaceError> {
        let Some((keys, chart)) = self.keys().zip(self.chart()) else {
            return Ok(Vec::new());
        };
        let mut certain = Vec::new();
        walk(found, &mut Vec::new(), &mut |prefix, values| {
            let is_one = (keys.is_certain)(values);
            if is_one {
                certain.push(prefix.to_vec());
            }
            is_one
        });
        let prefix = match certain.as_slice() {
            [] => keys.likely(found, chart)?,
            [one] => one.clone(),
            several => {
                let several = several.iter().map(|prefix| prefix.join("."));
                return Err(PlaceError::Several(several.collect()));
            }
        };
        keys.check_enabled(found, &prefix)?;
        Ok(prefix)
    }

    /// A word that is in every text with values of this chart that are certain.
    pub(crate) fn certain_word(self) -> Option<&'static str> {
        match self {
            Self::KubePrometheusStack => Some("prometheusSpec"),
            Self::PrometheusChart => Some("server"),
            _ => None,
        }
    }

    /// Whether a part of this file is certainly values of this chart.
    pub(super) fn is_certainly_in(self, found: &Value) -> bool {
        let mut is_in = false;
        if let Some(keys) = self.keys() {
            walk(found, &mut Vec::new(), &mut |prefix, values| {
                is_in |= (keys.is_certain)(values) || (prefix.is_empty() && keys.has_own(values));
                is_in
            });
        }
        is_in
    }
}

impl ChartKeys {
    /// The place of values in which nothing is certainly of this chart.
    fn likely<'a>(&self, found: &'a Value, chart: &str) -> Result<Vec<&'a str>, PlaceError> {
        let mut named = Vec::new();
        walk(found, &mut Vec::new(), &mut |prefix, values| {
            let is_one = prefix.last() == Some(&chart)
                && (values.is_null() || (values.is_mapping() && self.could_be(values)));
            if is_one {
                named.push(prefix.to_vec());
            }
            is_one
        });
        match named.as_slice() {
            // `prometheus` is the name of a chart, and a key of other charts.
            [one] if self.map != "server" || !self.could_be(found) => Ok(one.clone()),
            [_, _, ..] => {
                let several = named.iter().map(|prefix| prefix.join("."));
                Err(PlaceError::Several(several.collect()))
            }
            _ if self.could_be(found) => Ok(Vec::new()),
            _ => Err(PlaceError::Nothing),
        }
    }

    fn has_own(&self, values: &Value) -> bool {
        values
            .as_mapping()
            .is_some_and(|map| self.own.iter().any(|key| map.contains_key(*key)))
    }

    /// Whether these values can be those of the chart.
    fn could_be(&self, values: &Value) -> bool {
        let Some(map) = values.as_mapping() else {
            return values.is_null();
        };
        let is_known = |key: &Value| {
            let key = key.as_str().unwrap_or_default();
            self.own.contains(&key) || self.shared.contains(&key) || is_anchor_holder(key)
        };
        let below = values[self.map].as_mapping().into_iter().flatten();
        let mut below = below.filter_map(|(key, _)| key.as_str());
        let fits = self.below.is_empty() || below.all(|key| self.below.contains(&key));
        self.has_own(values) || (fits && map.keys().all(is_known))
    }

    fn check_enabled(&self, found: &Value, prefix: &[&str]) -> Result<(), PlaceError> {
        let mut values = found;
        let mut path = Vec::new();
        for key in prefix.iter().chain([&self.map]) {
            values = &values[*key];
            path.push(*key);
            if values["enabled"] == false {
                return Err(PlaceError::Disabled(format!("{}.enabled", path.join("."))));
            }
        }
        Ok(())
    }
}

/// A key that people give to values that are only referred to.
pub(super) fn is_anchor_holder(key: &str) -> bool {
    key.starts_with("x-") || key.starts_with(['.', '_'])
}

/// Visits maps from the top down, until `visit` says that one is what it looks for.
fn walk<'a>(
    values: &'a Value,
    prefix: &mut Vec<&'a str>,
    visit: &mut impl FnMut(&[&'a str], &'a Value) -> bool,
) {
    if visit(prefix, values) || prefix.len() == DEPTH {
        return;
    }
    for (key, below) in values.as_mapping().into_iter().flatten() {
        let Some(key) = key.as_str() else { continue };
        if below.is_mapping() || below.is_null() {
            prefix.push(key);
            walk(below, prefix, visit);
            prefix.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(target: Target, text: &str) -> Result<String, PlaceError> {
        let found: Value = serde_yaml::from_str(text).unwrap();
        target.prefix_in(&found).map(|prefix| prefix.join("."))
    }

    fn stack(text: &str) -> Result<String, PlaceError> {
        place(Target::KubePrometheusStack, text)
    }

    #[test]
    fn values_are_at_the_top_or_below_keys_of_parent_charts() {
        for (text, prefix) in [
            ("", ""),
            ("prometheus: {prometheusSpec: {}}", ""),
            ("prometheus: {enabled: true}\ngrafana: {}", ""),
            ("kubelet: {}\nmine: 1", ""),
            ("a: {prometheus: {prometheusSpec: {}}}", "a"),
            ("a: {b: {prometheus: {prometheusSpec: {}}}}", "a.b"),
            (
                "mine: 1\nkube-prometheus-stack: {grafana: {}}",
                "kube-prometheus-stack",
            ),
            (
                "prometheus: {enabled: true}\nkube-prometheus-stack: {}",
                "kube-prometheus-stack",
            ),
            (
                "prometheus: {port: 1}\nkube-prometheus-stack: {prometheus: {prometheusSpec: {}}}",
                "kube-prometheus-stack",
            ),
        ] {
            assert_eq!(stack(text), Ok(prefix.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_place_that_is_not_certain_is_no_place() {
        let several = |keys: [&str; 2]| Err(PlaceError::Several(keys.map(str::to_owned).to_vec()));
        let disabled = |path: &str| Err(PlaceError::Disabled(path.to_owned()));

        for (text, expected) in [
            (
                "mgmt: {prometheus: {prometheusSpec: {}}}\nsvc: {prometheus: {prometheusSpec: {}}}",
                several(["mgmt", "svc"]),
            ),
            (
                "prometheus: {enabled: false}",
                disabled("prometheus.enabled"),
            ),
            (
                "a: {enabled: false, prometheus: {prometheusSpec: {}}}",
                disabled("a.enabled"),
            ),
            ("prometheus: {port: 9090}", Err(PlaceError::Nothing)),
            ("services: {web: {}}", Err(PlaceError::Nothing)),
            ("grafana: {}\nloki: {}", Err(PlaceError::Nothing)),
        ] {
            assert_eq!(stack(text), expected, "{text}");
        }
    }

    #[test]
    fn the_prometheus_chart_is_known_by_its_server() {
        let chart = |text: &str| place(Target::PrometheusChart, text);

        assert_eq!(chart("server: {remoteWrite: []}"), Ok(String::new()));
        assert_eq!(
            chart("prometheus: {server: {tsdb: {}}}"),
            Ok("prometheus".to_owned())
        );
        assert_eq!(
            chart("server: {ingress: {}}\nserverFiles: {}"),
            Ok(String::new())
        );
        assert_eq!(
            chart("server: {ingress: {}}\nrepoServer: {}"),
            Err(PlaceError::Nothing)
        );
    }
}
