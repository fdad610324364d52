//! What is sent, and how. docs/choices.md gives each default and its reason.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::choices::{Relabeling, ReplicaLabels, Switch, spelled};
use super::prometheus_duration::PrometheusDuration;

/// The workspace takes samples that are at most this old, in milliseconds; older ones are dropped without an error.
const WINDOW: u64 = 20 * 60 * 1000;

/// What differs from the defaults; `None` keeps what the file has, or the default of Prometheus.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SendSettings {
    pub(crate) queue: Option<QueueSettings>,
    pub(crate) metadata: Option<Switch>,
    pub(crate) exemplars: Option<Switch>,
    pub(crate) native_histograms: Option<Switch>,
    pub(crate) keep: Option<MetricNames>,
    pub(crate) drop: Option<MetricNames>,
    pub(crate) relabeling: Option<Relabeling>,
    pub(crate) replica_labels: Option<ReplicaLabels>,
}

/// One rule of `write_relabel_configs`, neutral to the spelling of its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RelabelRule {
    /// The label that is matched; `None` where the rule matches names of labels.
    pub(crate) source_label: Option<&'static str>,
    pub(crate) regex: String,
    /// The label that is set, and to what.
    pub(crate) sets: Option<(&'static str, &'static str)>,
    pub(crate) action: &'static str,
}

impl SendSettings {
    /// What happens to labels on the way to the workspace; rules and dashboards of the Prometheus itself see none of it.
    /// `replica_labels` are those by which its replicas differ.
    pub(crate) fn relabel_rules(&self, replica_labels: &[&str]) -> Vec<RelabelRule> {
        let mut rules = Vec::new();
        if self.relabeling == Some(Relabeling::AzureDashboards) {
            rules.extend(azure_dashboards());
        }
        let by_name = |names: &MetricNames, action| RelabelRule {
            source_label: Some("__name__"),
            regex: names.regex(),
            sets: None,
            action,
        };
        rules.extend(self.keep.iter().map(|names| by_name(names, "keep")));
        rules.extend(self.drop.iter().map(|names| by_name(names, "drop")));
        // The Operator adds the replica as an external label. These rules see it, because Prometheus applies them after
        // it has added the external labels (3.5).
        if self.replica_labels == Some(ReplicaLabels::Drop) && !replica_labels.is_empty() {
            let names: Vec<String> = replica_labels.iter().map(|name| literal(name)).collect();
            rules.push(RelabelRule {
                source_label: None,
                // A `labeldrop` takes no source label: its pattern is matched with the names of labels.
                regex: names.join("|"),
                sets: None,
                action: "labeldrop",
            });
        }
        rules
    }
}

/// A regular expression that only this text matches: since Prometheus 3 a label may have any name.
fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_punctuation() && letter != '_' {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

/// Azure's dashboards know the jobs of kube-prometheus-stack by other names
/// (<https://learn.microsoft.com/azure/azure-monitor/containers/prometheus-remote-write>).
fn azure_dashboards() -> [RelabelRule; 2] {
    let job = |source_label, regex: &str, name| RelabelRule {
        source_label: Some(source_label),
        regex: regex.to_owned(),
        sets: Some(("job", name)),
        action: "replace",
    };
    [
        // The kubelet's job has several paths; only that of cAdvisor has container metrics.
        job("metrics_path", "/metrics/cadvisor", "cadvisor"),
        job("job", "node-exporter", "node"),
    ]
}

/// Settings of `queue_config`, as Prometheus spells them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct QueueSettings(Vec<(&'static str, QueueValue)>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum QueueValue {
    Count(u64),
    /// As Prometheus writes it, such as `1m30s`.
    Duration(String),
    Truth(bool),
}

#[derive(Clone, Copy)]
enum QueueValueKind {
    Count,
    Duration,
    Truth,
}

