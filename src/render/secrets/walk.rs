//! Goes through the values of a text, knows the keys that each is below of, and hides those that are secret.

use std::collections::{HashMap, HashSet};

use granit_parser::ScalarStyle;

use super::edits::LineEdits;
use super::keys::{KeyClass, classify, words};
use super::places::{is_private_name, is_spec};
use super::scalar::{clean_scalar, start_with_anchor};
use super::urls::{PLACEHOLDER, is_shown};
use super::values::is_secret_flag;
use super::yaml_value::{YamlValue, YamlValueKind};

/// What a map says of a Kubernetes Secret or of a file that has the value, not the value itself.
const OF_REFERENCES: [&str; 20] = [
    "apiVersion",
    "audience",
    "csi",
    "defaultMode",
    "driver",
    "enabled",
    "expirationSeconds",
    "items",
    "key",
    "kind",
    "mode",
    "mountPath",
    "name",
    "namespace",
    "optional",
    "path",
    "property",
    "readOnly",
    "secretName",
    "version",
];

/// Of these at least one names it.
const NAMES: [&str; 4] = ["name", "secretName", "path", "audience"];

/// Settings that a map with a secret has and that are none.
const SETTINGS: [&str; 5] = ["apiVersion", "create", "enabled", "kind", "type"];

pub(super) struct SecretWalk<'n, 't, 'e> {
    text: &'t str,
    depth: usize,
    edits: &'e mut LineEdits<'t>,
    /// The keys above a value, the outermost first.
    above: Vec<&'n str>,
    classes: HashMap<&'n str, KeyClass>,
    /// Values that an alias can stand for.
    anchors: HashMap<usize, &'n YamlValue<'n>>,
    aliased: &'n HashSet<usize>,
    /// Of them those that an alias makes the value of a secret key.
    secret_anchors: Vec<usize>,
}

impl<'n, 't, 'e> SecretWalk<'n, 't, 'e> {
    pub(super) fn new(
        text: &'t str,
        aliased: &'n HashSet<usize>,
        depth: usize,
        edits: &'e mut LineEdits<'t>,
    ) -> Self {
        Self {
            text,
            depth,
            edits,
            above: Vec::new(),
            classes: HashMap::new(),
            anchors: HashMap::new(),
            aliased,
            secret_anchors: Vec::new(),
        }
    }

