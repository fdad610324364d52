//! What Prometheus refuses in the values of a remote write whose keys it knows. Source: `RemoteWriteConfig`, `QueueConfig` and
//! `relabel.Config` of Prometheus 2.45 to 3.14 and `AzureADConfig` of 3.14 (read 2026-11-28).

use serde_yaml::{Mapping, Value};

use super::key_map::KeyMap;
use super::relabel_rule;
use super::value_form::whole_number;
use super::value_search::{ValueFault, faults_of};
use crate::compat::{Installation, Version};
use crate::sign_in::AZUREAD;
use crate::spec::prometheus_duration::PrometheusDuration;
use crate::target::{PathSegment, Spelling};
use crate::text::filled_in::is_filled_in;

/// The headers that Prometheus sets itself, in lower case. It compares them without upper and lower case.
const RESERVED_HEADERS: [&str; 17] = [
    "authorization",
    "host",
    "content-encoding",
    "content-length",
    "content-type",
    "user-agent",
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "www-authenticate",
    "accept-encoding",
    "x-prometheus-remote-write-version",
    "x-prometheus-remote-read-version",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-content-sha256",
];

/// Reserved in `http_headers`, and not in `headers`.
const SCRAPE_TIMEOUT: &str = "x-prometheus-scrape-timeout-seconds";

/// The values of an entry that its program refuses. The method in `azuread` is judged by the rules of the entry.
pub(crate) fn broken_values(entry: &Value, installation: &Installation) -> Vec<ValueFault> {
    let spelling = installation.target.spelling();
    let mut search = EntrySearch {
        spelling,
        found: faults_of(KeyMap::of_entry(spelling), entry, spelling),
    };
    search.headers("headers", &entry["headers"], &[]);
    search.headers("http_headers", &entry["http_headers"], &[SCRAPE_TIMEOUT]);
    search.scope(&entry[spelling.key(AZUREAD)]["scope"]);
    search.message(entry);
    // Prometheus compares the values of the queue from 3.12 on; before, it starts and sends nothing, or less than meant. A
    // version that is not known may be older.
    let compares = |version: &Version| !version.is_below((3, 12, 0));
    if installation.prometheus.as_ref().is_some_and(compares) {
        search.queue(entry.get(spelling.key("queue_config")));
    }
    search.rules(&entry[spelling.key("write_relabel_configs")]);
    search.found
}

struct EntrySearch {
    spelling: Spelling,
    found: Vec<ValueFault>,
}

impl EntrySearch {
    /// `more` are headers that are reserved at this key only.
    fn headers(&mut self, key: &str, headers: &Value, more: &[&str]) {
        for name in headers.as_mapping().into_iter().flat_map(Mapping::keys) {
            let Some(name) = name.as_str() else { continue };
            let lower = name.to_lowercase();
            let mut reserved = RESERVED_HEADERS.iter().chain(more);
            if reserved.any(|reserved| *reserved == lower) {
                self.add_at(
                    &[key, name],
                    format!("`{name}` is a header that Prometheus sets itself"),
                );
            }
        }
    }

    /// The one key of an entry whose empty value is refused.
    fn message(&mut self, entry: &Value) {
        if self.spelling == Spelling::Prometheus
            && entry.get("protobuf_message").is_some_and(Value::is_null)
        {
            let fault = "`protobuf_message` is empty".to_owned();
            self.add_at(&["protobuf_message"], fault);
        }
    }

    fn scope(&mut self, scope: &Value) {
        let is_allowed = |each: char| {
            each.is_ascii_alphanumeric()
                || each.is_ascii_whitespace()
                || matches!(each, '_' | ':' | '/' | '.' | '-')
        };
        let azuread = self.spelling.key(AZUREAD);
        if let Some(text) = scope.as_str()
            && !is_filled_in(text)
            && !text.chars().all(is_allowed)
        {
            let fault = "`scope` has a character that no scope has".to_owned();
            self.add_at(&[&azuread, "scope"], fault);
        }
    }

