//! The fields that Azure Monitor's providers add to each resource: an `etag` in the body, `systemData`, and tags only where there are some.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::state::guid_for;

/// Who made everything here, as far as `systemData` shows it.
const AUTHOR: &str = "user@sandbox.example";

/// Adds them to a resource's document.
pub(super) fn added(mut body: Value, created: Timestamp) -> Value {
    without_empty_tags(&mut body);
    // A text with quotes inside it; it changes with the content.
    body["etag"] = format!("\"{}\"", guid_for(&body.to_string())).into();
    body["systemData"] = system_data(created);
    body
}

/// Leaves out the tags of a resource that has none: these providers never show `"tags": {}`.
pub(super) fn without_empty_tags(body: &mut Value) {
    if body["tags"]
        .as_object()
        .is_none_or(serde_json::Map::is_empty)
        && let Some(body) = body.as_object_mut()
    {
        body.remove("tags");
    }
}

/// Who made a resource, and when.
pub(super) fn system_data(created: Timestamp) -> Value {
    json!({
        "createdBy": AUTHOR,
        "createdByType": "User",
        "createdAt": created.to_string(),
        "lastModifiedBy": AUTHOR,
        "lastModifiedByType": "User",
        "lastModifiedAt": created.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::testing::start_time;

    #[test]
    fn an_entity_tag_changes_with_the_content_and_empty_tags_are_left_out() {
        let one = added(json!({"name": "a", "tags": {}}), start_time());
        let other = added(json!({"name": "a", "tags": {"k": "v"}}), start_time());

        assert!(one.get("tags").is_none());
        assert_eq!(other["tags"], json!({"k": "v"}));
        assert_ne!(one["etag"], other["etag"]);
        assert!(one["etag"].as_str().unwrap().starts_with('"'));
    }
}
