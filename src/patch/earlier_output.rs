//! What did a user write into a file that an earlier run made? Only what belongs to the connection may be replaced.

use std::collections::BTreeSet;

use serde_yaml::Value;

use super::comments::comments;
use super::documents;
use super::entry_url::host_of;
use crate::remote_write::{Pending, rule_of};
use crate::render::is_item_of_connection;
use crate::sign_in::AZUREAD;
use crate::spec::loopback::is_loopback_host;
use crate::spec::webhook_keys;
use crate::target::list_item::title;
use crate::target::{Target, is_spelled};

/// In the first line of every file that is made from a built-in template or from the values of a release.
const MARK: &str = "an Azure Monitor workspace";
/// The keys of our own entry that every connection sets again.
const OWN_KEYS: [&str; 3] = ["name", "url", AZUREAD];
const MOST_OF_COMMENT: usize = 60;

pub(super) fn is_earlier_output(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    first.starts_with('#') && first.contains(MARK)
}

/// What a new text would take away, each as a path such as `global.scrape_interval`, or as a comment.
pub(super) fn edits(before: &str, after: &str, target: Target) -> Vec<String> {
    let Ok(documents_before) = documents(before) else {
        return vec!["a text that is not YAML".to_owned()];
    };
    let documents_after = documents(after).unwrap_or_default();
    let mut edits = ChangedKeys {
        target,
        found: Vec::new(),
    };
    for (index, document) in documents_before.iter().enumerate() {
        let now = documents_after.get(index).unwrap_or(&Value::Null);
        edits.look(document, now, &mut Vec::new());
    }
    edits.found.extend(own_comments(before, after, target));
    edits.found
}

/// Comments that neither the new text nor the template has.
fn own_comments(before: &str, after: &str, target: Target) -> Vec<String> {
    let template = target.template().map_or("", |(_, text)| text);
    let from_template = template.lines().map(str::trim);
    let mut known: BTreeSet<String> = comments(after).into_iter().collect();
    known.extend(
        from_template
            .filter(|line| line.starts_with('#'))
            .map(str::to_owned),
    );
    let lost = comments(before).into_iter();
    let lost = lost.filter(|comment| !known.contains(comment));
    lost.map(|comment| comment.chars().take(MOST_OF_COMMENT).collect())
        .collect()
}

struct ChangedKeys {
    target: Target,
    found: Vec<String>,
}

impl ChangedKeys {
    fn look(&mut self, before: &Value, after: &Value, keys: &mut Vec<String>) {
        // The label can differ between two runs by our own default, so it is no edit of the user.
        if before == after || before.is_null() || ends_with(keys, self.target.cluster_label()) {
            return;
        }
        match before {
            Value::Mapping(old) => {
                for (key, value) in old {
                    let name = key.as_str().unwrap_or("a key that is not text");
                    // Another sign-in method leaves these out, which is part of the connection.
                    if name.starts_with(webhook_keys::DOMAIN) {
                        continue;
                    }
                    keys.push(name.to_owned());
                    self.look(value, after.get(key).unwrap_or(&Value::Null), keys);
                    keys.pop();
                }
            }
            Value::Sequence(old) => self.items(old, after, keys),
            _ => self.found.push(keys.join(".")),
        }
    }

    fn items(&mut self, old: &[Value], after: &Value, keys: &mut Vec<String>) {
        let now = after.as_sequence().map_or(&[][..], Vec::as_slice);
        let mut lists = self.target.lists().iter();
        let is_remote_write = lists.any(|list| ends_with(keys, list));
        for item in old {
            let named = title(item);
            if is_remote_write && is_own_entry(item) {
                let own = now
                    .iter()
                    .find(|other| is_own_entry(other) || is_pending(other));
                self.own_entry(item, own.unwrap_or(&Value::Null), keys);
                continue;
            }
            if named.is_some_and(is_item_of_connection) {
                continue;
            }
            // Items are compared by name, not by position: a user can have sorted them.
            let same = now.iter().find(|other| match named {
                Some(_) => title(other) == named,
                None => item == *other,
            });
            let last = keys.pop().unwrap_or_default();
            let shown = format!("{last}[{}]", named.unwrap_or("…"));
            match same {
                Some(same) => {
                    keys.push(shown);
                    self.look(item, same, keys);
                    keys.pop();
                }
                None => self.found.push(joined(keys, &shown)),
            }
            keys.push(last);
        }
    }

    /// Where it writes to and how it signs in is the connection; the rest can be the user's.
    fn own_entry(&mut self, before: &Value, after: &Value, keys: &mut Vec<String>) {
        for (key, value) in before.as_mapping().into_iter().flatten() {
            let name = key.as_str().unwrap_or_default();
            if !OWN_KEYS.iter().any(|own| is_spelled(name, own)) {
                keys.push(name.to_owned());
                self.look(value, after.get(key).unwrap_or(&Value::Null), keys);
                keys.pop();
            }
        }
    }
}

fn joined(keys: &[String], last: &str) -> String {
    let keys = keys.iter().map(String::as_str);
    keys.chain([last]).collect::<Vec<_>>().join(".")
}

/// Values can be below the keys of a parent chart.
fn ends_with(keys: &[String], path: &[&str]) -> bool {
    keys.len() >= path.len() && keys[keys.len() - path.len()..] == *path
}

fn is_own_entry(item: &Value) -> bool {
    let url = item["url"].as_str().unwrap_or_default();
    rule_of(url).is_some() || is_loopback_host(host_of(url))
}

