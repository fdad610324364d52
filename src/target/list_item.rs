//! What distinguishes an item of a list in Prometheus' configuration from the others?

use serde_yaml::Value;

/// Prometheus refuses two scrape configurations with one `job_name` and two remote writes with one `name`. A remote write
/// needs no name, so its `url` comes last.
const KEYS: [&str; 3] = ["name", "job_name", "url"];

/// The item in a path such as `remote_write[mimir]`.
pub(crate) fn title(item: &Value) -> &str {
    let mark = KEYS.iter().find_map(|key| item.get(*key)?.as_str());
    mark.unwrap_or("…")
}

/// Whether both are the same item, perhaps with other settings. Items without such a key are the same only if they are equal.
pub(crate) fn is_same(one: &Value, other: &Value) -> bool {
    match KEYS.iter().find(|key| one.get(**key).is_some()) {
        Some(key) => one.get(*key) == other.get(*key),
        None => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(text: &str) -> Value {
        serde_yaml::from_str(text).unwrap()
    }

    #[test]
    fn an_item_is_known_by_its_name_before_its_url() {
        assert_eq!(title(&item("{url: u, name: mimir}")), "mimir");
        assert_eq!(title(&item("{job_name: node}")), "node");
        assert_eq!(title(&item("rules.yml")), "…");
    }

    #[test]
    fn the_same_name_is_the_same_item_with_other_settings_too() {
        assert!(is_same(
            &item("{name: a, url: u}"),
            &item("{name: a, url: v}")
        ));
        assert!(!is_same(&item("{name: a, url: u}"), &item("{url: u}")));
        assert!(is_same(&item("rules.yml"), &item("rules.yml")));
        assert!(!is_same(&item("{x: 1}"), &item("{x: 2}")));
    }
}