    /// None if the places of the values are not those of the text.
    pub(super) fn documents(mut self, documents: &'n [YamlValue<'n>]) -> Option<()> {
        for document in documents {
            self.value(document, false)?;
        }
        let mut done = HashSet::new();
        while let Some(anchor) = self.secret_anchors.pop() {
            if done.insert(anchor)
                && let Some(node) = self.anchors.get(&anchor).copied()
            {
                self.above.clear();
                self.value(node, true)?;
            }
        }
        Some(())
    }

    fn value(&mut self, node: &'n YamlValue<'n>, is_secret: bool) -> Option<()> {
        if node.anchor != 0 {
            self.anchors.insert(node.anchor, node);
        }
        match &node.kind {
            YamlValueKind::Map(entries) => self.map(node, entries, is_secret),
            YamlValueKind::List(items) => self.list(items, is_secret),
            YamlValueKind::Scalar(_, value) if is_secret => self.secret(node, value),
            YamlValueKind::Scalar(..) => self.scalar(node),
            YamlValueKind::Alias(anchor) => {
                if is_secret {
                    self.secret_anchors.push(*anchor);
                }
                Some(())
            }
        }
    }

    fn map(
        &mut self,
        map: &'n YamlValue<'n>,
        entries: &'n [(YamlValue<'n>, YamlValue<'n>)],
        is_secret: bool,
    ) -> Option<()> {
        let is_secret = is_secret && !is_reference(entries);
        // Looked up once: a map can have a hundred thousand entries.
        let siblings = SiblingEntries::of(map);
        for (key, value) in entries {
            self.value(key, false)?;
            let name = key.text().unwrap_or_default();
            let is_secret = match self.class(name) {
                _ if self.is_secret_place(&siblings, name, value) => true,
                KeyClass::Reference => false,
                KeyClass::Secret => !self.names_secrets(name, value),
                KeyClass::SecretScalar => {
                    is_secret || value.is_flat() && !self.names_logins(name, value)
                }
                KeyClass::Neutral => is_secret && !SETTINGS.contains(&name),
            };
            if is_secret {
                self.unquoted(key, value)?;
            }
            self.above.push(name);
            self.value(value, is_secret)?;
            self.above.pop();
        }
        Some(())
    }

    fn list(&mut self, items: &'n [YamlValue<'n>], is_secret: bool) -> Option<()> {
        let mut follows_flag = false;
        for item in items {
            let text = item.text().unwrap_or_default();
            self.value(item, is_secret || follows_flag && !text.starts_with('-'))?;
            follows_flag = is_secret_flag(text);
        }
        Some(())
    }

    fn secret(&mut self, node: &YamlValue, value: &str) -> Option<()> {
        if is_shown(value) {
            return Some(());
        }
        // The lines of a text block are hidden, not the mark that begins it.
        let start = match node.kind {
            YamlValueKind::Scalar(ScalarStyle::Literal | ScalarStyle::Folded, _) => {
                node.range.start
            }
            _ if self.aliased.contains(&node.anchor) => node.range.start,
            _ => start_with_anchor(self.text, node.range.start),
        };
        let end = node.range.start + self.text.get(node.range.clone())?.trim_end().len();
        self.edits.mask(start..end)
    }

    fn scalar(&mut self, node: &YamlValue) -> Option<()> {
        if let Some((range, clean)) = clean_scalar(self.text, node, self.depth)? {
            match clean {
                Some(clean) => self.edits.replace(range, clean),
                None => self.edits.mask(range)?,
            }
        }
        Some(())
    }

    /// A password that begins with `&`, `!` or `#` and has no quotes is no value to YAML.
    fn unquoted(&mut self, key: &YamlValue, value: &YamlValue) -> Option<()> {
        if !value.range.is_empty() || value.text().is_none() {
            return Some(());
        }
        let line = self
            .text
            .get(key.range.end..)?
            .lines()
            .next()
            .unwrap_or_default();
        let Some((before, after)) = line.split_once(':') else {
            return Some(());
        };
        let content = after.trim();
        let is_password = content.starts_with(['&', '!'])
            || content.starts_with('#')
                && !content[1..].starts_with([' ', '#'])
                && content.len() > 1;
        if !before.trim().is_empty() || !is_password {
            return Some(());
        }
        let start = key.range.end + before.len() + 1 + after.len() - after.trim_start().len();
        self.edits.mask(start..start + content.len())
    }

    fn class(&mut self, name: &'n str) -> KeyClass {
        if name.contains(PLACEHOLDER) {
            return KeyClass::Neutral;
        }
        *self.classes.entry(name).or_insert_with(|| classify(name))
    }

    /// Whether the place of a value makes it a secret, whatever its key is called elsewhere.
    fn is_secret_place(&self, siblings: &SiblingEntries, name: &str, value: &YamlValue) -> bool {
        match name {
            "data" => siblings.kind == Some("Secret"),
            "value" | "values" if value.is_flat() => {
                siblings.name.is_some_and(is_private_name)
                    || siblings.name.is_none() && self.is_below_headers()
            }
            "secrets" => self.is_below_headers(),
            "key" => value
                .text()
                .is_some_and(|value| !siblings.has_name && self.is_private_key(value)),
            "url" | "urls" => {
                let parent = self.above.last().map_or("", |parent| parent);
                ["webhook_configs", "webhookConfigs"].contains(&parent)
            }
            _ => false,
        }
    }

    fn is_below_headers(&self) -> bool {
        let is_headers = |key: &&str| ["http_headers", "httpHeaders"].contains(key);
        self.above.iter().any(is_headers)
    }

    /// The private key itself; a file, a Kubernetes Secret and a selector have other keys next to it.
    fn is_private_key(&self, value: &str) -> bool {
        let parent = self.above.last().map_or("", |parent| parent);
        let of_tls = words(parent)
            .iter()
            .any(|word| ["tls", "ssl"].contains(&word.as_str()));
        of_tls || is_random(value)
    }

    /// The SNMP exporter takes the names of its logins there: `params: {auth: [public_v2]}`.
    fn names_logins(&self, name: &str, value: &YamlValue) -> bool {
        name == "auth" && value.text().is_none() && self.above.last() == Some(&"params")
    }

    /// Secrets of a resource are names of those that it mounts.
    fn names_secrets(&self, name: &str, value: &YamlValue) -> bool {
        let parent = self.above.last().map_or("", |parent| parent);
        name == "secrets" && is_spec(parent) && value.is_flat() && value.text().is_none()
    }
}

/// The entries of a map that decide about others.
struct SiblingEntries<'n> {
    kind: Option<&'n str>,
    /// What an item is called: a variable, a parameter, a header.
    name: Option<&'n str>,
    has_name: bool,
}

impl<'n> SiblingEntries<'n> {
    fn of(map: &'n YamlValue<'n>) -> Self {
        let text = |key| map.entry(key).and_then(YamlValue::text);
        Self {
            kind: text("kind"),
            name: text("name").or_else(|| text("key")),
            has_name: NAMES.iter().any(|name| map.entry(name).is_some()),
        }
    }
}

fn is_reference(entries: &[(YamlValue, YamlValue)]) -> bool {
    let names = || {
        entries
            .iter()
            .map(|(key, _)| key.text().unwrap_or_default())
    };
    names().all(|name| OF_REFERENCES.contains(&name)) && names().any(|name| NAMES.contains(&name))
}

/// Long, and of letters of both cases and digits: no word that a person made.
fn is_random(value: &str) -> bool {
    let is_part = |each: char| each.is_ascii_alphanumeric() || "+/=_-".contains(each);
    value.len() >= 20
        && value.chars().all(is_part)
        && value.contains(|each: char| each.is_ascii_digit())
        && value.contains(|each: char| each.is_ascii_uppercase())
        && value.contains(|each: char| each.is_ascii_lowercase())
}
