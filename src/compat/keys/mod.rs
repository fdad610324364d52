//! The keys that Prometheus and the Operator know: the top of a prometheus.yml, `global`, and a remote write with everything
//! below it, each with the first version that has it. What is below `scrape_configs` and the other sections is not described.

mod entry_rules;
mod key_map;
mod operator;
mod prometheus;
mod respelling;
mod strays;

use crate::target::Spelling;

pub(crate) use entry_rules::broken_rules;
pub(crate) use key_map::KeyMap;
pub(crate) use prometheus::{GLOBAL, TOP};
pub(crate) use respelling::respelled;
pub(crate) use strays::{KeyFault, Stray, strays};

impl KeyMap {
    /// The keys of a remote write in this spelling.
    pub(crate) fn of_entry(spelling: Spelling) -> &'static Self {
        match spelling {
            Spelling::Prometheus => &prometheus::ENTRY,
            Spelling::Operator => &operator::ENTRY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::keys::key_map::{KeyContent, plain};

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
