//! What distinguishes an item of a list from the others, in Prometheus' configuration and in Kubernetes' objects?

use serde_yaml::Value;

/// Prometheus refuses two scrape configurations with one `job_name` and two remote writes with one `name`. A remote write
/// needs no name, so its `url` comes last.
const KEYS: [&str; 3] = ["name", "job_name", "url"];

/// The key and the text that distinguish the item; `None` for an item that has nothing of the kind.
pub(crate) fn mark(item: &Value) -> Option<(&'static str, &str)> {
    let mut keys = KEYS.iter();
    keys.find_map(|key| Some((*key, item.get(*key)?.as_str()?)))
}

/// The item in a path such as `remote_write[mimir]`.
pub(crate) fn title(item: &Value) -> Option<&str> {
    mark(item).map(|(_, title)| title)
}

/// The item in a message about a loss or a path.
pub(crate) fn title_or_unnamed(item: &Value) -> &str {
    title(item).unwrap_or("an item without a name")
}

/// Whether both are the same item, perhaps with other settings. Items without such a key are the same only if they are equal.
pub(crate) fn is_same(one: &Value, other: &Value) -> bool {
    match KEYS.iter().find(|key| one.get(**key).is_some()) {
        Some(key) => one.get(*key) == other.get(*key),
        None => one == other,
    }
}

/// Whether both have one of the distinguishing keys in common: a remote write that got a name still has its URL.
pub(crate) fn shares_mark(one: &Value, other: &Value) -> bool {
    let has_same = |key: &&str| {
        let mark = one.get(key);
        mark.is_some() && mark == other.get(key)
    };
    one == other || KEYS.iter().any(has_same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(text: &str) -> Value {
        serde_yaml::from_str(text).unwrap()
    }

    #[test]
    fn an_item_is_known_by_its_name_before_its_url() {
        assert_eq!(
            mark(&item("{url: u, name: mimir}")),
            Some(("name", "mimir"))
        );
        assert_eq!(title(&item("{job_name: node}")), Some("node"));
        assert_eq!(title(&item("rules.yml")), None);
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

    #[test]
    fn an_item_that_got_a_name_is_recognised_by_its_url() {
        let before = item("{url: u}");

        assert!(shares_mark(&before, &item("{name: a, url: u}")));
        assert!(!shares_mark(&before, &item("{name: a, url: v}")));
    }
}
