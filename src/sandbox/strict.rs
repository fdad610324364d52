//! Unknown fields of a body: Azure often ignores them, the sandbox refuses them.

use serde_json::Value;

/// The dotted path of the first field that `known` does not list, if there is one.
///
/// `known` holds dotted paths such as `properties.networkAcls`; everything below a listed path is accepted,
/// and the elements of a list share the list's path.
pub(crate) fn unknown_field(body: &Value, known: &[&str]) -> Option<String> {
    unknown_below(body, "", known)
}

fn unknown_below(value: &Value, path: &str, known: &[&str]) -> Option<String> {
    match value {
        Value::Object(fields) => fields.iter().find_map(|(name, field)| {
            let path = match path {
                "" => name.clone(),
                _ => format!("{path}.{name}"),
            };
            if known.contains(&path.as_str()) {
                None
            } else if known.iter().any(|known| is_below(known, &path)) {
                unknown_below(field, &path, known)
            } else {
                Some(path)
            }
        }),
        Value::Array(items) => items
            .iter()
            .find_map(|item| unknown_below(item, path, known)),
        _ => None,
    }
}

fn is_below(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KNOWN: &[&str] = &["location", "tags", "properties.flows.stream"];

    #[test]
    fn a_body_of_known_fields_passes() {
        let body = json!({
            "location": "westeurope",
            "tags": {"anything": {"goes": "here"}},
            "properties": {"flows": [{"stream": "a"}, {"stream": "b"}]},
        });

        assert_eq!(unknown_field(&body, KNOWN), None);
    }

    #[test]
    fn an_unknown_field_is_named_with_its_path() {
        let body = json!({"properties": {"flows": [{"stream": "a"}, {"streams": "b"}]}});

        assert_eq!(
            unknown_field(&body, KNOWN).unwrap(),
            "properties.flows.streams"
        );
    }
}
