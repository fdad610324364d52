//! What Prometheus refuses in a relabeling rule: `relabel.Config.Validate`.

use serde_yaml::{Mapping, Value};

use crate::target::Spelling;
use crate::text::filled_in::is_filled_in;

/// The action of a rule that names none.
const DEFAULT_ACTION: &str = "replace";

/// The actions with the keys that each must have and may have; Prometheus reads them without upper and lower case.
const ACTIONS: [(&str, &[&str], Option<&[&str]>); 11] = [
    (DEFAULT_ACTION, &["target_label"], None),
    ("keep", &[], None),
    ("drop", &[], None),
    ("hashmod", &["target_label", "modulus"], None),
    ("labelmap", &[], None),
    ("labeldrop", &[], Some(&["regex"])),
    ("labelkeep", &[], Some(&["regex"])),
    ("lowercase", &["target_label"], None),
    ("uppercase", &["target_label"], None),
    (
        "keepequal",
        &["target_label"],
        Some(&["source_labels", "target_label"]),
    ),
    (
        "dropequal",
        &["target_label"],
        Some(&["source_labels", "target_label"]),
    ),
];

/// Why Prometheus refuses the rule, if it does.
pub(super) fn fault(rule: &Mapping, spelling: Spelling) -> Option<String> {
    let text = |name: &str| {
        rule.get(spelling.key(name).as_str())
            .and_then(Value::as_str)
    };
    let action = text("action").unwrap_or(DEFAULT_ACTION);
    if is_filled_in(action) {
        return None;
    }
    let lower = action.to_lowercase();
    let Some((_, required, allowed)) = ACTIONS.iter().find(|(name, ..)| *name == lower) else {
        let names = ACTIONS.map(|(name, ..)| name).join(", ");
        return Some(format!("`action` is not one of {names}"));
    };
    let has = |name: &str| {
        rule.get(spelling.key(name).as_str())
            .is_some_and(|value| !value.is_null() && value != "" && value != &Value::from(0))
    };
    if let Some(missing) = required.iter().find(|name| !has(name)) {
        return Some(format!(
            "the action {lower} needs `{}`",
            spelling.key(missing)
        ));
    }
    let keys = [
        "source_labels",
        "separator",
        "regex",
        "modulus",
        "target_label",
        "replacement",
    ];
    let is_extra =
        |name: &&&str| allowed.is_some_and(|allowed| !allowed.contains(name)) && has(name);
    if let Some(extra) = keys.iter().find(is_extra) {
        return Some(format!(
            "the action {lower} may not have `{}`",
            spelling.key(extra)
        ));
    }
    text("regex").and_then(regex_fault)
}

/// Only what the Go library refuses for certain: the two libraries differ in what they read in brackets and escapes.
fn regex_fault(regex: &str) -> Option<String> {
    if is_filled_in(regex) || regex.contains(['[', '\\']) {
        return None;
    }
    let why = regex::Regex::new(regex).err()?.to_string();
    let certain = [
        "unclosed group",
        "unopened group",
        "repetition operator missing expression",
    ];
    let why = certain.into_iter().find(|certain| why.contains(certain))?;
    Some(format!("`regex` is no regular expression: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_prometheus_refuses_is_found() {
        for (rule, expected) in [
            ("{source_labels: [a], regex: b, action: drop}", ""),
            ("{regex: b, action: LabelDrop}", ""),
            ("{target_label: a, replacement: b}", ""),
            (
                "{source_labels: [a]}",
                "the action replace needs `target_label`",
            ),
            (
                "{action: hashmod, target_label: a, modulus: 0}",
                "the action hashmod needs `modulus`",
            ),
            (
                "{action: labeldrop, source_labels: [a]}",
                "the action labeldrop may not have `source_labels`",
            ),
            (
                "{action: keepequal, source_labels: [a], target_label: b, regex: c}",
                "the action keepequal may not have `regex`",
            ),
            (
                "{action: dorp, source_labels: [a]}",
                "`action` is not one of replace, keep, drop, hashmod, labelmap, labeldrop, labelkeep, lowercase, uppercase, keepequal, dropequal",
            ),
            (
                "{action: drop, regex: '(a'}",
                "`regex` is no regular expression: unclosed group",
            ),
            (
                "{action: drop, regex: '*a'}",
                "`regex` is no regular expression: repetition operator missing expression",
            ),
            ("{action: drop, regex: '[[]a{'}", ""),
            ("{action: drop, regex: '${R'}", ""),
        ] {
            let rule: Mapping = serde_yaml::from_str(rule).unwrap();
            let found = fault(&rule, Spelling::Prometheus).unwrap_or_default();
            assert_eq!(found, expected, "{rule:?}");
        }
    }
}
