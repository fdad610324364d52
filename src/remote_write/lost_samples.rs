//! What of the samples does not arrive although the remote write leads to the workspace and signs in?

use regex::Regex;
use serde_yaml::Value;

use super::cluster_relabeling::constant_cluster;

/// Remote write 2.0, which the workspace does not take, in either spelling.
const SECOND_VERSION: [&str; 2] = ["io.prometheus.write.v2.Request", "V2.0"];

/// The default of a rule's regex, and other ways to write it.
const ANYTHING: [&str; 5] = [".*", "(.*)", "^.*$", ".*?", "(.*?)"];

/// What a remote write loses by its own settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LostSamples {
    /// The workspace refuses all, for they are sent by Remote write 2.0.
    pub(crate) is_second_version: bool,
    /// The rule that drops every sample, as a path such as `write_relabel_configs[0]`.
    pub(crate) dropping_rule: Option<String>,
    /// The rules remove the label `cluster`.
    pub(crate) is_without_cluster: bool,
}

impl LostSamples {
    pub(crate) fn of(entry: &Value) -> Self {
        Self {
            is_second_version: ["protobuf_message", "messageVersion"]
                .iter()
                .any(|key| is_second_version(&entry[*key])),
            dropping_rule: dropping_rule(entry),
            is_without_cluster: removes_cluster(entry),
        }
    }
}

/// Whether it is the name of Remote write 2.0.
pub(crate) fn is_second_version(message: &Value) -> bool {
    SECOND_VERSION.iter().any(|second| message == second)
}

/// The rule of this remote write that drops every sample.
pub(crate) fn dropping_rule(entry: &Value) -> Option<String> {
    let (key, rules) = rules(entry)?;
    let index = rules.iter().position(drops_everything)?;
    Some(format!("{key}[{index}]"))
}

fn rules(entry: &Value) -> Option<(&'static str, &Vec<Value>)> {
    let keys = ["write_relabel_configs", "writeRelabelConfigs"].into_iter();
    keys.filter_map(|key| Some((key, entry.get(key)?.as_sequence()?)))
        .next()
}

fn drops_everything(rule: &Value) -> bool {
    let action = action(rule);
    let regex = regex_of(rule);
    let labels = ["source_labels", "sourceLabels"]
        .iter()
        .find_map(|key| rule.get(*key)?.as_sequence());
    let labels = labels.filter(|labels| !labels.is_empty());
    match (action.as_str(), labels) {
        // Without source labels the expression is compared with an empty text, whatever the sample is.
        ("drop", None) => matches(regex, "") == Some(true),
        ("keep", None) => matches(regex, "") == Some(false),
        ("drop", Some(labels)) => {
            // Every sample has a name.
            let is_of_name = labels.iter().any(|label| label == "__name__");
            ANYTHING.contains(&regex) || (is_of_name && [".+", "(.+)"].contains(&regex))
        }
        _ => false,
    }
}

fn removes_cluster(entry: &Value) -> bool {
    let rules = rules(entry).map(|(_, rules)| rules).into_iter().flatten();
    // Rules run in order, so a later one can set the label again.
    rules.fold(false, |is_removed, rule| {
        let matches = || matches(regex_of(rule), "cluster");
        let removes = match action(rule).as_str() {
            "labeldrop" => matches() == Some(true),
            "labelkeep" => matches() == Some(false),
            _ => false,
        };
        removes || (is_removed && constant_cluster(rule).is_none())
    })
}

fn action(rule: &Value) -> String {
    rule.get("action")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_lowercase()
}

fn regex_of(rule: &Value) -> &str {
    match rule.get("regex") {
        None => "(.*)",
        Some(regex) => regex.as_str().unwrap_or_default(),
    }
}

/// Whether the whole text matches; `None` for an expression that is not read here.
fn matches(regex: &str, text: &str) -> Option<bool> {
    let regex = Regex::new(&format!("^(?s:{regex})$")).ok()?;
    Some(regex.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(rules: &str) -> LostSamples {
        let text = format!("write_relabel_configs: {rules}");
        LostSamples::of(&serde_yaml::from_str(&text).unwrap())
    }

    #[test]
    fn a_rule_that_drops_every_sample_is_found() {
        for (rule, drops) in [
            ("{action: drop}", true),
            ("{action: drop, regex: '.*'}", true),
            ("{action: Drop, source_labels: [__name__], regex: .+}", true),
            ("{action: drop, source_labels: [job], regex: '(.*)'}", true),
            // The source labels were forgotten.
            ("{action: keep, regex: up}", true),
            ("{action: drop, regex: up}", false),
            ("{action: keep}", false),
            ("{action: drop, source_labels: [job], regex: .+}", false),
            (
                "{action: drop, source_labels: [__name__], regex: go_.*}",
                false,
            ),
            (
                "{action: keep, source_labels: [__name__], regex: up}",
                false,
            ),
        ] {
            let found = lost(&format!("[{{target_label: a}}, {rule}]")).dropping_rule;

            assert_eq!(found.is_some(), drops, "{rule}");
            assert!(found.is_none_or(|path| path == "write_relabel_configs[1]"));
        }
    }

    #[test]
    fn rules_that_remove_the_cluster_are_found() {
        for (rules, removes) in [
            ("[{action: labeldrop, regex: cluster}]", true),
            ("[{action: labeldrop, regex: 'c.*|b'}]", true),
            ("[{action: labelkeep, regex: '__name__|job'}]", true),
            ("[{action: labelkeep, regex: '__name__|cluster'}]", false),
            ("[{action: labeldrop, regex: clusters}]", false),
            (
                "[{action: labeldrop, regex: cluster}, {target_label: cluster, replacement: eu}]",
                false,
            ),
            (
                "[{target_label: cluster, replacement: eu}, {action: labeldrop, regex: cluster}]",
                true,
            ),
        ] {
            assert_eq!(lost(rules).is_without_cluster, removes, "{rules}");
        }
    }

    #[test]
    fn remote_write_2_is_found_in_either_spelling() {
        for text in [
            "protobuf_message: io.prometheus.write.v2.Request",
            "messageVersion: V2.0",
        ] {
            let entry = serde_yaml::from_str(text).unwrap();
            assert!(LostSamples::of(&entry).is_second_version, "{text}");
        }
        assert_eq!(lost("[]"), LostSamples::default());
    }
}
