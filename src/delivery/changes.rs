//! Which values of the cluster does applying the user's own file change?

use serde_yaml::Value;

use super::sides::{LiveAndDesired, is_sign_in};
use crate::redact::without_secrets;
use crate::sign_in::AZUREAD_SETTINGS;
use crate::target::list_item::title;
use crate::text::key_path;

/// How much of a value is shown.
const MOST_SHOWN: usize = 100;

/// A value that the cluster has, and that the file sets to another one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ValueChange {
    pub(crate) path: String,
    /// As it is shown, without secrets.
    pub(crate) from: String,
    pub(crate) to: String,
}

/// Every value that both sides have and that differs. What the file lacks is a loss, and no change.
pub(crate) fn changes(sides: LiveAndDesired<'_>, path: &str) -> Vec<ValueChange> {
    let mut all = Vec::new();
    look(sides, path, "", &mut all);
    all
}

fn look(sides: LiveAndDesired<'_>, path: &str, key: &str, all: &mut Vec<ValueChange>) {
    let LiveAndDesired { live, own, after } = sides;
    match (live, after) {
        (Value::Null, _) | (_, Value::Null) => {}
        (Value::Mapping(_), Value::Mapping(_)) if is_sign_in(key) => {
            // Another method is one change to the reader, although every key below it differs.
            if methods(live) != methods(after) && methods(live) != methods(own) {
                all.push(ValueChange {
                    path: path.to_owned(),
                    from: methods(live),
                    to: methods(after),
                });
                return;
            }
            below(sides, path, all);
        }
        (Value::Mapping(_), Value::Mapping(_)) => below(sides, path, all),
        (Value::Sequence(old), Value::Sequence(_)) => {
            for item in old.iter().filter(|item| item.is_mapping()) {
                if let Some(sides) = sides.of_item(item, is_same_item) {
                    let name = title(item).unwrap_or_default();
                    look(sides, &format!("{path}[{name}]"), "", all);
                }
            }
        }
        _ if is_same(live, after) || is_same(live, own) => {}
        _ => {
            let (from, to) = shown_both(key, live, after);
            all.push(ValueChange {
                path: path.to_owned(),
                from,
                to,
            });
        }
    }
}

fn below(sides: LiveAndDesired<'_>, path: &str, all: &mut Vec<ValueChange>) {
    for (key, value) in sides.live.as_mapping().into_iter().flatten() {
        let name = key.as_str().unwrap_or_default();
        let inner = key_path::below(path, name);
        look(sides.below(key, value), &inner, name, all);
    }
}

/// The ways to sign in that a map of `azuread` has.
fn methods(azuread: &Value) -> String {
    let keys = azuread.as_mapping().into_iter().flatten();
    let keys = keys.filter_map(|(key, _)| key.as_str());
    let methods: Vec<_> = keys.filter(|key| !AZUREAD_SETTINGS.contains(key)).collect();
    methods.join(", ")
}

fn is_same_item(one: &Value, other: &Value) -> bool {
    title(one).is_some() && title(one) == title(other)
}

/// Helm and kubectl read YAML 1.1, in which `yes` is a truth and `0644` an octal number, and hand on JSON.
fn is_same(live: &Value, written: &Value) -> bool {
    match (live, written) {
        // `15` and `15.0` are one number in the JSON that is sent.
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Bool(truth), Value::String(word)) => {
            let word = word.to_ascii_lowercase();
            let words = if *truth {
                ["yes", "on", "y"]
            } else {
                ["no", "off", "n"]
            };
            words.contains(&word.as_str())
        }
        (Value::Number(number), Value::String(text)) => {
            let digits = text.strip_prefix('0').unwrap_or_default();
            number.as_i64().is_some() && number.as_i64() == i64::from_str_radix(digits, 8).ok()
        }
        _ => live == written,
    }
}

/// Two values that look the same without their secrets are distinguished in words.
fn shown_both(key: &str, live: &Value, after: &Value) -> (String, String) {
    let (from, to) = (shown(key, live), shown(key, after));
    if from == to {
        return (from, "another value".to_owned());
    }
    (from, to)
}

