//! Of values that changed, what has to be given to Helm so that a release changes in the same way?

use serde_yaml::{Mapping, Value};

/// The values to lay over `before` to get `after`: Helm merges maps, replaces lists, and takes a key away for `null`.
/// `None` where nothing changes.
pub(crate) fn overlay(before: &Value, after: &Value) -> Option<Value> {
    match (before, after) {
        _ if before == after => None,
        (Value::Mapping(old), Value::Mapping(new)) => {
            let changed = new.iter().filter_map(|(key, value)| {
                let value = match old.get(key) {
                    Some(old) => overlay(old, value)?,
                    None => value.clone(),
                };
                Some((key.clone(), value))
            });
            let mut laid: Mapping = changed.collect();
            let gone = old.keys().filter(|key| !new.contains_key(*key));
            laid.extend(gone.map(|key| (key.clone(), Value::Null)));
            Some(Value::Mapping(laid))
        }
        _ => Some(after.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_whole_and_what_is_gone_becomes_null() {
        let yaml = |text| serde_yaml::from_str::<Value>(text).unwrap();
        let before = yaml("{a: {list: [1, 2], same: x, gone: y}, b: 1, c: {d: 1}}");
        let after = yaml("{a: {list: [1], same: x, new: {z: 1}}, b: 2, c: {d: 1}}");

        let laid = overlay(&before, &after).unwrap();

        assert_eq!(
            laid,
            yaml("{a: {list: [1], new: {z: 1}, gone: null}, b: 2}")
        );
        assert_eq!(overlay(&before, &before), None);
    }
}
