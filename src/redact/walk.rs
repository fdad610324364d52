//! Goes through the values of a text, knows the keys that each is below of, and hides those that are secret.

use std::collections::{HashMap, HashSet};

use granit_parser::ScalarStyle;

use super::arguments::{
    ProgramFound, SHORT_PASSWORD, is_login_flag, is_place_or_number, is_secret_flag,
};
use super::commands::secret_arguments;
use super::comment_places::{CommentPlaces, MapPlace};
use super::edits::LineEdits;
use super::keys::{KeyClass, classify, words};
use super::nesting::Nesting;
use super::places::{
    is_below_headers, is_below_parameters, is_key_parent, is_parameters, is_private_name,
    is_public_parameter, is_spec, is_webhook,
};
use super::scalar::{clean_scalar, start_with_anchor};
use super::siblings::{NAMES, SiblingEntries};
use super::urls::{PLACEHOLDER, is_shown};
use super::values::is_random;
use super::yaml_value::{YamlValue, YamlValueKind};

/// What a map has about a Kubernetes Secret or a file with the value, not the value itself.
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

/// Settings that a map with a secret has and that are none.
const SETTINGS: [&str; 5] = ["apiVersion", "create", "enabled", "kind", "type"];

pub(super) struct SecretWalk<'n, 't, 'e> {
    text: &'t str,
    nesting: Nesting,
    edits: &'e mut LineEdits<'t>,
    /// The keys above a value, the outermost first.
    above: Vec<&'n str>,
    classes: HashMap<&'n str, KeyClass>,
    /// Values that an alias can refer to.
    anchors: HashMap<usize, &'n YamlValue<'n>>,
    aliased: &'n HashSet<usize>,
    /// Of them those that an alias makes the value of a secret key.
    secret_anchors: Vec<usize>,
    /// The map that a comment is in, if this is one.
    outer: Option<MapPlace<'n>>,
    /// How many keys are above the comment itself.
    outer_keys: usize,
    /// Where comments are judged from; None where there are none.
    places: Option<CommentPlaces<'n>>,
    /// The number of the map that is read.
    map: Option<usize>,
}

impl<'n, 't, 'e> SecretWalk<'n, 't, 'e> {
    pub(super) fn new(
        text: &'t str,
        aliased: &'n HashSet<usize>,
        nesting: Nesting,
        edits: &'e mut LineEdits<'t>,
    ) -> Self {
        Self {
            text,
            nesting,
            edits,
            above: Vec::new(),
            classes: HashMap::new(),
            anchors: HashMap::new(),
            aliased,
            secret_anchors: Vec::new(),
            outer: None,
            outer_keys: 0,
            places: None,
            map: None,
        }
    }

    /// For a text whose comments are read afterwards.
    pub(super) fn with_places(self) -> Self {
        Self {
            places: Some(CommentPlaces::default()),
            ..self
        }
    }

    /// For the text of a comment in this map, which has these keys above it.
    pub(super) fn within(self, map: MapPlace<'n>, above: Vec<&'n str>) -> Self {
        Self {
            outer: Some(map),
            outer_keys: above.len(),
            above,
            ..self
        }
    }