    fn queue(&mut self, queue: Option<&Value>) {
        let spelling = self.spelling;
        let queue = match queue {
            Some(Value::Mapping(queue)) => queue,
            // An empty value takes the place of all defaults, and each is then 0. The API server drops a field without one.
            Some(Value::Null) if spelling == Spelling::Prometheus => {
                let fault = "`queue_config` is empty, so its numbers are 0".to_owned();
                return self.add_at(&["queue_config"], fault);
            }
            _ => return,
        };
        let key = |name| spelling.key(name);
        let number = |name| {
            let number = match queue.get(key(name).as_str())? {
                // An empty value takes the place of the default here too.
                Value::Null => Some(0),
                value => whole_number(value),
            };
            // The Operator leaves out what is 0.
            number.filter(|number| spelling == Spelling::Prometheus || *number != 0)
        };
        let is_unread = |name| {
            let value = queue.get(key(name).as_str());
            value.is_some_and(|value| !value.is_null() && whole_number(value).is_none())
        };
        for name in [
            "max_shards",
            "min_shards",
            "max_samples_per_send",
            "capacity",
        ] {
            if number(name).is_some_and(|number| number <= 0) {
                self.add_in_queue(name, format!("`{}` is not above 0", key(name)));
            }
        }
        // The defaults of Prometheus: `DefaultQueueConfig`.
        let (least, most) = (
            number("min_shards").unwrap_or(1),
            number("max_shards").unwrap_or(50),
        );
        let is_compared = !is_unread("min_shards") && !is_unread("max_shards");
        if is_compared && most > 0 && least > most {
            let fault = format!(
                "`{}` ({least}) is above `{}` ({most})",
                key("min_shards"),
                key("max_shards")
            );
            self.add_in_queue("min_shards", fault);
        }
        let backoff = |name, default: &str| {
            let text = queue.get(key(name).as_str()).and_then(Value::as_str);
            text.unwrap_or(default).parse::<PrometheusDuration>().ok()
        };
        let pair = backoff("min_backoff", "30ms").zip(backoff("max_backoff", "5s"));
        if pair.is_some_and(|(least, most)| least > most) {
            let fault = format!("`{}` is above `{}`", key("min_backoff"), key("max_backoff"));
            self.add_in_queue("min_backoff", fault);
        }
    }

    fn rules(&mut self, rules: &Value) {
        let list = self.spelling.key("write_relabel_configs");
        let rules = rules.as_sequence().into_iter().flatten().enumerate();
        for (index, rule) in rules.filter_map(|(index, rule)| Some((index, rule.as_mapping()?))) {
            let Some(fault) = relabel_rule::fault(rule, self.spelling) else {
                continue;
            };
            let path = vec![PathSegment::Key(list.clone()), PathSegment::Item(index)];
            self.found.push((path, fault));
        }
    }

    fn add_in_queue(&mut self, name: &str, fault: String) {
        let (queue, key) = (self.spelling.key("queue_config"), self.spelling.key(name));
        self.add_at(&[&queue, &key], fault);
    }

