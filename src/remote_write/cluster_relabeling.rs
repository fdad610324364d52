//! A remote write that sets the label `cluster` itself, by relabeling what it sends.

use serde_yaml::Value;

use crate::target::{EntryPlace, Position, at_path, is_spelled};

/// The label `cluster` that the remote write at this place gives to every sample.
pub(crate) fn relabeled_cluster(found: &Value, place: EntryPlace) -> Option<&str> {
    let Position::At(index) = place.position else {
        return None;
    };
    let entry = at_path(found, place.list)?.get(index)?;
    let rules = value_of(entry, "write_relabel_configs")?.as_sequence()?;
    // Rules run in order, and relabeling comes after external labels are added, so the last rule counts.
    rules.iter().rev().find_map(constant_cluster)
}

/// What a rule writes into `cluster` whatever a sample has.
pub(super) fn constant_cluster(rule: &Value) -> Option<&str> {
    let is_target = value_of(rule, "target_label")?.as_str() == Some("cluster");
    let action = rule.get("action").and_then(Value::as_str);
    let is_replace = action.is_none_or(|action| action.eq_ignore_ascii_case("replace"));
    let depends = value_of(rule, "source_labels").is_some() || rule.get("regex").is_some();
    let value = rule.get("replacement")?.as_str()?;
    let is_constant = !value.is_empty() && !value.contains(['$', '{']);
    (is_target && is_replace && !depends && is_constant).then_some(value)
}

/// The value of Prometheus' key `native`, in whichever spelling.
fn value_of<'v>(map: &'v Value, native: &str) -> Option<&'v Value> {
    let mut keys = map.as_mapping()?.iter();
    let is_it = |key: &Value| key.as_str().is_some_and(|key| is_spelled(key, native));
    keys.find_map(|(key, value)| is_it(key).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_rule_that_holds_for_every_sample_sets_the_cluster() {
        let place = EntryPlace {
            list: &["remote_write"],
            position: Position::At(0),
        };
        let cluster = |rules: &str| {
            let text = format!("remote_write: [{{write_relabel_configs: {rules}}}]");
            let found: Value = serde_yaml::from_str(&text).unwrap();
            relabeled_cluster(&found, place).map(str::to_owned)
        };

        for (rules, expected) in [
            ("[{target_label: cluster, replacement: eu}]", Some("eu")),
            (
                "[{target_label: cluster, replacement: eu}, {action: labeldrop, regex: a}]",
                Some("eu"),
            ),
            (
                "[{targetLabel: cluster, replacement: eu, action: Replace}]",
                Some("eu"),
            ),
            ("[{target_label: cluster, replacement: $1}]", None),
            (
                "[{target_label: cluster, replacement: eu, source_labels: [a]}]",
                None,
            ),
            ("[{target_label: region, replacement: eu}]", None),
            ("[]", None),
        ] {
            assert_eq!(cluster(rules).as_deref(), expected, "{rules}");
        }
    }
}
