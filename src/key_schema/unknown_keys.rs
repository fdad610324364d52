//! Which keys of a map does the program not know that reads it?

use serde_yaml::Value;

use super::key_map::{KeyContent, KeyMap, plain as plain_name};
use crate::compat::{Installation, Number, number_text};
use crate::target::PathSegment;

/// A key that the program does not know at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnknownKey {
    /// From the map that was looked at down to the key.
    pub(crate) path: Vec<PathSegment>,
    pub(crate) fault: KeyFault,
    /// The value looks like a password or another secret.
    pub(crate) is_secret: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyFault {
    /// No version knows it; `near` is the known key that looks most like it.
    Unknown { near: Option<&'static str> },
    /// The known key of which this is another spelling.
    Respelled { known: &'static str },
    /// Known from this version on, and this one is older.
    TooNew { since: String },
}

/// All unknown keys of a map and below it, in their order. A version that is not known counts as the newest.
pub(crate) fn unknown_keys(
    map: &KeyMap,
    found: &Value,
    installation: &Installation,
) -> Vec<UnknownKey> {
    let mut search = UnknownKeySearch {
        installation,
        path: Vec::new(),
        found: Vec::new(),
    };
    search.map(map, found);
    search.found
}

/// A file of another program has any number of unknown keys, and to compare a name with all keys takes time.
const MOST_COMPARED: usize = 100;

struct UnknownKeySearch<'a> {
    installation: &'a Installation,
    path: Vec<PathSegment>,
    found: Vec<UnknownKey>,
}

impl UnknownKeySearch<'_> {
    fn map(&mut self, map: &KeyMap, found: &Value) {
        let entries = found.as_mapping().into_iter().flatten();
        for (key, value) in entries {
            // `<<` merges another map into this one, and is no key of its own.
            let Some(name) = key.as_str().filter(|name| *name != "<<") else {
                continue;
            };
            self.path.push(PathSegment::Key(name.to_owned()));
            self.key(map, name, value);
            self.path.pop();
        }
    }

    fn key(&mut self, map: &KeyMap, name: &str, value: &Value) {
        let (known, fault) = match (map.get(name), map.respelled(name)) {
            (Some(known), _) => (Some(known), self.too_new(known.first())),
            (None, Some(known)) => {
                // Mostly the spelling of the other program, such as `clientId` in a prometheus.yml.
                let fault = KeyFault::Respelled { known: known.name };
                (Some(known), Some(fault))
            }
            (None, None) => {
                let is_few = self.found.len() < MOST_COMPARED;
                let near = is_few.then(|| map.near(name)).flatten();
                (None, Some(KeyFault::Unknown { near }))
            }
        };
        if let Some(fault) = fault {
            self.found.push(UnknownKey {
                path: self.path.clone(),
                fault,
                is_secret: holds_secret(name, value),
            });
        }
        match known.map(|known| &known.below) {
            Some(KeyContent::Map(below)) => self.map(below, value),
            Some(KeyContent::List(below)) => self.list(below, value),
            Some(KeyContent::Named(below)) => {
                self.each_named(value, |search, value| search.map(below, value));
            }
            Some(KeyContent::NamedLists(below)) => {
                self.each_named(value, |search, value| search.list(below, value));
            }
            Some(KeyContent::Value) | None => {}
        }
    }

    fn list(&mut self, map: &KeyMap, found: &Value) {
        let items = found.as_sequence().into_iter().flatten();
        for (index, item) in items.enumerate() {
            self.path.push(PathSegment::Item(index));
            self.map(map, item);
            self.path.pop();
        }
    }

    fn each_named(&mut self, found: &Value, judge: impl Fn(&mut Self, &Value)) {
        for (name, value) in found.as_mapping().into_iter().flatten() {
            let Some(name) = name.as_str() else { continue };
            self.path.push(PathSegment::Key(name.to_owned()));
            judge(self, value);
            self.path.pop();
        }
    }

    fn too_new(&self, since: Option<Number>) -> Option<KeyFault> {
        let version = self.installation.prometheus.as_ref()?;
        let since = since.filter(|since| version.is_below(*since))?;
        let since = number_text(since);
        Some(KeyFault::TooNew { since })
    }
}

/// Whether a value is a secret, or has one further down.
fn holds_secret(name: &str, value: &Value) -> bool {
    match value {
        Value::String(text) => is_secret(name) && !text.is_empty(),
        Value::Mapping(map) => map
            .iter()
            .any(|(key, below)| key.as_str().is_some_and(|key| holds_secret(key, below))),
        Value::Sequence(items) => items.iter().any(|item| holds_secret(name, item)),
        _ => false,
    }
}

