//! What Prometheus refuses in a relabeling rule: `relabel.Config.Validate`.

use serde_yaml::{Mapping, Value};

use super::go_regex;
use crate::target::Spelling;
use crate::text::filled_in::is_filled_in;

/// The action of a rule that names none.
const DEFAULT_ACTION: &str = "replace";

/// What an action needs.
struct RelabelAction {
    name: &'static str,
    /// The other spelling that the schema of the Operator has.
    capitalized: &'static str,
    required: &'static [&'static str],
    /// The only keys that it may have; `None` where it may have all.
    allowed: Option<&'static [&'static str]>,
}

const fn action(
    name: &'static str,
    capitalized: &'static str,
    required: &'static [&'static str],
) -> RelabelAction {
    RelabelAction {
        name,
        capitalized,
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

/// Prometheus reads the names without upper and lower case; the Operator has the two spellings.
const ACTIONS: [RelabelAction; 11] = [
    action(DEFAULT_ACTION, "Replace", &["target_label"]),
    action("keep", "Keep", &[]),
    action("drop", "Drop", &[]),
    action("hashmod", "HashMod", &["target_label", "modulus"]),
    action("labelmap", "LabelMap", &[]),
    action("labeldrop", "LabelDrop", &[]).only(&["regex"]),
    action("labelkeep", "LabelKeep", &[]).only(&["regex"]),
    action("lowercase", "Lowercase", &["target_label"]),
    action("uppercase", "Uppercase", &["target_label"]),
    action("keepequal", "KeepEqual", &["target_label"]).only(&["source_labels", "target_label"]),
    action("dropequal", "DropEqual", &["target_label"]).only(&["source_labels", "target_label"]),
];

/// The keys of a rule but its action.
const KEYS: [&str; 6] = [
    "source_labels",
    "separator",
    "regex",
    "modulus",
    "target_label",
    "replacement",
];

/// Why Prometheus refuses the rule, if it does.
pub(super) fn fault(rule: &Mapping, spelling: Spelling) -> Option<String> {
    let rule = RuleKeys { rule, spelling };
    if let Some(fault) = rule.form_fault() {
        return Some(fault);
    }
    let action = rule.text("action").unwrap_or(DEFAULT_ACTION);
    if is_filled_in(action) {
        return None;
    }
    let lower = action.to_lowercase();
    let is_spelled = |known: &&RelabelAction| match spelling {
        Spelling::Prometheus => true,
        Spelling::Operator => action == known.name || action == known.capitalized,
    };
    let mut known = ACTIONS.iter().filter(|known| known.name == lower);
    let Some(known) = known.find(is_spelled) else {
        let names = ACTIONS.map(|known| known.name).join(", ");
        return Some(format!("`action` is not one of {names}"));
    };
    if let Some(missing) = known.required.iter().find(|name| rule.lacks(name)) {
        return Some(format!(
            "the action {lower} needs `{}`",
            spelling.key(missing)
        ));
    }
    let is_extra = |name: &&&str| {
        known.allowed.is_some_and(|allowed| !allowed.contains(name)) && !rule.has_default(name)
    };
    if let Some(extra) = KEYS.iter().find(is_extra) {
        return Some(format!(
            "the action {lower} may not have `{}`",
            spelling.key(extra)
        ));
    }
    if let Some(fault) = rule.replacement_fault(&lower) {
        return Some(fault);
    }
    let regex = rule.text("regex").filter(|regex| !is_filled_in(regex))?;
    let why = go_regex::fault(regex)?;
    Some(format!("`regex` is no regular expression: {why}"))
}

struct RuleKeys<'a> {
    rule: &'a Mapping,
    spelling: Spelling,
}

impl<'a> RuleKeys<'a> {
    fn value(&self, name: &str) -> Option<&'a Value> {
        self.rule.get(self.spelling.key(name).as_str())
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.value(name).and_then(Value::as_str)
    }

    /// A list where a text belongs, or the reverse, and an action without a value.
    fn form_fault(&self) -> Option<String> {
        let key = |name| self.spelling.key(name);
        // Prometheus reads a number as text; the schema of the Operator does not.
        let is_text = |value: &Value| match value {
            Value::Null | Value::String(_) => true,
            Value::Number(_) | Value::Bool(_) => self.spelling == Spelling::Prometheus,
            _ => false,
        };
        let texts = ["separator", "regex", "target_label", "replacement"];
        let mut texts = texts.into_iter();
        if let Some(name) = texts.find(|name| self.value(name).is_some_and(|value| !is_text(value)))
        {
            return Some(format!("`{}` is no text", key(name)));
        }
        // An empty value replaces the default. The API server drops a field without one.
        let action = self
            .value("action")
            .filter(|_| self.spelling == Spelling::Prometheus);
        if action.is_some_and(|action| action.is_null() || action == "") {
            return Some("`action` is empty".to_owned());
        }
        if self
            .value("action")
            .is_some_and(|action| !action.is_null() && !action.is_string())
        {
            return Some("`action` is no text".to_owned());
        }
        let modulus = self.value("modulus").and_then(Value::as_i64);
        if modulus.is_some_and(|modulus| modulus < 0) {
            return Some("`modulus` is below 0".to_owned());
        }
        let labels = key("source_labels");
        match self.value("source_labels") {
            None | Some(Value::Null) => None,
            Some(Value::Sequence(items)) if items.iter().any(|item| item == "") => {
                Some(format!("`{labels}` has an empty name"))
            }
            Some(Value::Sequence(items)) if items.iter().all(is_text) => None,
            Some(Value::String(text)) if is_filled_in(text) => None,
            Some(_) => Some(format!("`{labels}` is no list of names")),
        }
    }

    fn lacks(&self, name: &str) -> bool {
        match self.value(name).filter(|value| !value.is_null()) {
            Some(value) => *value == "" || (name == "modulus" && *value == 0),
            None => true,
        }
    }

    /// A key with its default counts as absent: Prometheus compares the values, and some tools write all of them.
    fn has_default(&self, name: &str) -> bool {
        let Some(value) = self.value(name) else {
            return true;
        };
        let is_operated = self.spelling == Spelling::Operator;
        match name {
            // An empty value replaces these two by the empty text. The API server drops a field without one.
            "separator" | "replacement" if value.is_null() => is_operated,
            _ if value.is_null() => true,
            "separator" => value == ";",
            "replacement" => value == "$1",
            // Prometheus compares compiled expressions by their address, so even the default counts as set.
            "regex" => false,
            "modulus" => *value == 0,
            "target_label" => value == "",
            // The Operator leaves out an empty list; to Prometheus it counts as set.
            _ => is_operated && value.as_sequence().is_some_and(Vec::is_empty),
        }
    }

    /// Two actions take no replacement, and one needs it.
    fn replacement_fault(&self, action: &str) -> Option<String> {
        match action {
            "lowercase" | "uppercase" if !self.has_default("replacement") => {
                Some(format!("the action {action} may not have `replacement`"))
            }
            "labelmap" if self.text("replacement") == Some("") => {
                Some("the action labelmap needs `replacement`".to_owned())
            }
            _ => None,
        }
    }
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
                "`regex` is no regular expression: a `(` has no `)`",
            ),
            (
                "{action: drop, regex: '*a'}",
                "`regex` is no regular expression: there is nothing before a repetition",
            ),
            ("{action: drop, regex: '[[]a{'}", ""),
            ("{action: drop, regex: 'a)|(b'}", ""),
            (
                "{action: drop, regex: '(?!a)'}",
                "`regex` is no regular expression: a group starts with `(?` and none of the forms that Prometheus knows; look-around is none",
            ),
            ("{action: drop, regex: '${R'}", ""),
        ] {
            let rule: Mapping = serde_yaml::from_str(rule).unwrap();
            let found = fault(&rule, Spelling::Prometheus).unwrap_or_default();
            assert_eq!(found, expected, "{rule:?}");
        }
    }
}
