//! The keys that Prometheus and the Operator know: the top of a prometheus.yml, `global`, and a remote write with everything
//! below it, each with the first version that has it. What is below `scrape_configs` and the other sections is not described.

mod entry_rules;
mod operator;
mod prometheus;
mod respelling;
mod strays;

use super::Number;
use crate::similar_name::nearest;
use crate::target::Spelling;

pub(crate) use entry_rules::broken_rules;
pub(crate) use prometheus::{GLOBAL, TOP};
pub(crate) use respelling::respelled;
pub(crate) use strays::{KeyFault, Stray, strays};

/// The keys that a map may have.
#[derive(Debug)]
pub(crate) struct KeyMap {
    keys: &'static [KnownKey],
}

/// One key, and what may be below it.
#[derive(Debug)]
pub(crate) struct KnownKey {
    pub(crate) name: &'static str,
    below: KeyContent,
    /// The first Prometheus that knows it; `None` where every version does that can write to Azure.
    since: Option<Number>,
    /// Other names that are mistaken for it and mean the same, without case and underscores.
    aliases: &'static [&'static str],
}

/// What may be below a key.
#[derive(Debug)]
enum KeyContent {
    /// A single value, or a map or list of the user's own names.
    Anything,
    Map(&'static KeyMap),
    /// A list of maps.
    List(&'static KeyMap),
}

const fn key(name: &'static str) -> KnownKey {
    KnownKey {
        name,
        below: KeyContent::Anything,
        since: None,
        aliases: &[],
    }
}

const fn map(name: &'static str, below: &'static KeyMap) -> KnownKey {
    KnownKey {
        below: KeyContent::Map(below),
        ..key(name)
    }
}

const fn list(name: &'static str, below: &'static KeyMap) -> KnownKey {
    KnownKey {
        below: KeyContent::List(below),
        ..key(name)
    }
}

impl KnownKey {
    const fn since(self, major: u64, minor: u64) -> Self {
        Self {
            since: Some((major, minor, 0)),
            ..self
        }
    }

    const fn or(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }
}

impl KeyMap {
    /// The keys of a remote write in this spelling.
    pub(crate) fn of_entry(spelling: Spelling) -> &'static Self {
        match spelling {
            Spelling::Prometheus => &prometheus::ENTRY,
            Spelling::Operator => &operator::ENTRY,
        }
    }

    fn get(&self, name: &str) -> Option<&'static KnownKey> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The key that this name is a wrong spelling of: other case, underscores or hyphens, or another program's name.
    fn respelled(&self, name: &str) -> Option<&'static KnownKey> {
        let plain = plain(name);
        let is_it = |key: &&KnownKey| {
            self::plain(key.name) == plain || key.aliases.contains(&plain.as_str())
        };
        self.keys.iter().find(is_it)
    }

    /// The key that looks most like this name, if any does.
    fn near(&self, name: &str) -> Option<&'static str> {
        nearest(name, self.keys.iter().map(|key| key.name))
    }
}

/// Without what spellings differ in.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|each| !matches!(each, '_' | '-' | ' '));
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_listed_twice_and_no_alias_is_a_key() {
        fn check(map: &KeyMap) {
            for (index, key) in map.keys.iter().enumerate() {
                let others = || map.keys.iter().take(index);
                assert!(others().all(|other| plain(other.name) != plain(key.name)));
                let is_key = |alias: &&str| map.keys.iter().any(|key| plain(key.name) == *alias);
                assert!(!key.aliases.iter().any(is_key), "{}", key.name);
                assert!(key.aliases.iter().all(|alias| plain(alias) == *alias));
                if let KeyContent::Map(below) | KeyContent::List(below) = &key.below {
                    check(below);
                }
            }
        }
        for map in [&TOP, &GLOBAL, &prometheus::ENTRY, &operator::ENTRY] {
            check(map);
        }
    }
}
