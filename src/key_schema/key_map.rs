//! What may a map of a configuration hold? The form in which known keys are listed.

use serde_yaml::Value;

use super::value_form::ValueForm;
use crate::compat::{Feature, Number};
use crate::similar_name::nearest;
use crate::text::filled_in::{is_filled_in, is_placeholder};

/// The keys that a map may have.
#[derive(Debug)]
pub(crate) struct KeyMap {
    pub(super) keys: &'static [KnownKey],
    /// Which of its keys go together.
    pub(super) rules: &'static [&'static [KeyRule]],
}

/// What holds for several keys of one map.
#[derive(Debug)]
pub(super) enum KeyRule {
    OneAtMost(&'static [&'static str]),
    /// The first is refused without one of the others.
    Needs(&'static str, &'static [&'static str]),
    Required(&'static str),
    /// The text of the first may not come after that of the second.
    InOrder(&'static str, &'static str),
}

/// One key, and what may be below it.
#[derive(Debug)]
pub(crate) struct KnownKey {
    pub(crate) name: &'static str,
    pub(super) below: KeyContent,
    pub(super) form: ValueForm,
    pub(super) since: Since,
    /// Other names that are mistaken for it and mean the same, without case and underscores.
    pub(super) aliases: &'static [&'static str],
}

/// Which Prometheus is the first that knows a key?
#[derive(Debug, Clone, Copy)]
pub(super) enum Since {
    /// Every version that can write to Azure.
    Always,
    Version(Number),
    /// A key that a connection can require: its version is in the table of `compat`.
    Feature(Feature),
}

/// What may be below a key.
#[derive(Debug)]
pub(super) enum KeyContent {
    /// What the form of the value says.
    Value,
    Map(&'static KeyMap),
    /// A list of maps.
    List(&'static KeyMap),
    /// A map from the user's own names to maps.
    Named(&'static KeyMap),
    /// A map from the user's own names to lists of maps.
    NamedLists(&'static KeyMap),
}

pub(super) const fn key(name: &'static str) -> KnownKey {
    KnownKey {
        name,
        below: KeyContent::Value,
        form: ValueForm::Any,
        since: Since::Always,
        aliases: &[],
    }
}

pub(super) const fn text(name: &'static str) -> KnownKey {
    key(name).in_form(ValueForm::Text)
}

pub(super) const fn texts(name: &'static str) -> KnownKey {
    key(name).in_form(ValueForm::Texts)
}

pub(super) const fn text_map(name: &'static str) -> KnownKey {
    key(name).in_form(ValueForm::TextMap)
}

pub(super) const fn named_texts(name: &'static str) -> KnownKey {
    key(name).in_form(ValueForm::NamedTexts)
}

pub(super) const fn map_of_any(name: &'static str) -> KnownKey {
    key(name).in_form(ValueForm::Map)
}

pub(super) const fn address(name: &'static str, schemes: &'static [&'static str]) -> KnownKey {
    key(name).in_form(ValueForm::Address(schemes))
}

pub(super) const fn limit(name: &'static str) -> KnownKey {
    key(name).in_form(ValueForm::Limit)
}

pub(super) const fn size(name: &'static str) -> KnownKey {
    key(name).in_form(ValueForm::Size)
}

pub(super) const fn duration(name: &'static str) -> KnownKey {
    key(name).in_form(ValueForm::Duration)
}

pub(super) const fn count(name: &'static str) -> KnownKey {
    key(name).in_form(ValueForm::Count)
}

pub(super) const fn modulus(name: &'static str) -> KnownKey {
    key(name).in_form(ValueForm::Modulus)
}

pub(super) const fn switch(name: &'static str) -> KnownKey {
    key(name).in_form(ValueForm::Switch)
}

pub(super) const fn one_of(name: &'static str, values: &'static [&'static str]) -> KnownKey {
    key(name).in_form(ValueForm::OneOf(values))
}

pub(super) const fn map(name: &'static str, below: &'static KeyMap) -> KnownKey {
    KnownKey {
        below: KeyContent::Map(below),
        ..key(name)
    }
}

pub(super) const fn list(name: &'static str, below: &'static KeyMap) -> KnownKey {
    KnownKey {
        below: KeyContent::List(below),
        ..key(name)
    }
}

pub(super) const fn named(name: &'static str, below: &'static KeyMap) -> KnownKey {
    KnownKey {
        below: KeyContent::Named(below),
        ..key(name)
    }
}

pub(super) const fn named_lists(name: &'static str, below: &'static KeyMap) -> KnownKey {
    KnownKey {
        below: KeyContent::NamedLists(below),
        ..key(name)
    }
}

impl KnownKey {
    pub(super) const fn in_form(self, form: ValueForm) -> Self {
        Self { form, ..self }
    }

    pub(super) const fn since(self, major: u64, minor: u64) -> Self {
        Self {
            since: Since::Version((major, minor, 0)),
            ..self
        }
    }

    pub(super) const fn of(self, feature: Feature) -> Self {
        Self {
            since: Since::Feature(feature),
            ..self
        }
    }

    /// The first Prometheus that knows it; `None` where every version does that can write to Azure.
    pub(super) fn first(&self) -> Option<Number> {
        match self.since {
            Since::Always => None,
            Since::Version(number) => Some(number),
            Since::Feature(feature) => Some(feature.first()),
        }
    }

    pub(super) const fn or(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }
}

impl KeyMap {
    pub(super) const fn of(keys: &'static [KnownKey]) -> Self {
        Self { keys, rules: &[] }
    }

    pub(super) const fn with_rules(self, rules: &'static [&'static [KeyRule]]) -> Self {
        Self { rules, ..self }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'static KnownKey> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The key that this name is a wrong spelling of: other case, underscores or hyphens, or another program's name.
    pub(super) fn respelled(&self, name: &str) -> Option<&'static KnownKey> {
        let plain = plain(name);
        let is_it = |key: &&KnownKey| {
            self::plain(key.name) == plain || key.aliases.contains(&plain.as_str())
        };
        self.keys.iter().find(is_it)
    }

    /// The key that looks most like this name, if any does.
    pub(super) fn near(&self, name: &str) -> Option<&'static str> {
        nearest(name, self.keys.iter().map(|key| key.name))
    }
}

/// Without what spellings differ in.
pub(super) fn plain(name: &str) -> String {
    let letters = name.chars().filter(|each| !matches!(each, '_' | '-' | ' '));
    letters.flat_map(char::to_lowercase).collect()
}

/// Whether another program fills the value in.
pub(super) fn is_variable(value: &Value) -> bool {
    // A tag such as `!vault` is an order to the program that reads the file first.
    matches!(value, Value::Tagged(_))
        || value
            .as_str()
            .is_some_and(|text| is_filled_in(text) || is_placeholder(text))
}
