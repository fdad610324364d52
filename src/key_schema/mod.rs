//! The keys that Prometheus and the Operator know: the top of a prometheus.yml, `global`, and a remote write with everything
//! below it, each with the first version that has it. What is below `scrape_configs` and the other sections is not described.

mod entry_rules;
mod entry_values;
mod global_values;
mod go_regex;
mod go_url;
mod key_map;
mod operator;
mod prometheus;
mod relabel_rule;
mod respelling;
mod unicode_classes;
mod unknown_keys;
mod value_form;
mod value_search;

use crate::target::Spelling;

pub(crate) use entry_rules::broken_rules;
pub(crate) use entry_values::broken_values;
pub(crate) use global_values::broken_global;
pub(crate) use key_map::KeyMap;
pub(crate) use prometheus::{GLOBAL, TOP};
pub(crate) use respelling::respelled;
pub(crate) use unknown_keys::{KeyFault, UnknownKey, unknown_keys};

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
    use std::collections::BTreeSet;

    use serde_yaml::Value;

    use super::*;
    use crate::compat::{Feature, Installation};
    use crate::key_schema::key_map::{KeyContent, KeyRule, KnownKey, Since, plain};
    use crate::target::{PathSegment, Target};

    /// The end-to-end tests give it to Prometheus' own checker.
    const EVERY_KEY: &str = include_str!("../../tests/data/known-keys/every-key.yml");

    impl KeyContent {
        fn map(&self) -> Option<&'static KeyMap> {
            match self {
                Self::Value => None,
                Self::Map(below)
                | Self::List(below)
                | Self::Named(below)
                | Self::NamedLists(below) => Some(below),
            }
        }
    }

    #[test]
    fn every_rule_is_about_keys_of_its_map() {
        fn check(map: &KeyMap) {
            for rule in map.rules.iter().copied().flatten() {
                let keys: Vec<&str> = match rule {
                    KeyRule::OneAtMost(keys) => keys.to_vec(),
                    KeyRule::Needs(key, others) => [&[*key], *others].concat(),
                    KeyRule::Required(key) => vec![key],
                    KeyRule::InOrder(least, most) => vec![least, most],
                };
                assert!(keys.iter().all(|key| map.get(key).is_some()), "{rule:?}");
            }
            let below = map.keys.iter().filter_map(|key| key.below.map());
            below.for_each(check);
        }
        for map in [&TOP, &GLOBAL, &prometheus::ENTRY, &operator::ENTRY] {
            check(map);
        }
    }

    #[test]
    fn no_key_is_listed_twice_and_no_alias_is_a_key() {
        fn check(map: &KeyMap) {
            for (index, key) in map.keys.iter().enumerate() {
                let others = || map.keys.iter().take(index);
                assert!(others().all(|other| plain(other.name) != plain(key.name)));
                let is_key = |alias: &&str| map.keys.iter().any(|key| plain(key.name) == *alias);
                assert!(!key.aliases.iter().any(is_key), "{}", key.name);
                assert!(key.aliases.iter().all(|alias| plain(alias) == *alias));
                if let Some(below) = key.below.map() {
                    check(below);
                }
            }
        }
        for map in [&TOP, &GLOBAL, &prometheus::ENTRY, &operator::ENTRY] {
            check(map);
        }
    }

    /// The maps of the table, each with what the file has for it.
    fn maps(file: &Value) -> Vec<(&'static KeyMap, &Value)> {
        let entries = file["remote_write"].as_sequence().unwrap().iter();
        let entries = entries.map(|entry| (&prometheus::ENTRY, entry));
        [(&TOP, file), (&GLOBAL, &file["global"])]
            .into_iter()
            .chain(entries)
            .collect()
    }

    #[test]
    fn the_file_of_every_key_has_each_key_of_the_table() {
        fn add(map: &'static KeyMap, found: &Value, seen: &mut BTreeSet<(usize, &'static str)>) {
            for key in map.keys.iter().filter(|key| found.get(key.name).is_some()) {
                seen.insert((std::ptr::from_ref(map).addr(), key.name));
                match &key.below {
                    KeyContent::Map(below) => add(below, &found[key.name], seen),
                    KeyContent::List(below) => add(below, &found[key.name][0], seen),
                    KeyContent::Named(below) => {
                        let header = found[key.name].as_mapping().unwrap().values().next();
                        add(below, header.unwrap(), seen);
                    }
                    KeyContent::Value | KeyContent::NamedLists(_) => {}
                }
            }
        }
        fn check(map: &'static KeyMap, seen: &BTreeSet<(usize, &'static str)>) {
            for key in map.keys {
                let is_seen = seen.contains(&(std::ptr::from_ref(map).addr(), key.name));
                assert!(is_seen, "{} is not in the file", key.name);
                if let Some(below) = key.below.map() {
                    check(below, seen);
                }
            }
        }
        let file = serde_yaml::from_str(EVERY_KEY).unwrap();
        let mut seen = BTreeSet::new();

        for (map, found) in maps(&file) {
            add(map, found, &mut seen);
        }

        for map in [&TOP, &GLOBAL, &prometheus::ENTRY] {
            check(map, &seen);
        }
    }

    /// The key of a field such as `queue_config.sample_age_limit`, which is one of `azuread` where it is none of the entry.
    fn key_of(entry: &'static KeyMap, field: &str) -> Option<&'static KnownKey> {
        fn at(map: &'static KeyMap, field: &str) -> Option<&'static KnownKey> {
            let (name, rest) = field.split_once('.').unzip();
            let key = map.respelled(name.unwrap_or(field))?;
            match (rest, &key.below) {
                (None, _) => Some(key),
                (Some(rest), KeyContent::Map(below)) => at(below, rest),
                (Some(_), _) => None,
            }
        }
        at(entry, field).or_else(|| at(entry, &format!("azuread.{field}")))
    }

    #[test]
    fn a_key_that_a_connection_can_require_has_the_version_of_the_table_of_features() {
        for (feature, field, _) in Feature::fields() {
            let key = key_of(&prometheus::ENTRY, field).expect(field);

            assert!(!matches!(key.since, Since::Version(_)), "{field}");
            // A feature can be newer than its key, which had another meaning before.
            assert!(key.first() <= Some(feature.first()), "{field}");
        }
    }

    #[test]
    fn the_operator_has_the_fields_that_the_table_of_features_says() {
        for (feature, field, is_there) in Feature::fields() {
            let key = key_of(&operator::ENTRY, field);

            assert_eq!(key.is_some(), is_there, "{feature:?} {field}");
        }
    }

    #[test]
    fn the_file_of_every_key_has_the_version_that_added_each() {
        let file = serde_yaml::from_str(EVERY_KEY).unwrap();
        let releases = [(2, 45..=55), (3, 0..=14)];
        for (major, minor) in releases
            .into_iter()
            .flat_map(|(major, minors)| minors.map(move |minor| (major, minor)))
        {
            let installation = Installation {
                target: Target::PrometheusYml,
                prometheus: format!("{major}.{minor}.0").parse().ok(),
                operator: None,
            };
            let unknown_keys = maps(&file)
                .into_iter()
                .flat_map(|(map, found)| unknown_keys(map, found, &installation));
            let mut names: Vec<String> = unknown_keys
                .map(|unknown| match unknown.path.last() {
                    Some(PathSegment::Key(name)) => name.clone(),
                    other => panic!("{other:?}"),
                })
                .collect();

            let mut written: Vec<&str> = EVERY_KEY
                .lines()
                .filter_map(|line| line.split_once(" # since "))
                .filter(|(_, since)| {
                    let (since_major, since_minor) = since.split_once('.').unwrap();
                    let since = (since_major.parse().unwrap(), since_minor.parse().unwrap());
                    since > (major, minor)
                })
                .map(|(line, _)| {
                    line.trim_start_matches([' ', '-'])
                        .split(':')
                        .next()
                        .unwrap()
                })
                .collect();
            names.sort();
            written.sort_unstable();

            assert_eq!(names, written, "{major}.{minor}");
        }
    }
}