/// Our entry before the workspace that it writes to is made: an earlier output can be of a workspace that is gone.
fn is_pending(item: &Value) -> bool {
    let pending = Pending::<String>::AfterApply.to_string();
    item["url"].as_str() == Some(pending.as_str())
}

/// The operations of a JSON Patch that change something else than a connection, each by its path.
pub(super) fn foreign_operations(operations: &[Value]) -> Vec<String> {
    let target = Target::CustomResource;
    let pod = target.pod().into_iter().flat_map(|pod| pod.paths());
    let places = target.lists().iter().copied().chain(pod);
    let places: Vec<String> = places
        .chain([target.cluster_label()])
        .map(|path| format!("/{}", path.join("/")))
        .collect();
    let is_of_connection = |path: &str, value: &Value| {
        // A parent that is missing is added with what is in it.
        let is_below = |place: &String| {
            path.starts_with(place.as_str()) || place.starts_with(&format!("{path}/"))
        };
        let is_of_others = value["url"].is_string() && !is_own_entry(value);
        places.iter().any(is_below) && !is_of_others
    };
    let foreign = operations.iter().filter(|one| {
        one["op"] != "test"
            && !is_of_connection(one["path"].as_str().unwrap_or_default(), &one["value"])
    });
    foreign
        .filter_map(|one| Some(one["path"].as_str()?.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "# Values: Prometheus, writing to an Azure Monitor workspace.\n\
        prometheus:\n  prometheusSpec:\n    externalLabels: {cluster: prod}\n    \
        podMetadata: {labels: {azure.workload.identity/use: 'true'}}\n    \
        volumes: [{name: azure-identity-token}]\n    \
        containers: [{name: prometheus, env: [{name: AZURE_CLIENT_ID, value: x}]}]\n    \
        additionalRemoteWrite:\n    - {name: azure, url: 'https://a/dataCollectionRules/dcr-1/streams/s', \
        queueConfig: {maxShards: 5}, azureAd: {oauth: {}}}\n";
    const AFTER: &str = "# Values: Prometheus, writing to an Azure Monitor workspace.\n\
        prometheus:\n  prometheusSpec:\n    externalLabels: {cluster: test}\n    containers: [{name: prometheus}]\n    \
        additionalRemoteWrite:\n    - {name: other, url: 'https://b/dataCollectionRules/dcr-2/streams/s', \
        queueConfig: {maxShards: 5}, azureAd: {managedIdentity: {}}}\n";

    fn edited(text: &str) -> Vec<String> {
        edits(text, AFTER, Target::KubePrometheusStack)
    }

    #[test]
    fn what_belongs_to_the_connection_may_change() {
        assert!(is_earlier_output(BEFORE));
        assert_eq!(edited(BEFORE), [""; 0]);
    }

    #[test]
    fn an_output_for_a_workspace_that_is_gone_may_change() {
        let pending = Pending::<String>::AfterApply.to_string();
        let after = AFTER.replace("https://b/dataCollectionRules/dcr-2/streams/s", &pending);
        let edits = |before: &str| edits(before, &after, Target::KubePrometheusStack);

        assert_eq!(edits(BEFORE), [""; 0]);
        let edited = BEFORE.replace("maxShards: 5", "maxShards: 9");
        assert_eq!(edits(&edited).len(), 1, "{:?}", edits(&edited));
    }

    #[test]
    fn every_edit_of_the_user_is_named() {
        let spec = "prometheus.prometheusSpec";
        for (from, to, named) in [
            (
                "maxShards: 5",
                "maxShards: 9",
                "additionalRemoteWrite.queueConfig.maxShards",
            ),
            (
                "{cluster: prod}",
                "{cluster: prod, team: x}",
                "externalLabels.team",
            ),
            (
                "[{name: azure-identity-token}]",
                "[{name: rules}]",
                "volumes[rules]",
            ),
            (
                "name: AZURE_CLIENT_ID",
                "name: MINE",
                "containers[prometheus].env[MINE]",
            ),
            (
                "    additionalRemoteWrite:\n",
                "    retention: 5d\n    additionalRemoteWrite:\n",
                "retention",
            ),
            (
                "    additionalRemoteWrite:\n",
                "    additionalRemoteWrite:\n    - {name: mimir, url: 'https://m'}\n",
                "additionalRemoteWrite[mimir]",
            ),
        ] {
            assert_eq!(
                edited(&BEFORE.replace(from, to)),
                [format!("{spec}.{named}")],
                "{to}"
            );
        }
    }

    #[test]
    fn a_comment_that_no_template_has_is_an_edit() {
        let commented = format!(
            "{BEFORE}# When the workspace is over its limits, send again later instead of dropping samples.\n# ask Ada\n"
        );

        assert_eq!(edited(&commented), ["# ask Ada"]);
    }

    #[test]
    fn an_operation_on_something_else_is_foreign() {
        let operations: Vec<Value> = serde_yaml::from_str(
            "[{op: test, path: /spec/retention, value: 5d}, {op: replace, path: /spec/retention, value: 9d}, \
             {op: add, path: /spec/externalLabels, value: {cluster: x}}, {op: add, path: /spec/remoteWrite/-, value: {url: 'https://m'}}, \
             {op: add, path: /spec/remoteWrite/-, value: {url: 'https://a/dataCollectionRules/dcr-1/streams/s'}}]",
        )
        .unwrap();

        assert_eq!(
            foreign_operations(&operations),
            ["/spec/retention", "/spec/remoteWrite/-"]
        );
    }
}