    fn add_at(&mut self, path: &[&str], fault: String) {
        let path = path.iter().map(|key| PathSegment::Key((*key).to_owned()));
        self.found.push((path.collect(), fault));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_schema::broken_rules;
    use crate::target::{Target, key_path};

    fn broken(target: Target, version: &str, entry: &str) -> Vec<String> {
        let installation = Installation {
            target,
            prometheus: version.parse().ok(),
            operator: None,
        };
        let entry = serde_yaml::from_str(&format!("url: u\n{entry}")).unwrap();
        let all = broken_values(&entry, &installation).into_iter();
        all.map(|(path, fault)| format!("{}: {fault}", key_path(&path)))
            .collect()
    }

    #[test]
    fn a_fault_has_its_place_and_its_reason() {
        for (entry, expected) in [
            (
                "remote_timeout: 30",
                "remote_timeout: `remote_timeout` is not a duration with its unit, such as 30s",
            ),
            (
                "send_exemplars: maybe",
                "send_exemplars: `send_exemplars` is not true or false",
            ),
            (
                "headers: {Authorization: x}",
                "headers.Authorization: `Authorization` is a header that Prometheus sets itself",
            ),
            ("queue_config: 5", "queue_config: `queue_config` is no map"),
            (
                "queue_config: {capacity: many}",
                "queue_config.capacity: `capacity` is not a whole number",
            ),
            (
                "queue_config: {min_shards: 60}",
                "queue_config.min_shards: `min_shards` (60) is above `max_shards` (50)",
            ),
            (
                "queue_config: {min_backoff: 1m}",
                "queue_config.min_backoff: `min_backoff` is above `max_backoff`",
            ),
            (
                "http_headers: {X-A: text}",
                "http_headers.X-A: `X-A` is no map",
            ),
            (
                "http_headers: {X-A: {values: text}}",
                "http_headers.X-A.values: `values` is not a list of texts",
            ),
            (
                "proxy_url: 10.0.0.1:3128",
                "proxy_url: `proxy_url` is not a URL: it does not start with a scheme, such as `http://`",
            ),
            (
                "tls_config: {cert_file: a}",
                "tls_config.cert_file: `cert_file` needs `key`, `key_file` or `key_ref`",
            ),
            ("headers: {X-A: [b]}", "headers.X-A: `X-A` is not a text"),
            (
                "oauth2: {token_url: a}",
                "oauth2: `oauth2` has no `client_id`",
            ),
            (
                "tls_config: {min_version: 1.2}",
                "tls_config.min_version: `min_version` is not one of TLS10, TLS11, TLS12, TLS13",
            ),
            (
                "write_relabel_configs: [null]",
                "write_relabel_configs[0]: an item of `write_relabel_configs` is empty or no map",
            ),
        ] {
            let found = broken(Target::PrometheusYml, "3.14.0", entry).join("; ");
            assert_eq!(found, expected, "{entry}");
        }
    }

    /// The end-to-end tests give each line to Prometheus' own checker.
    #[test]
    fn a_value_is_refused_where_prometheus_refuses_it() {
        let lines = include_str!("../../tests/data/known-keys/entry-values.txt").lines();
        let lines = lines.filter(|line| !line.starts_with('#'));

        let installation = Installation {
            target: Target::PrometheusYml,
            prometheus: "3.14.0".parse().ok(),
            operator: None,
        };
        let judged = lines.map(|line| {
            let (sign, entry) = line.split_once(' ').unwrap();
            let entry = serde_yaml::from_str(&format!("url: u\n{entry}")).unwrap();
            // With those of the sign-in, which has no unusual values here.
            let found = broken_rules(&entry, &installation);
            (found.is_empty() != (sign == "-"), line, found)
        });

        let wrong: Vec<_> = judged.filter(|(is_right, ..)| !is_right).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    /// The end-to-end tests give each line to the schema of the Operator.
    #[test]
    fn a_value_is_refused_where_the_operator_or_its_schema_refuses_it() {
        let lines = include_str!("../../tests/data/known-keys/operator-values.txt").lines();
        let lines = lines.filter(|line| !line.starts_with('#'));
        let installation = Installation {
            target: Target::CustomResource,
            prometheus: "3.14.0".parse().ok(),
            operator: None,
        };

        let judged = lines.map(|line| {
            let (sign, keys) = line.split_once(' ').unwrap();
            let mut entry: Value = serde_yaml::from_str(keys).unwrap();
            entry["url"] = "https://example.com/write".into();
            let found = broken_rules(&entry, &installation);
            (found.is_empty() == (sign == "+"), line, found)
        });

        let wrong: Vec<_> = judged.filter(|(is_right, ..)| !is_right).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn the_queue_of_an_older_prometheus_is_not_compared() {
        let entry = "queue_config: {capacity: 0, min_shards: 60}";

        assert_eq!(broken(Target::PrometheusYml, "3.11.0", entry), [""; 0]);
    }

    #[test]
    fn the_schema_of_the_operator_takes_no_number_for_a_duration_or_a_boolean() {
        for entry in [
            "remoteTimeout: 0",
            "sendExemplars: 1",
            "messageVersion: V3.0",
        ] {
            let found = broken(Target::CustomResource, "3.14.0", entry);
            assert_eq!(found.len(), 1, "{entry}: {found:?}");
        }
    }
}