const QUEUE_KEYS: [(&str, QueueValueKind); 9] = [
    ("capacity", QueueValueKind::Count),
    ("max_shards", QueueValueKind::Count),
    ("min_shards", QueueValueKind::Count),
    ("max_samples_per_send", QueueValueKind::Count),
    ("batch_send_deadline", QueueValueKind::Duration),
    ("min_backoff", QueueValueKind::Duration),
    ("max_backoff", QueueValueKind::Duration),
    ("retry_on_http_429", QueueValueKind::Truth),
    ("sample_age_limit", QueueValueKind::Duration),
];

impl QueueSettings {
    pub(crate) fn each(&self) -> impl Iterator<Item = (&'static str, &QueueValue)> {
        self.0.iter().map(|(key, value)| (*key, value))
    }

    pub(crate) fn sets(&self, key: &str) -> bool {
        self.0.iter().any(|(set, _)| *set == key)
    }

    fn count(&self, wanted: &str) -> Option<u64> {
        self.0.iter().find_map(|(key, value)| match value {
            QueueValue::Count(count) if *key == wanted => Some(*count),
            _ => None,
        })
    }

    fn milliseconds(&self, wanted: &str) -> Option<u64> {
        self.0.iter().find_map(|(key, value)| match value {
            QueueValue::Duration(text) if *key == wanted => milliseconds(text),
            _ => None,
        })
    }

    /// Prometheus checks these itself only since 3.12, and sends nothing before.
    fn check(&self) -> Result<(), String> {
        if let (Some(least), Some(most)) = (self.count("min_shards"), self.count("max_shards"))
            && least > most
        {
            return Err(format!("min_shards={least} is more than max_shards={most}"));
        }
        if let (Some(least), Some(most)) = (
            self.milliseconds("min_backoff"),
            self.milliseconds("max_backoff"),
        ) && least > most
        {
            return Err("min_backoff is longer than max_backoff".to_owned());
        }
        match self.milliseconds("sample_age_limit") {
            // Prometheus would send what the workspace then drops behind a success.
            Some(limit) if limit > WINDOW => Err(
                "sample_age_limit is at most 20m: the workspace drops what is older, without an error"
                    .to_owned(),
            ),
            _ => Ok(()),
        }
    }
}

