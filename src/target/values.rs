//! Where the values of a chart are in a file: at the top, or below the keys of charts that depend on it.

use serde_yaml::Value;

use super::Target;
use super::chart_keys::{COPIED, ChartKeys, GENERIC};
use super::ignored_keys::{ENCRYPTION, is_anchor_holder};
use crate::text::key_name::shown_key;

/// Whether a document is empty, or has no more keys than the charts of many programs have.
pub(crate) fn is_of_any_kind(document: &Value) -> bool {
    let is_generic = |(key, value): (&Value, &Value)| {
        let key = key.as_str().unwrap_or_default();
        GENERIC.contains(&key)
            || is_anchor_holder(key)
            || all_keys().any(|keys| {
                keys.map == key && (keys.is_map_common || !keys.has_distinctive_below(value))
            })
    };
    match document {
        Value::Mapping(map) => map.iter().all(is_generic),
        other => other.is_null(),
    }
}

/// The keys of each chart.
fn all_keys() -> impl Iterator<Item = &'static ChartKeys> {
    Target::ALL.iter().filter_map(|target| target.keys())
}

/// Whether a key at the top of a text is one of the values of a chart of Prometheus.
pub(super) fn is_key_of_chart(key: &str) -> bool {
    all_keys().any(|keys| keys.map == key || keys.own.contains(&key))
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
        self.description().values
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
        let mut certain: Vec<Vec<&str>> = Vec::new();
        walk(found, &mut Vec::new(), &mut |prefix, values| {
            // Charts below the values of this one, or with its name, have places of their own.
            if (keys.is_certain)(values) || keys.is_named(prefix, values, chart) {
                certain.push(prefix.to_vec());
            }
            false
        });
        // What is named but has no key that is certain is no second place where there is nothing certain.
        if !certain
            .iter()
            .any(|prefix| is_certain_at(keys, found, prefix))
        {
            certain.clear();
        }
        let prefix = match certain.as_slice() {
            [] => keys.likely(found, chart)?,
            [one] => one.clone(),
            several => {
                let several = several.iter().map(|prefix| place_name(prefix));
                return Err(PlaceError::Several(several.collect()));
            }
        };
        keys.check_enabled(found, &prefix)?;
        Ok(prefix)
    }

    /// The key of a chart below which a chart of this name finds its values, where that name is of no other thing.
    pub(super) fn is_named_in(self, found: &Value) -> bool {
        self.has_name_of_its_own()
            && self.prefix_in(found).is_ok_and(|prefix| {
                prefix
                    .last()
                    .is_some_and(|last| Some(*last) == self.chart())
            })
    }

    /// Whether values below the name of this chart can be its own, without a key that proves it.
    pub(crate) fn can_be_below_its_name(self, found: &Value) -> bool {
        self.is_below_its_name(found, |_, _| true)
    }

    /// The same where a key below the chart's own map is one that no other chart has there.
    pub(super) fn is_likely_below_its_name(self, found: &Value) -> bool {
        self.is_below_its_name(found, |keys, values| {
            keys.has_distinctive_below(&values[keys.map])
        })
    }

    fn is_below_its_name(self, found: &Value, is_it: fn(&ChartKeys, &Value) -> bool) -> bool {
        let Some((keys, chart)) = self.keys().zip(self.chart()) else {
            return false;
        };
        let mut is_in = false;
        walk(found, &mut Vec::new(), &mut |prefix, values| {
            is_in |= keys.is_named(prefix, values, chart) && is_it(keys, values);
            is_in
        });
        is_in
    }

    /// Whether the name of the chart is of no other thing: `prometheus` is a key in the values of many charts.
    pub(super) fn has_name_of_its_own(self) -> bool {
        self.chart()
            .is_some_and(|name| all_keys().all(|keys| keys.map != name))
    }

    /// Whether values for which the chart is known by something else have no key that it does not read.
    pub(crate) fn can_read(self, found: &Value) -> bool {
        let (Some(keys), Ok(prefix)) = (self.keys(), self.prefix_in(found)) else {
            return false;
        };
        let values = prefix.iter().fold(found, |values, key| &values[*key]);
        keys.proves(values) || keys.reads_all(values)
    }

    /// The first key that the chart does not read, of values that otherwise have keys of its own.
    pub(super) fn unread_key(self, found: &Value) -> Option<String> {
        let keys = self.keys()?;
        let has_own = keys.has_key_of_its_own(found) && !keys.proves(found);
        has_own.then(|| keys.unread(found))?
    }

    /// Whether this chart reads a key of the file.
    pub(crate) fn has_shared_key(self, found: &Value) -> bool {
        let mut names = found.as_mapping().into_iter().flatten();
        self.keys()
            .is_some_and(|keys| names.any(|(key, _)| keys.knows(key)))
    }

    /// Why a file is not values of this chart, as a predicate of it; it counts even where the user names this chart.
    pub(crate) fn contradicted_by(self, found: &Value) -> Option<String> {
        let (keys, prefix) = (self.keys()?, self.prefix_in(found).ok()?);
        let values = prefix.iter().fold(found, |values, key| &values[*key]);
        if (keys.is_certain)(values) {
            return None;
        }
        let others = || Self::ALL.iter().filter(|other| **other != self);
        let of_name = |other: &&Self| {
            let name = other.chart().filter(|_| other.has_name_of_its_own());
            name.is_some_and(|name| prefix.contains(&name))
        };
        if let Some(other) = others().find(of_name) {
            let name = other.chart().unwrap_or_default();
            return Some(format!("has {} below `{name}`", other.noun()));
        }
        if let Some(other) = others().find(|other| other.can_be_below_its_name(found)) {
            let name = other.chart().unwrap_or_default();
            return Some(format!("has {} below `{name}`", other.noun()));
        }
        let has_own =
            keys.own_keys(values).next().is_some() || keys.has_distinctive_below(&values[keys.map]);
        let key = (!has_own).then(|| keys.unread(values))??;
        Some(format!(
            "has no key that only {} have, and its key `{key}` does not belong to them",
            self.noun()
        ))
    }

    /// The key that makes the chart render no Prometheus.
    pub(super) fn switch(self) -> Option<[&'static str; 2]> {
        self.keys().map(|keys| [keys.map, "enabled"])
    }

    /// A word that is in every text with values of this chart that are certain.
    pub(crate) fn certain_word(self) -> Option<&'static str> {
        self.keys().map(|keys| keys.certain_word)
    }

    /// Whether a part of this file is certainly values of this chart.
    pub(super) fn is_certainly_in(self, found: &Value) -> bool {
        self.keys().is_some_and(|keys| keys.proves(found)) || self.is_within(found)
    }

    /// The same for the values of a chart with another name, which may have copied keys of this one.
    pub(super) fn is_within(self, found: &Value) -> bool {
        let mut is_in = false;
        if let Some(keys) = self.keys() {
            walk(found, &mut Vec::new(), &mut |_, values| {
                is_in |= (keys.is_certain)(values) && keys.proves(values);
                is_in
            });
        }
        is_in
    }
}

