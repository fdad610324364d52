//! What has the configuration in a ConfigMap of the cluster that applying the user's own file takes away?

use serde_yaml::Value;

use super::sides::{LiveAndDesired, is_sign_in};
use crate::target::list_item::{is_same, title_or_unnamed};
use crate::text::key_path;

/// Paths such as `remote_write[mimir]`. The configuration is one text, which is replaced as a whole, so everything counts.
pub(crate) fn missing(sides: LiveAndDesired<'_>) -> Vec<String> {
    let mut lost = Vec::new();
    look(sides, "", &mut lost);
    lost
}

fn look(sides: LiveAndDesired<'_>, path: &str, lost: &mut Vec<String>) {
    match (sides.live, sides.after) {
        (Value::Mapping(old), Value::Mapping(_)) => {
            for (key, value) in old.iter().filter(|(_, value)| !value.is_null()) {
                let name = key.as_str().unwrap_or("a key that is not text");
                let path = key_path::below(path, name);
                let below = sides.below(key, value);
                match (below.own, below.after) {
                    // A key that the user's file had too goes because of the connection, and the diff of the file shows
                    // it.
                    (Value::Null, Value::Null) if !is_empty(value) => lost.push(path),
                    (_, Value::Null) => {}
                    // Another way to sign in is a change.
                    _ if is_sign_in(name) => {}
                    _ => look(below, &path, lost),
                }
            }
        }
        (Value::Sequence(old), Value::Sequence(_)) => {
            for item in old {
                let path = format!("{path}[{}]", title_or_unnamed(item));
                match sides.of_item(item, is_same) {
                    Some(sides) => look(sides, &path, lost),
                    None if sides.own_has(item, is_same) => {}
                    None => lost.push(path),
                }
            }
        }
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Mapping(map) => map.is_empty(),
        Value::Sequence(list) => list.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(live: &str, own: &str, after: &str) -> Vec<String> {
        let [live, own, after] =
            [live, own, after].map(|text| serde_yaml::from_str::<Value>(text).unwrap());
        missing(LiveAndDesired {
            live: &live,
            own: &own,
            after: &after,
        })
    }

    #[test]
    fn what_only_the_cluster_has_of_a_configuration_is_named() {
        let live = "global: {scrape_interval: 5s, external_labels: {a: b}}\nremote_write:\n- {name: mimir, url: u, headers: {x: y}}\n\
             - {url: v}\nscrape_configs: [{job_name: node}, {job_name: more}]\n";
        let after = "global: {scrape_interval: 9s}\nremote_write: [{name: mimir, url: u}]\nscrape_configs: [{job_name: node}]\n";

        assert_eq!(
            lost(live, after, after),
            [
                "global.external_labels",
                "remote_write[mimir].headers",
                "remote_write[v]",
                "scrape_configs[more]"
            ]
        );
        assert_eq!(lost(after, after, after), [""; 0]);
        assert_eq!(lost(live, live, after), [""; 0]);
    }

    #[test]
    fn a_null_takes_away_what_is_below_it() {
        let live = "{global: {scrape_interval: 5s}, remote_write: [{name: a}], rule_files: []}";

        assert_eq!(
            lost(
                live,
                "{}",
                "{global: null, remote_write: null, rule_files: null}"
            ),
            ["global", "remote_write"]
        );
        assert_eq!(
            lost(
                live,
                "{}",
                "{global: {scrape_interval: null}, remote_write: [{name: a}]}"
            ),
            ["global.scrape_interval"]
        );
    }
}
