//! What does Helm make of values that are laid over others? It merges maps, replaces lists, and takes a key away for `null`.

use serde_yaml::{Mapping, Value};

use crate::target::list_item::shares_mark;

/// The values to lay over a release, so that it has the values `after` instead of `before`.
///
/// They hold every list whole that has to do with us, also where nothing changes: the file replaces an earlier one of ours,
/// and Helm would drop the items that this one lacks. `fresh` is what a new file for a release without values contains;
/// `defaults` are the chart's own values, of which Helm would drop the lists too.
pub(crate) fn overlay(before: &Value, after: &Value, fresh: &Value, defaults: &Value) -> Value {
    let mut ours = Vec::new();
    collect_items(fresh, &mut ours);
    let laid = laid(Some(before), after, Some(fresh), &ours);
    let laid = laid.unwrap_or_else(|| Value::Mapping(Mapping::new()));
    with_default_items(laid, Some(before), Some(defaults))
}

/// `None` where nothing differs.
fn laid(
    before: Option<&Value>,
    after: &Value,
    fresh: Option<&Value>,
    ours: &[&Value],
) -> Option<Value> {
    let (Some(Value::Mapping(old)), Value::Mapping(new)) = (before, after) else {
        // A list of ours is written out even without a change: the file may take the place of an earlier one that had
        // it.
        let is_touched = before != Some(after) || fresh.is_some() || has_one_of(after, ours);
        return is_touched.then(|| after.clone());
    };
    let changed = new.iter().filter_map(|(key, value)| {
        let fresh = fresh.and_then(|fresh| fresh.get(key));
        Some((key.clone(), laid(old.get(key), value, fresh, ours)?))
    });
    let mut changed: Mapping = changed.collect();
    let gone = old.keys().filter(|key| !new.contains_key(*key));
    // For Helm, null removes a key; a key that is only left out keeps its old value.
    changed.extend(gone.map(|key| (key.clone(), Value::Null)));
    (!changed.is_empty()).then_some(Value::Mapping(changed))
}

/// All items of lists that can be recognised elsewhere.
fn collect_items<'a>(value: &'a Value, items: &mut Vec<&'a Value>) {
    match value {
        Value::Mapping(map) => map.values().for_each(|value| collect_items(value, items)),
        Value::Sequence(list) => items.extend(list.iter().filter(|item| item.is_mapping())),
        _ => {}
    }
}

fn has_one_of(value: &Value, items: &[&Value]) -> bool {
    let list = value.as_sequence().into_iter().flatten();
    list.into_iter()
        .any(|item| items.iter().any(|ours| shares_mark(item, ours)))
}

/// A list that the release does not have yet takes the place of the chart's own, so that one's items go into it.
fn with_default_items(laid: Value, before: Option<&Value>, defaults: Option<&Value>) -> Value {
    match (laid, before, defaults) {
        (Value::Mapping(map), before, Some(Value::Mapping(defaults))) => {
            let inner = |(key, value): (Value, Value)| {
                let before = before.and_then(|before| before.get(&key));
                let value = with_default_items(value, before, defaults.get(&key));
                (key, value)
            };
            Value::Mapping(map.into_iter().map(inner).collect())
        }
        (Value::Sequence(list), None, Some(Value::Sequence(defaults))) => {
            let is_new = |item: &&Value| !list.iter().any(|ours| shares_mark(ours, item));
            let kept = defaults.iter().filter(is_new).cloned();
            Value::Sequence(kept.chain(list.iter().cloned()).collect())
        }
        (laid, ..) => laid,
    }
}

/// What Helm makes of the values of a user for a chart with these defaults.
pub(crate) fn coalesced(defaults: &Value, values: &Value) -> Value {
    match (defaults, values) {
        (Value::Mapping(defaults), Value::Mapping(values)) => {
            let mut all = defaults.clone();
            for (key, value) in values {
                match (value, all.get(key)) {
                    // Also a default of the chart: null is the documented way to delete one.
                    (Value::Null, _) => drop(all.shift_remove(key)),
                    (_, Some(default)) => drop(all.insert(key.clone(), coalesced(default, value))),
                    (_, None) => drop(all.insert(key.clone(), value.clone())),
                }
            }
            Value::Mapping(all)
        }
        (_, Value::Null) => defaults.clone(),
        (_, values) => values.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yaml(text: &str) -> Value {
        serde_yaml::from_str(text).unwrap()
    }

    const NOTHING: Value = Value::Null;

    #[test]
    fn lists_come_whole_and_what_is_gone_becomes_null() {
        let before = yaml("{a: {list: [1, 2], same: x, gone: y}, b: 1, c: {d: 1}}");
        let after = yaml("{a: {list: [1], same: x, new: {z: 1}}, b: 2, c: {d: 1}}");

        let laid = overlay(&before, &after, &NOTHING, &NOTHING);

        assert_eq!(
            laid,
            yaml("{a: {list: [1], new: {z: 1}, gone: null}, b: 2}")
        );
        let unchanged = overlay(&before, &before, &NOTHING, &NOTHING);
        assert_eq!(unchanged, yaml("{}"));
    }

    #[test]
    fn a_release_that_has_everything_already_keeps_the_items_of_others() {
        let release =
            yaml("{p: {rw: [{name: mimir}, {name: azure, url: u}], volumes: [{name: v}]}}");
        let fresh = yaml("{p: {rw: [{name: azure, url: u}]}}");

        let laid = overlay(&release, &release, &fresh, &NOTHING);

        assert_eq!(
            laid,
            yaml("{p: {rw: [{name: mimir}, {name: azure, url: u}]}}")
        );
    }

    #[test]
    fn a_list_that_holds_ours_in_another_place_comes_whole_and_is_not_doubled() {
        let release = yaml("{p: {remoteWrite: [{name: mimir}, {name: azure}]}}");
        let fresh = yaml("{p: {additionalRemoteWrite: [{name: azure}], label: x}}");

        let laid = overlay(&release, &release, &fresh, &NOTHING);

        assert_eq!(laid, release);
    }

    #[test]
    fn a_value_of_the_release_wins_over_that_of_a_new_file() {
        let release = yaml("{p: {cluster: theirs}}");

        let laid = overlay(&release, &release, &yaml("{p: {cluster: ours}}"), &NOTHING);

        assert_eq!(laid, release);
    }

    #[test]
    fn the_items_of_the_charts_own_list_are_kept_until_the_release_replaces_it() {
        let defaults = yaml("{p: {rw: [{name: mimir}], other: [1]}}");
        let ours = yaml("{p: {rw: [{name: azure}]}}");

        let first = overlay(&yaml("{}"), &ours, &ours, &defaults);
        let second = overlay(&first, &first, &ours, &defaults);
        let replaced = overlay(&yaml("{p: {rw: []}}"), &ours, &ours, &defaults);

        assert_eq!(first, yaml("{p: {rw: [{name: mimir}, {name: azure}]}}"));
        assert_eq!(second, first);
        assert_eq!(replaced, ours);
    }

    #[test]
    fn values_are_merged_with_the_defaults_as_helm_does_it() {
        let defaults = yaml("{a: {list: [1], x: 1}, b: 2}");

        assert_eq!(
            coalesced(&defaults, &yaml("{a: {list: [3]}, b: null, c: 4}")),
            yaml("{a: {list: [3], x: 1}, c: 4}")
        );
        assert_eq!(coalesced(&defaults, &NOTHING), defaults);
    }
}