/// A place as messages name it: the keys of parent charts, or the top of the file.
fn place_name(prefix: &[&str]) -> String {
    match prefix {
        [] => "the top of the file".to_owned(),
        keys => format!("`{}`", keys.join(".")),
    }
}

fn is_certain_at(keys: &ChartKeys, found: &Value, prefix: &[&str]) -> bool {
    let values = prefix.iter().fold(found, |values, key| &values[*key]);
    (keys.is_certain)(values)
}

impl ChartKeys {
    /// Whether these are below the name of the chart, and have its map.
    fn is_named(&self, prefix: &[&str], values: &Value, chart: &str) -> bool {
        prefix.last() == Some(&chart) && values[self.map].is_mapping()
    }

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
            [one] if !self.is_map_common || !self.could_be(found) => Ok(one.clone()),
            [_, _, ..] => {
                let several = named.iter().map(|prefix| place_name(prefix));
                Err(PlaceError::Several(several.collect()))
            }
            _ if self.could_be(found) || found[self.map].is_mapping() => Ok(Vec::new()),
            _ => Err(PlaceError::Nothing),
        }
    }

    /// Whether values are certainly those of the chart: they have a key of its own, and none that it does not read. Charts copy
    /// each other's keys, so that one without the other proves nothing.
    fn proves(&self, values: &Value) -> bool {
        (self.is_proof && (self.is_certain)(values))
            || (self.has_key_of_its_own(values) && self.reads_all(values))
    }

    fn has_key_of_its_own(&self, values: &Value) -> bool {
        (self.is_certain)(values)
            || self.own_keys(values).any(|key| !COPIED.contains(&key))
            || self.has_distinctive_below(&values[self.map])
    }

    fn own_keys<'a>(&self, values: &'a Value) -> impl Iterator<Item = &'static str> + use<'a, '_> {
        self.own
            .iter()
            .copied()
            .filter(|key| values.get(*key).is_some())
    }

    /// Whether the chart reads all keys of these values, and of the map that has the lists.
    fn reads_all(&self, values: &Value) -> bool {
        (values.is_mapping() || values.is_null()) && self.unread(values).is_none()
    }

    /// The first key that the chart does not read.
    fn unread(&self, values: &Value) -> Option<String> {
        let top = values.as_mapping().into_iter().flatten();
        let below = values[self.map].as_mapping().into_iter().flatten();
        let mut top = top.filter(|(key, _)| !self.knows(key));
        let mut below = below.filter_map(|(key, _)| key.as_str());
        let unread = top
            .next()
            .map(|(key, _)| shown_key(key.as_str().unwrap_or_default()).into_owned());
        unread.or_else(|| {
            let key = below.find(|key| !self.knows_below(key))?;
            Some(format!("{}.{}", self.map, shown_key(key)))
        })
    }

    fn knows(&self, key: &Value) -> bool {
        let key = key.as_str().unwrap_or_default();
        self.own.contains(&key)
            || self.shared.contains(&key)
            || is_anchor_holder(key)
            // What a chart that depends on this one asks whether to render it, and what SOPS adds to each file.
            || ["enabled", ENCRYPTION].contains(&key)
    }

    fn has_distinctive_below(&self, map: &Value) -> bool {
        let keys = map.as_mapping().into_iter().flatten();
        let mut keys = keys.filter_map(|(key, _)| key.as_str());
        keys.any(|key| self.distinctive_below.contains(&key))
    }

    /// Whether these values can be those of the chart.
    fn could_be(&self, values: &Value) -> bool {
        let Some(map) = values.as_mapping() else {
            return values.is_null();
        };
        // A common map with other keys may be one of a newer release, which `--target` confirms.
        let below = values[self.map].as_mapping().into_iter().flatten();
        let mut below = below.filter_map(|(key, _)| key.as_str());
        let fits = self.is_map_common || below.all(|key| self.knows_below(key));
        let known = map.keys().filter(|key| self.knows(key)).count();
        let mostly = known * 2 >= map.len() && self.own_keys(values).next().is_some();
        mostly || (fits && known == map.len())
    }

    fn knows_below(&self, key: &str) -> bool {
        self.below.contains(&key) || is_anchor_holder(key)
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

/// Visits maps from the top down, until `visit` returns true for one.
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
        // A key without a value is a chart with its defaults.
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

    fn place_of(target: Target, text: &str) -> Result<String, PlaceError> {
        let found: Value = serde_yaml::from_str(text).unwrap();
        target.prefix_in(&found).map(|prefix| prefix.join("."))
    }

    fn place(prefix: &str) -> String {
        super::place_name(&prefix.split_terminator('.').collect::<Vec<_>>())
    }

    fn stack(text: &str) -> Result<String, PlaceError> {
        place_of(Target::KubePrometheusStack, text)
    }

    #[test]
    fn values_are_at_the_top_or_below_keys_of_parent_charts() {
        for (text, prefix) in [
            ("", ""),
            ("prometheus: {prometheusSpec: {}}", ""),
            ("prometheus: {enabled: true}\ngrafana: {}", ""),
            ("kubelet: {}\nmine: 1", ""),
            (
                "kube-prometheus-stack: {enabled: true, prometheus: {enabled: true}}",
                "kube-prometheus-stack",
            ),
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
        let several = |keys: [&str; 2]| Err(PlaceError::Several(keys.map(place).to_vec()));
        let disabled = |path: &str| Err(PlaceError::Disabled(path.to_owned()));

        for (text, expected) in [
            (
                "mgmt: {prometheus: {prometheusSpec: {}}}\nsvc: {prometheus: {prometheusSpec: {}}}",
                several(["mgmt", "svc"]),
            ),
            (
                "prometheus: {prometheusSpec: {}}\nkube-prometheus-stack: {prometheus: {prometheusSpec: {}}}",
                several(["", "kube-prometheus-stack"]),
            ),
            (
                "prometheus: {prometheusSpec: {}}\nkube-prometheus-stack: {prometheus: {enabled: true}}",
                several(["", "kube-prometheus-stack"]),
            ),
            (
                "prometheus: {enabled: false}",
                disabled("prometheus.enabled"),
            ),
            (
                "a: {enabled: false, prometheus: {prometheusSpec: {}}}",
                disabled("a.enabled"),
            ),
            ("services: {web: {}}", Err(PlaceError::Nothing)),
            ("grafana: {}\nloki: {}", Err(PlaceError::Nothing)),
        ] {
            assert_eq!(stack(text), expected, "{text}");
        }
    }

    /// Of which charts these values are certainly.
    fn certain(text: &str) -> [bool; 2] {
        let found: Value = serde_yaml::from_str(text).unwrap();
        [Target::KubePrometheusStack, Target::PrometheusChart]
            .map(|target| target.is_certainly_in(&found))
    }

    #[test]
    fn values_without_a_key_of_the_chart_alone_or_with_one_that_it_does_not_read_prove_nothing() {
        for text in [
            "",
            "{}",
            "networkPolicy: {enabled: true}",
            "commonLabels: {a: b}\nextraManifests: []",
            "crds: {enabled: true}",
            "server: {port: 8080}",
            "server: {service: {}, image: {}}",
            "prometheus: {enabled: true}",
            "serviceAccounts: {}",
            // Vault, VictoriaMetrics, Argo CD, Bitnami's kube-prometheus, Thanos.
            "global: {enabled: true}\nserver: {affinity: '', ha: {enabled: true}, image: {repository: hashicorp/vault}}",
            "server: {retentionPeriod: 1, persistentVolume: {}, scrape: {}}",
            "alertmanager: {}\nserver: {datasource: {}, remote: {}, podLabels: {}}",
            "server: {replicaCount: 2, nodeSelector: {}, insecure: true}",
            "prometheus: {enabled: true, service: {}, remoteWrite: []}",
            "objstoreConfig: ''\nprometheus: {}",
            // Bitnami's kube-prometheus and prometheus.
            "prometheus: {remoteWrite: []}\nkubelet: {enabled: true}",
            "prometheus: {enabled: true}\nkubelet: {enabled: true}",
            "server: {remoteWrite: [], resourcesPreset: small}",
            "server: {remoteWrite: []}\nexternalLabels: {a: b}",
            // loki-stack and linkerd-viz, Airflow, Grafana, Istio.
            "grafana: {enabled: true}\nprometheus: {enabled: true}",
            "grafana: {}\nprometheus: {enabled: true, resources: {}}",
            "initChownData: {enabled: false}",
            "prometheus: {service: {}, ingress: {}}",
            // Of other exporters' charts.
            "configmapReload: {}\nconfig: {}\nextraArgs: []\nextraConfigmapMounts: []",
        ] {
            assert_eq!(certain(text), [false, false], "{text}");
        }
        for text in [
            "prometheusOperator: {enabled: true}\nkubeEtcd: {enabled: false}",
            "prometheus: {additionalServiceMonitors: []}\ngrafana: {}",
            "mine: 1\nprometheus: {prometheusSpec: {}, other: 1}",
        ] {
            assert_eq!(certain(text), [true, false], "{text}");
        }
        for text in [
            "alertmanager: {}\nserver: {persistentVolume: {}, retention: 1d}",
            "server: {retention: 30d}",
            "prometheus: {server: {remoteWrite: []}}\nmine: 1",
        ] {
            assert_eq!(certain(text), [false, true], "{text}");
        }
    }

    #[test]
    fn the_name_of_the_stack_below_a_parent_chart_locates_its_values() {
        let named = |text: &str| {
            let found: Value = serde_yaml::from_str(text).unwrap();
            Target::KubePrometheusStack.is_named_in(&found)
        };

        assert!(named("mine: 1\nkube-prometheus-stack: {grafana: {}}"));
        assert!(!named("grafana: {}"));
    }

    #[test]
    fn a_map_that_the_user_calls_the_charts_is_its_place() {
        for text in [
            "prometheus: {port: 9090}\nmine: 1",
            "prometheus: {remoteWrite: []}\nkubelet: {}\nmine: 1",
        ] {
            assert_eq!(stack(text), Ok(String::new()), "{text}");
        }
    }

    #[test]
    fn values_of_a_chart_that_copied_a_key_are_not_those_of_this_chart() {
        let found: Value =
            serde_yaml::from_str("pushgateway: {}\nconfig: {}\nclients: []\nimage: {}").unwrap();

        assert!(!Target::PrometheusChart.is_certainly_in(&found));
    }

    #[test]
    fn the_prometheus_chart_is_known_by_its_server() {
        let chart = |text: &str| place_of(Target::PrometheusChart, text);

        assert_eq!(chart("server: {remoteWrite: []}"), Ok(String::new()));
        assert_eq!(
            chart("prometheus: {server: {tsdb: {}}}"),
            Ok("prometheus".to_owned())
        );
        assert_eq!(
            chart("server: {ingress: {}}\nserverFiles: {}"),
            Ok(String::new())
        );
        assert_eq!(chart("repoServer: {}"), Err(PlaceError::Nothing));
    }
}
