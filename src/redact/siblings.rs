//! The entries of a map that decide whether others of it are secrets.

use super::places::is_private_name;
use super::yaml_value::YamlValue;

/// At least one of these names the place of a value.
pub(super) const NAMES: [&str; 4] = ["name", "secretName", "path", "audience"];

/// Who signs in with the `key` of the same map.
const OWNERS: [&str; 9] = [
    "access",
    "account",
    "ca",
    "cert",
    "certificate",
    "client",
    "id",
    "user",
    "username",
];

#[derive(Clone, Copy, Default)]
pub(super) struct SiblingEntries<'n> {
    pub(super) kind: Option<&'n str>,
    /// What an item is called: a variable, a parameter, a header.
    pub(super) name: Option<&'n str>,
    pub(super) has_name: bool,
    pub(super) has_owner: bool,
}

impl<'n> SiblingEntries<'n> {
    pub(super) fn of(map: &'n YamlValue<'n>) -> Self {
        let text = |key| map.entry(key).and_then(YamlValue::text);
        Self {
            kind: text("kind"),
            name: text("name").or_else(|| text("key")),
            has_name: NAMES.iter().any(|name| map.entry(name).is_some()),
            has_owner: OWNERS.iter().any(|owner| map.entry(owner).is_some()),
        }
    }

    /// Those of a comment, with those of the map that it is in.
    pub(super) fn within(self, outer: Self) -> Self {
        Self {
            kind: self.kind.or(outer.kind),
            name: self.name.or(outer.name),
            has_name: self.has_name || outer.has_name,
            has_owner: self.has_owner || outer.has_owner,
        }
    }

    pub(super) fn decides(&self) -> bool {
        self.kind == Some("Secret") || self.has_owner || self.name.is_some_and(is_private_name)
    }
}