impl FromStr for QueueSettings {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let mut settings: Vec<(&'static str, QueueValue)> = Vec::new();
        for part in text.split(',') {
            let (key, value) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` is not KEY=VALUE, such as max_shards=20"))?;
            let (key, kind) = QUEUE_KEYS
                .iter()
                .find(|(known, _)| *known == key.trim())
                .ok_or_else(|| {
                    let known: Vec<&str> = QUEUE_KEYS.iter().map(|(known, _)| *known).collect();
                    format!(
                        "`{key}` is not a queue setting; use one of: {}",
                        known.join(", ")
                    )
                })?;
            // A duplicate key makes Prometheus refuse the whole file.
            if settings.iter().any(|(set, _)| set == key) {
                return Err(format!("{key} is given twice"));
            }
            settings.push((key, QueueValue::parse(key, *kind, value.trim())?));
        }
        let settings = Self(settings);
        settings.check().map(|()| settings)
    }
}

impl QueueValue {
    fn parse(key: &str, kind: QueueValueKind, text: &str) -> Result<Self, String> {
        match kind {
            QueueValueKind::Count => match text.parse() {
                // Before 3.12 Prometheus starts with `max_shards: 0` and sends nothing.
                Ok(count) if count > 0 => Ok(Self::Count(count)),
                _ => Err(format!("{key}={text}: must be a whole number above 0")),
            },
            QueueValueKind::Duration => match milliseconds(text) {
                Some(_) => Ok(Self::Duration(text.to_owned())),
                None => Err(format!(
                    "{key}={text}: must be a duration such as 30s or 5m"
                )),
            },
            QueueValueKind::Truth => text
                .parse()
                .map(Self::Truth)
                .map_err(|_| format!("{key}={text}: must be true or false")),
        }
    }
}

impl fmt::Display for QueueValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(out, "{count}"),
            Self::Duration(text) => out.write_str(text),
            Self::Truth(truth) => write!(out, "{truth}"),
        }
    }
}

impl fmt::Display for QueueSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self
            .each()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        out.write_str(&parts.join(","))
    }
}

spelled!(QueueSettings);

/// A setting has its unit, also where it is zero.
fn milliseconds(text: &str) -> Option<u64> {
    let duration: PrometheusDuration = text.parse().ok()?;
    (text != "0").then(|| duration.milliseconds())
}

/// Metrics by name, `*` standing for any letters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct MetricNames(Vec<String>);

impl MetricNames {
    /// As relabeling takes it, which compares whole names.
    fn regex(&self) -> String {
        // Prometheus anchors the whole pattern, so that `up` does not match `up_total`.
        self.0.join("|").replace('*', ".*")
    }
}

impl FromStr for MetricNames {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let is_part = |each: char| each.is_ascii_alphanumeric() || "_:*".contains(each);
        let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
        let wrong = names.iter().find(|name| {
            name.is_empty()
                || !name.chars().all(is_part)
                || name.starts_with(|first: char| first.is_ascii_digit())
        });
        match wrong {
            Some(name) => Err(format!(
                "`{name}` is not a metric name: use letters, digits, `_` and `:`, and `*` for any of them"
            )),
            None => Ok(Self(names)),
        }
    }
}

impl fmt::Display for MetricNames {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.join(","))
    }
}

spelled!(MetricNames);

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn settings_of_the_queue_are_read_back_as_they_were_given() {
        let text = "max_shards=20,min_backoff=1s,max_backoff=1m30s,retry_on_http_429=false";

        let settings: QueueSettings = text.parse().unwrap();

        assert_eq!(settings.to_string(), text);
        assert!(settings.sets("max_shards") && !settings.sets("capacity"));
    }

    #[test]
    fn nonsense_is_refused_since_older_servers_would_take_it_and_send_nothing() {
        let refusals: Vec<String> = [
            "max_shards",
            "max_shard=1",
            "max_shards=0",
            "capacity=1,capacity=2",
            "min_shards=3,max_shards=2",
            "min_backoff=1m1s,max_backoff=1m",
            "batch_send_deadline=5",
            "batch_send_deadline=5s1m",
            "sample_age_limit=21m",
            "retry_on_http_429=yes",
        ]
        .iter()
        .map(|text| match text.parse::<QueueSettings>() {
            Ok(_) => format!("{text} is taken"),
            Err(why) => why,
        })
        .collect();

        assert_snapshot!(refusals.join("\n"), @"
        `max_shards` is not KEY=VALUE, such as max_shards=20
        `max_shard` is not a queue setting; use one of: capacity, max_shards, min_shards, max_samples_per_send, batch_send_deadline, min_backoff, max_backoff, retry_on_http_429, sample_age_limit
        max_shards=0: must be a whole number above 0
        capacity is given twice
        min_shards=3 is more than max_shards=2
        min_backoff is longer than max_backoff
        batch_send_deadline=5: must be a duration such as 30s or 5m
        batch_send_deadline=5s1m: must be a duration such as 30s or 5m
        sample_age_limit is at most 20m: the workspace drops what is older, without an error
        retry_on_http_429=yes: must be true or false
        ");
    }

    #[test]
    fn lists_of_metrics_become_one_rule_each() {
        let sending = SendSettings {
            keep: Some("up,node_*".parse().unwrap()),
            drop: Some("go_gc_*".parse().unwrap()),
            replica_labels: Some(ReplicaLabels::Drop),
            ..SendSettings::default()
        };

        let rules: Vec<String> = sending
            .relabel_rules(&["prometheus_replica", "my.replica"])
            .iter()
            .map(|rule| format!("{} {}", rule.action, rule.regex))
            .collect();

        assert_eq!(
            rules,
            [
                "keep up|node_.*",
                "drop go_gc_.*",
                "labeldrop prometheus_replica|my\\.replica"
            ]
        );
        for wrong in ["", "a,,b", "9x", "a.b", "{a}"] {
            assert!(wrong.parse::<MetricNames>().is_err(), "{wrong}");
        }
    }
}
