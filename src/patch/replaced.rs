//! What would a new file take away from the file that is in its place?

use serde_yaml::Value;

use super::documents;
use super::earlier_output::{edits, foreign_operations, is_earlier_output};
use crate::target::Target;
use crate::target::list_item::title_or_unnamed;
use crate::text::key_path;

/// What `before` has and `after` lacks, each as a path such as `remote_write[mimir]`.
///
/// A file that we made may change as the connection does; what else was written into it counts.
pub(crate) fn taken_away(before: &str, after: &str, target: Target) -> Vec<String> {
    if before == after {
        return Vec::new();
    }
    if is_earlier_output(before) {
        return edits(before, after, target);
    }
    let has_comment = before
        .lines()
        .any(|line| line.trim_start().starts_with('#'));
    let Ok(before) = documents(before) else {
        return vec!["a text that is not YAML".to_owned()];
    };
    if before.is_empty() && has_comment {
        return vec!["comments".to_owned()];
    }
    let after = documents(after).unwrap_or_default();
    let mut lost = Vec::new();
    for (index, document) in before.iter().enumerate() {
        let now = after.get(index).unwrap_or(&Value::Null);
        compare(document, now, "", &mut lost);
    }
    lost
}

/// What a JSON Patch does in addition to a connection, which an earlier run did not write; `None` where the text is no JSON Patch.
pub(crate) fn foreign_operations_of(text: &str) -> Option<Vec<String>> {
    let operations: Vec<Value> = serde_yaml::from_str(text).ok()?;
    let is_patch = operations
        .iter()
        .all(|one| one["op"].is_string() && one["path"].is_string());
    is_patch.then(|| foreign_operations(&operations))
}

fn compare(before: &Value, after: &Value, path: &str, lost: &mut Vec<String>) {
    match (before, after) {
        (Value::Null, _) => {}
        (Value::Mapping(old), Value::Mapping(new)) => {
            for (key, value) in old {
                let name = key.as_str().unwrap_or("a key that is not text");
                let path = key_path::below(path, name);
                match new.get(key) {
                    Some(now) => compare(value, now, &path, lost),
                    // An empty value has an effect too: `kubeEtcd: null` takes away a default of the chart.
                    None => lost.push(path),
                }
            }
        }
        (Value::Sequence(old), Value::Sequence(new)) => {
            // Items have no identity that holds for every list, so a changed item counts as one that goes.
            let gone = old.iter().filter(|item| !new.contains(item));
            lost.extend(gone.map(|item| format!("{path}[{}]", title_or_unnamed(item))));
        }
        _ if before == after => {}
        _ if path.is_empty() => lost.push("a document of another kind".to_owned()),
        _ => lost.push(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "# Prometheus, writing to an Azure Monitor workspace.\n\
        global: {scrape_interval: 30s}\nremote_write:\n- name: azure\n  url: https://a/dataCollectionRules/dcr-1/streams/s\n";

    fn lost(before: &str) -> Vec<String> {
        taken_away(before, NEW, Target::PrometheusYml)
    }

    #[test]
    fn everything_that_the_new_file_lacks_or_changes_is_named() {
        let theirs = "global: {scrape_interval: 5s}\nrule_files: [a]\nremote_write:\n- name: mimir\n  url: https://m\n";

        assert_eq!(
            lost(theirs),
            [
                "global.scrape_interval",
                "rule_files",
                "remote_write[mimir]"
            ]
        );
        assert_eq!(lost("- a\n"), ["a document of another kind"]);
        assert_eq!(lost("a: [\n"), ["a text that is not YAML"]);
    }

    #[test]
    fn an_empty_file_and_the_same_file_lose_nothing() {
        for before in ["", "\n---\n", NEW, "global:\n"] {
            assert_eq!(lost(before), [""; 0], "{before}");
        }
    }

    #[test]
    fn empty_values_and_comments_are_lost_like_others() {
        let empty = "kubeEtcd: null\nglobal: {a: {}, b: []}\n";

        assert_eq!(lost(empty), ["kubeEtcd", "global.a", "global.b"]);
        assert_eq!(lost("# how to install this\n"), ["comments"]);
    }

    #[test]
    fn a_file_that_we_made_may_change_but_keeps_the_remote_writes_of_others() {
        let before = "# Prometheus, writing to an Azure Monitor workspace.\nremote_write:\n\
            - {name: azure, url: 'https://b/dataCollectionRules/dcr-2/streams/s'}\n\
            - {name: sidecar, url: 'http://localhost:8081'}\n";

        assert_eq!(lost(before), [""; 0]);
        assert_eq!(
            lost(&format!("{before}- {{name: mimir, url: 'https://m/x'}}\n")),
            ["remote_write[mimir]"]
        );
    }

    #[test]
    fn only_operations_are_a_json_patch() {
        let foreign = |text| foreign_operations_of(text);

        assert_eq!(
            foreign(r#"[{"op": "test", "path": "/a", "value": 1}]"#),
            Some(Vec::new())
        );
        assert_eq!(foreign("[]\n"), Some(Vec::new()));
        for other in ["- a\n", "spec: {}\n", "a: [\n", "- {op: add}\n"] {
            assert_eq!(foreign(other), None, "{other}");
        }
    }
}