/// Whether a key of this name holds a secret, rather than the name of a file or of an identity.
fn is_secret(name: &str) -> bool {
    let plain = plain_name(name);
    let is_place = plain.ends_with("file") || plain.ends_with("path") || plain.ends_with("ref");
    const WORDS: [&str; 6] = [
        "secret",
        "password",
        "credentials",
        "bearertoken",
        "apikey",
        "accesskey",
    ];
    WORDS.iter().any(|word| plain.contains(word)) && !is_place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::key_path;
    use crate::target::{Spelling, Target};

    fn found(target: Target, version: &str, text: &str) -> Vec<String> {
        let installation = Installation {
            target,
            prometheus: version.parse().ok(),
            operator: None,
        };
        let map = KeyMap::of_entry(target.spelling());
        let all = unknown_keys(map, &serde_yaml::from_str(text).unwrap(), &installation);
        all.iter()
            .map(|unknown| {
                let secret = if unknown.is_secret { " (secret)" } else { "" };
                let fault = match &unknown.fault {
                    KeyFault::Unknown { near: None } => "unknown".to_owned(),
                    KeyFault::Unknown { near: Some(near) } => format!("near {near}"),
                    KeyFault::Respelled { known } => format!("is {known}"),
                    KeyFault::TooNew { since } => format!("since {since}"),
                };
                format!("{}: {fault}{secret}", key_path(&unknown.path))
            })
            .collect()
    }

    #[test]
    fn keys_of_sigv4_came_with_later_versions_of_that_module() {
        let at = |version| {
            let text = "{url: u, sigv4: {use_fips_sts_endpoint: true, service_name: aps}}";
            found(Target::PrometheusYml, version, text)
        };

        assert_eq!(
            at("2.55.1"),
            [
                "sigv4.use_fips_sts_endpoint: since 3.1.0",
                "sigv4.service_name: since 3.5.0"
            ]
        );
        assert!(at("3.5.0").is_empty());
    }

    #[test]
    fn keys_one_level_too_high_are_unknown_and_a_secret_among_them_is_marked() {
        let text = "{url: u, azuread: {managed_identity: null, client_id: c, client_secret: s}}";

        assert_eq!(
            found(Target::PrometheusYml, "3.14.0", text),
            [
                "azuread.client_id: unknown",
                "azuread.client_secret: unknown (secret)"
            ]
        );
    }

    #[test]
    fn the_spelling_of_the_other_program_has_a_known_key_in_this_one() {
        let snake = "{azuread: {managed_identity: {client_id: c}}, write_relabel_configs: [{source_labels: [a]}], queue_config: \
                     {retry_on_http_429: true}, tlsConfig: {caFile: f}}";
        let camel = "{azureAd: {managedIdentity: {clientId: c}}, azure_ad: {}}";

        assert_eq!(
            found(Target::CustomResource, "", snake),
            [
                "azuread: is azureAd",
                "azuread.managed_identity: is managedIdentity",
                "azuread.managed_identity.client_id: is clientId",
                "write_relabel_configs: is writeRelabelConfigs",
                "write_relabel_configs[0].source_labels: is sourceLabels",
                "queue_config: is queueConfig",
                "queue_config.retry_on_http_429: is retryOnRateLimit",
            ]
        );
        assert_eq!(
            found(Target::PrometheusChart, "", camel),
            [
                "azureAd: is azuread",
                "azureAd.managedIdentity: is managed_identity",
                "azureAd.managedIdentity.clientId: is client_id",
                "azure_ad: is azuread",
            ]
        );
    }

    #[test]
    fn a_key_is_too_new_only_for_a_version_that_is_known_and_older() {
        let text = "{round_robin_dns: true, azuread: {scope: s}, urll: x}";

        assert_eq!(
            found(Target::PrometheusYml, "2.55.1", text),
            [
                "round_robin_dns: since 3.1.0",
                "azuread.scope: since 3.9.0",
                "urll: near url"
            ]
        );
        assert_eq!(found(Target::PrometheusYml, "", text), ["urll: near url"]);
    }

    #[test]
    fn names_of_files_and_of_secrets_in_the_cluster_are_no_secrets() {
        for deep in [
            "{client_id: a, client_secret: s}",
            "[{password: s}]",
            "{a: {b: {SharedAccessKey: s}}}",
            "{api_key: s}",
        ] {
            assert!(
                holds_secret("oauth", &serde_yaml::from_str(deep).unwrap()),
                "{deep}"
            );
        }
        let reference = serde_yaml::from_str("{clientSecret: {name: n, key: password}}");
        assert!(!holds_secret("oauth", &reference.unwrap()));
        assert!(!is_secret("client_secret_file"));
        assert!(!is_secret("client_id"));
        assert!(is_secret("clientSecret"));
        assert_eq!(Target::CustomResource.spelling(), Spelling::Operator);
    }
}
