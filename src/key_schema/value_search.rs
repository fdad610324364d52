//! Which values below a map of the table have another form than the table says, or break a rule of their map?

use serde_yaml::{Mapping, Value};

use super::key_map::{KeyContent, KeyMap, KeyRule, KnownKey, is_variable};
use super::value_form::ValueForm;
use crate::target::{PathSegment, Spelling};

/// Where below the map a value is, and why it is refused.
pub(crate) type ValueFault = (Vec<PathSegment>, String);

/// All faults of a map, in the order of its keys.
pub(super) fn faults_of(map: &KeyMap, found: &Value, spelling: Spelling) -> Vec<ValueFault> {
    let mut search = ValueSearch {
        spelling,
        path: Vec::new(),
        found: Vec::new(),
    };
    search.map(map, found);
    search.found
}

struct ValueSearch {
    spelling: Spelling,
    path: Vec<PathSegment>,
    found: Vec<ValueFault>,
}

impl ValueSearch {
    fn map(&mut self, map: &KeyMap, found: &Value) {
        let Some(entries) = found.as_mapping() else {
            return;
        };
        for (name, value) in entries {
            let Some(name) = name.as_str() else { continue };
            // Without a value a key has its default.
            if value.is_null() || is_variable(value) {
                continue;
            }
            if let Some(known) = map.get(name) {
                self.at(name, |search| search.key(known, value));
            }
        }
        for rule in map.rules.iter().copied().flatten() {
            self.rule(rule, entries);
        }
    }

    fn key(&mut self, known: &KnownKey, value: &Value) {
        let name = known.name;
        match &known.below {
            // Of a map of texts, the one is named that is none.
            KeyContent::Value if matches!(known.form, ValueForm::TextMap) => {
                self.each_named(name, value, |search, own, value| {
                    search.form(own, ValueForm::Text, value);
                });
            }
            KeyContent::Value => self.form(name, known.form, value),
            KeyContent::Map(below) => self.only_map(name, below, value),
            KeyContent::List(below) => self.list(name, below, value),
            KeyContent::Named(below) => {
                self.each_named(name, value, |search, own, value| {
                    search.only_map(own, below, value);
                });
            }
            KeyContent::NamedLists(below) => {
                self.each_named(name, value, |search, own, value| {
                    search.list(own, below, value);
                });
            }
        }
    }

    fn form(&mut self, name: &str, form: ValueForm, value: &Value) {
        if let Some(expected) = form.expected(value, self.spelling) {
            self.add(format!("`{name}` is not {expected}"));
        }
    }

    fn only_map(&mut self, name: &str, below: &KeyMap, value: &Value) {
        match value.is_mapping() {
            true => self.map(below, value),
            false => self.add(format!("`{name}` is no map")),
        }
    }

    fn list(&mut self, name: &str, below: &KeyMap, value: &Value) {
        let Some(items) = value.as_sequence() else {
            return self.add(format!("`{name}` is no list"));
        };
        for (index, item) in items.iter().enumerate() {
            self.path.push(PathSegment::Item(index));
            match item.is_mapping() {
                true => self.map(below, item),
                false if is_variable(item) => {}
                false => self.add(format!("an item of `{name}` is empty or no map")),
            }
            self.path.pop();
        }
    }

    /// Each value of a map of the user's own names.
    fn each_named(&mut self, name: &str, found: &Value, judge: impl Fn(&mut Self, &str, &Value)) {
        let Some(entries) = found.as_mapping() else {
            return self.add(format!("`{name}` is no map"));
        };
        for (own, value) in entries {
            let Some(own) = own.as_str() else { continue };
            if !value.is_null() && !is_variable(value) {
                self.at(own, |search| judge(search, own, value));
            }
        }
    }

    fn rule(&mut self, rule: &KeyRule, entries: &Mapping) {
        let value = |key: &str| entries.get(key).unwrap_or(&Value::Null);
        match rule {
            KeyRule::OneAtMost(keys) => {
                let mut set = keys.iter().filter(|key| is_set(value(key)));
                if let (Some(first), Some(second)) = (set.next(), set.next()) {
                    let fault =
                        format!("it has `{first}` and `{second}`, and only one of them is allowed");
                    self.at(second, |search| search.add(fault));
                }
            }
            KeyRule::Needs(key, others) => {
                let is_given =
                    |other: &&str| !matches!(value(other), Value::Null | Value::Bool(false));
                if is_set(value(key)) && !others.iter().any(is_given) {
                    let others = others.iter().map(|other| format!("`{other}`"));
                    let others: Vec<String> = others.collect();
                    let fault = format!("`{key}` needs {}", joined(&others));
                    self.at(key, |search| search.add(fault));
                }
            }
            KeyRule::Required(key) => {
                let is_missing = value(key).is_null() || *value(key) == "";
                if is_missing {
                    let above = match self.path.last() {
                        Some(PathSegment::Key(name)) => format!("`{name}`"),
                        _ => "it".to_owned(),
                    };
                    self.add(format!("{above} has no `{key}`"));
                }
            }
            KeyRule::InOrder(least, most) => {
                let texts = value(least).as_str().zip(value(most).as_str());
                if texts.is_some_and(|(least, most)| least > most) {
                    let fault = format!("`{least}` is above `{most}`");
                    self.at(least, |search| search.add(fault));
                }
            }
        }
    }

    fn at(&mut self, key: &str, judge: impl FnOnce(&mut Self)) {
        self.path.push(PathSegment::Key(key.to_owned()));
        judge(self);
        self.path.pop();
    }

    fn add(&mut self, fault: String) {
        self.found.push((self.path.clone(), fault));
    }
}

/// Whether a key counts as configured. What another program fills in may be empty.
fn is_set(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty() && !is_variable(value),
        Value::Sequence(items) => !items.is_empty(),
        Value::Mapping(map) => !map.is_empty(),
        _ => true,
    }
}

fn joined(names: &[String]) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    crate::text::word_list::joined(&names, "or")
}