    /// None if the places of the values are not those of the text.
    pub(super) fn documents(mut self, documents: &'n [YamlValue<'n>]) -> Option<CommentPlaces<'n>> {
        let is_secret = self.outer.is_some_and(|map| map.is_secret);
        for document in documents {
            self.value(document, is_secret)?;
        }
        let places = self.places.take().unwrap_or_default();
        let mut done = HashSet::new();
        while let Some(anchor) = self.secret_anchors.pop() {
            if done.insert(anchor)
                && let Some(node) = self.anchors.get(&anchor).copied()
            {
                self.above.clear();
                self.value(node, true)?;
            }
        }
        Some(places)
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
        let own_key = self.above.last().copied().unwrap_or_default();
        // `remoteRef` of the External Secrets Operator has a key and a property.
        let is_secret = is_secret && !is_reference(entries) && !own_key.ends_with("Ref");
        // Looked up once: a map can have a hundred thousand entries.
        let siblings = self.siblings(map);
        let parent = self.map;
        let number = self
            .places
            .as_mut()
            .map(|places| places.add_map(parent, own_key, siblings, is_secret));
        self.map = number;
        let is_parameter = is_below_parameters(self.above.iter().copied());
        for (key, value) in entries {
            self.value(key, false)?;
            let name = key.text().unwrap_or_default();
            let is_secret = match self.class(name) {
                _ if is_parameter => !is_public_parameter(name),
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
            if let (Some(places), Some(number)) = (&mut self.places, number) {
                let has_secret = is_secret && value.is_flat();
                let is_hidden = has_secret && !value.text().is_some_and(is_shown);
                let at = key.range.start;
                places.add_key(self.text, number, at, (has_secret, is_hidden));
            }
            self.above.push(name);
            self.value(value, is_secret)?;
            self.above.pop();
            self.map = number;
        }
        self.map = parent;
        Some(())
    }

    /// Those of a comment count together with those of the map that it is in.
    fn siblings(&self, map: &'n YamlValue<'n>) -> SiblingEntries<'n> {
        let own = SiblingEntries::of(map);
        match self.outer {
            Some(outer) if self.above.len() == self.outer_keys => own.within(outer.siblings),
            _ => own,
        }
    }

    fn list(&mut self, items: &'n [YamlValue<'n>], is_secret: bool) -> Option<()> {
        let (mut follows_flag, mut follows_login, mut follows_short) = (false, false, false);
        let is_command = self
            .above
            .last()
            .is_some_and(|key| ["args", "command"].contains(key));
        // `docker login -p` takes a password; elsewhere `-p` is mostly a port.
        let signs_in = items.iter().any(|item| item.text() == Some("login"));
        let program = ProgramFound::of(items.iter().filter_map(YamlValue::text));
        let texts: Vec<&str> = items
            .iter()
            .map(|item| item.text().unwrap_or_default())
            .collect();
        let of_command = secret_arguments(&texts);
        for (item, is_argument) in items.iter().zip(of_command) {
            let text = item.text().unwrap_or_default();
            let is_login = follows_login && text.contains(':');
            let is_short = follows_short && (signs_in || !is_place_or_number(text));
            let is_value = (follows_flag || is_login || is_short) && !text.starts_with('-')
                || program.attached_secret(text).is_some();
            self.value(item, is_secret || is_value || is_argument)?;
            follows_flag = is_secret_flag(text) || program.takes_secret(text);
            follows_short = is_command && text == SHORT_PASSWORD;
            follows_login = is_login_flag(text);
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
        if let Some((range, clean)) = clean_scalar(self.text, node, self.nesting)? {
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
        // A comment calls it `old value` too.
        let last = self.outer.and_then(|_| words(name).pop());
        match last.as_deref().unwrap_or(name) {
            // A ConfigMap has `data`, too.
            "data" => siblings.kind == Some("Secret"),
            "value" | "values" if value.is_flat() => {
                siblings.name.is_some_and(is_private_name)
                    || siblings.name.is_none() && is_below_headers(&self.above)
            }
            // The value of a private variable may be merged into it.
            "<<" => siblings.name.is_some_and(is_private_name),
            "secrets" => is_below_headers(&self.above),
            "key" => value
                .text()
                .is_some_and(|value| !siblings.has_name && self.is_private_key(siblings, value)),
            "url" | "urls" => is_webhook(&self.above),
            name if is_parameters(name) => value.is_flat(),
            _ => {
                let parent = self.above.last().map_or("", |parent| parent);
                parent == "headers" && value.is_flat() && !is_public_header(name)
            }
        }
    }

    /// The private key itself; a file, a Kubernetes Secret and a selector have other keys next to it.
    fn is_private_key(&self, siblings: &SiblingEntries, value: &str) -> bool {
        // What names a label, a file or a part of a Secret has no other characters.
        let is_name = |each: char| each.is_ascii_alphanumeric() || "-_./".contains(each);
        siblings.has_owner
            || is_key_parent(&self.above)
            || is_random(value)
            || !value.chars().all(is_name) && !value.contains("{{")
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

/// Headers that describe a request; of others, such as `X-Vault`, nothing is known.
fn is_public_header(name: &str) -> bool {
    const WORDS: [&str; 20] = [
        "accept", "agent", "bcc", "cache", "cc", "content", "date", "encoding", "from", "host",
        "language", "org", "origin", "reply", "scope", "subject", "tenant", "to", "type",
        "version",
    ];
    words(name)
        .iter()
        .any(|word| WORDS.contains(&word.as_str()))
}

fn is_reference(entries: &[(YamlValue, YamlValue)]) -> bool {
    let names = || {
        entries
            .iter()
            .map(|(key, _)| key.text().unwrap_or_default())
    };
    names().all(|name| OF_REFERENCES.contains(&name)) && names().any(|name| NAMES.contains(&name))
}
