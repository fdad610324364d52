//! What Prometheus refuses in a relabeling rule: `relabel.Config.Validate`.

use serde_yaml::{Mapping, Value};

use crate::target::Spelling;
use crate::text::filled_in::is_filled_in;

/// The action of a rule that names none.
const DEFAULT_ACTION: &str = "replace";

/// What an action needs.
struct RelabelAction {
    name: &'static str,
    required: &'static [&'static str],
    /// The only keys that it may have; `None` where it may have all.
    allowed: Option<&'static [&'static str]>,
}

const fn action(name: &'static str, required: &'static [&'static str]) -> RelabelAction {
    RelabelAction {
        name,
        required,
        allowed: None,
    }
}

impl RelabelAction {
    const fn only(self, allowed: &'static [&'static str]) -> Self {
        Self {
            allowed: Some(allowed),
            ..self
        }
    }
}

/// Prometheus reads the names without upper and lower case.
const ACTIONS: [RelabelAction; 11] = [
    action(DEFAULT_ACTION, &["target_label"]),
    action("keep", &[]),
    action("drop", &[]),
    action("hashmod", &["target_label", "modulus"]),
    action("labelmap", &[]),
    action("labeldrop", &[]).only(&["regex"]),
    action("labelkeep", &[]).only(&["regex"]),
    action("lowercase", &["target_label"]),
    action("uppercase", &["target_label"]),
    action("keepequal", &["target_label"]).only(&["source_labels", "target_label"]),
    action("dropequal", &["target_label"]).only(&["source_labels", "target_label"]),
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
    let Some(known) = ACTIONS.iter().find(|known| known.name == lower) else {
        let names = ACTIONS.map(|known| known.name).join(", ");
        return Some(format!("`action` is not one of {names}"));
    };
    let value = |name: &str| {
        rule.get(spelling.key(name).as_str())
            .filter(|value| !value.is_null())
    };
    let lacks = |name: &&&str| match value(name) {
        Some(value) => *value == "" || (**name == "modulus" && *value == 0),
        None => true,
    };
    if let Some(missing) = known.required.iter().find(lacks) {
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
    let is_extra = |name: &&&str| {
        known.allowed.is_some_and(|allowed| !allowed.contains(name))
            && value(name).is_some_and(|value| !is_default(name, value))
    };
    if let Some(extra) = keys.iter().find(is_extra) {
        return Some(format!(
            "the action {lower} may not have `{}`",
            spelling.key(extra)
        ));
    }
    text("regex").and_then(regex_fault)
}

/// A key with its default counts as absent: Prometheus compares the values, and some tools write all of them.
fn is_default(name: &str, value: &Value) -> bool {
    match name {
        "separator" => value == ";",
        // Prometheus compares compiled expressions by their address, so even the default counts as set.
        "regex" => false,
        "replacement" => value == "$1",
        "modulus" => *value == 0,
        "target_label" => value == "",
        _ => value.as_sequence().is_some_and(Vec::is_empty),
    }
}

/// Only what the Go library refuses for certain: the two libraries differ in what they read in brackets, braces and escapes.
fn regex_fault(regex: &str) -> Option<String> {
    if is_filled_in(regex) || regex.contains(['[', '\\', '{']) {
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
