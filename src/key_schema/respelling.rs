//! The same entry with its keys in the spelling of the program that reads it.

use serde_yaml::{Mapping, Value};

use super::key_map::{KeyContent, KeyMap};

/// `found` with wrong spellings replaced and unknown keys left out. A key that is there in its right spelling too is kept as
/// that one has.
pub(crate) fn respelled(map: &KeyMap, found: &Value) -> Value {
    let Some(entries) = found.as_mapping() else {
        return found.clone();
    };
    let mut result = Mapping::new();
    for (key, value) in entries {
        let Some(name) = key.as_str() else { continue };
        // A merge key brings keys of another map, which are judged where that map is.
        if name == "<<" {
            continue;
        }
        let exact = map.get(name);
        let Some(known) = exact.or_else(|| map.respelled(name)) else {
            continue;
        };
        if exact.is_none() && entries.contains_key(known.name) {
            continue;
        }
        let value = match &known.below {
            KeyContent::Value => value.clone(),
            KeyContent::Map(below) => respelled(below, value),
            KeyContent::List(below) => respelled_list(below, value),
            KeyContent::Named(below) => each_named(value, |value| respelled(below, value)),
            KeyContent::NamedLists(below) => {
                each_named(value, |value| respelled_list(below, value))
            }
        };
        result.insert(Value::from(known.name), value);
    }
    Value::Mapping(result)
}

fn respelled_list(map: &KeyMap, found: &Value) -> Value {
    match found.as_sequence() {
        Some(items) => items.iter().map(|item| respelled(map, item)).collect(),
        None => found.clone(),
    }
}

/// A map of the user's own names, which have no spelling.
fn each_named(found: &Value, respelled: impl Fn(&Value) -> Value) -> Value {
    let Some(entries) = found.as_mapping() else {
        return found.clone();
    };
    let entries = entries.iter();
    Value::Mapping(
        entries
            .map(|(name, value)| (name.clone(), respelled(value)))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Spelling;

    #[test]
    fn a_filter_in_the_spelling_of_prometheus_becomes_one_of_the_operator() {
        let found = "{url: u, foo: 1, queueConfig: {max_shards: 5}, write_relabel_configs: [{source_labels: [a], action: drop}]}";
        let expected = "{url: u, queueConfig: {maxShards: 5}, writeRelabelConfigs: [{sourceLabels: [a], action: drop}]}";

        let map = KeyMap::of_entry(Spelling::Operator);
        let result = respelled(map, &serde_yaml::from_str(found).unwrap());

        assert_eq!(result, serde_yaml::from_str::<Value>(expected).unwrap());
    }

    #[test]
    fn of_two_spellings_the_right_one_counts() {
        let found = "{maxShards: 9, max_shards: 5}";

        let map = KeyMap::of_entry(Spelling::Prometheus);
        let result = respelled(
            map,
            &serde_yaml::from_str(&format!("{{queue_config: {found}}}")).unwrap(),
        );

        assert_eq!(
            result,
            serde_yaml::from_str::<Value>("{queue_config: {max_shards: 5}}").unwrap()
        );
    }
}