fn shown(key: &str, value: &Value) -> String {
    let text = match value {
        Value::Mapping(_) => return "a map".to_owned(),
        Value::Sequence(_) => return "a list".to_owned(),
        // A variable of the environment, whose name shows what it is.
        Value::String(_) if key == "value" => return "a value that is not shown".to_owned(),
        Value::String(text) if text.contains('\n') => {
            return format!("a text of {} lines", text.lines().count());
        }
        Value::String(text) if text.is_empty() => return "an empty text".to_owned(),
        Value::String(text) => text.clone(),
        other => serde_yaml::to_string(other)
            .unwrap_or_default()
            .trim_end()
            .to_owned(),
    };
    let line = without_secrets(&format!("{key}: {text}"));
    let clean = line.strip_prefix(&format!("{key}: ")).unwrap_or(&line);
    // The query of a URL can hold a key.
    let clean = match clean.split_once('?') {
        Some((place, _)) if clean.contains("://") => format!("{place}?…"),
        _ => clean.to_owned(),
    };
    let short: String = clean.chars().take(MOST_SHOWN).collect();
    let more = if short.len() < clean.len() { "…" } else { "" };
    format!("`{short}{more}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(live: &str, own: &str, after: &str) -> Vec<String> {
        let [live, own, after] =
            [live, own, after].map(|text| serde_yaml::from_str::<Value>(text).unwrap());
        let sides = LiveAndDesired {
            live: &live,
            own: &own,
            after: &after,
        };
        let all = changes(sides, "").into_iter();
        all.map(|one| format!("{} {} {}", one.path, one.from, one.to))
            .collect()
    }

    #[test]
    fn every_value_that_differs_is_named_in_maps_and_in_items_with_a_name() {
        let live = "{a: {retention: 10d, replicas: 2, same: x}, rw: [{name: mimir, url: 'https://a/p'}, {name: b}], gone: 1}";
        let file = "{a: {retention: 5d, replicas: 1, same: x, new: y}, rw: [{name: mimir, url: 'https://b/p'}]}";

        assert_eq!(
            changed(live, file, file),
            [
                "a.retention `10d` `5d`",
                "a.replicas `2` `1`",
                "rw[mimir].url `https://a/p` `https://b/p`"
            ]
        );
    }

    #[test]
    fn what_the_connection_changes_in_an_up_to_date_file_is_left_to_the_diff() {
        let live = "{label: theirs, rw: [{name: us, url: old}]}";

        assert_eq!(
            changed(live, live, "{label: ours, rw: [{name: us, url: new}]}"),
            [""; 0]
        );
        assert_eq!(
            changed(live, "{}", "{label: ours}"),
            ["label `theirs` `ours`"]
        );
    }

    #[test]
    fn secrets_are_not_shown() {
        let file = "{password: new, e: [{name: TOKEN, value: b}], url: 'https://h/x?key=2', text: \"b\\nc\\n\"}";
        let live = "{password: old, e: [{name: TOKEN, value: a}], url: 'https://h/x?key=1', text: \"a\\n\"}";

        assert_eq!(
            changed(live, "{}", file),
            [
                "password `<secret>` another value",
                "e[TOKEN].value a value that is not shown another value",
                "url `https://h/x?…` another value",
                "text a text of 1 lines a text of 2 lines"
            ]
        );
    }

    #[test]
    fn another_way_to_sign_in_is_one_change() {
        let live =
            "{rw: [{name: us, azureAd: {cloud: AzurePublic, managedIdentity: {clientId: a}}}]}";
        let file =
            "{rw: [{name: us, azureAd: {cloud: AzurePublic, workloadIdentity: {clientId: b}}}]}";

        assert_eq!(
            changed(live, "{}", file),
            ["rw[us].azureAd managedIdentity workloadIdentity"]
        );
    }

    #[test]
    fn another_scope_is_no_other_way_to_sign_in() {
        let live = "{rw: [{name: us, azuread: {scope: a, managed_identity: {client_id: x}}}]}";
        let file = live.replace("scope: a", "scope: b");
        let without = live.replace("scope: a, ", "");

        assert_eq!(changed(live, "{}", &file), ["rw[us].azuread.scope `a` `b`"]);
        assert_eq!(changed(live, "{}", &without), [""; 0]);
    }

    #[test]
    fn a_value_that_helm_and_kubectl_read_in_the_same_way_is_no_change() {
        let live = "{a: true, b: false, c: 420, d: 1, e: null}";

        assert_eq!(
            changed(live, "{}", "{a: 'yes', b: 'Off', c: '0644', d: 1.0, e: 2}"),
            [""; 0]
        );
    }
}
