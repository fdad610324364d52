//! What does a PATCH make of an object? Its media type names one of four languages.

use serde_json::Value;

use super::{resources::ApiResource, status::StatusError, strategic_merge};

/// The languages of patches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PatchKind {
    Json,
    Merge,
    StrategicMerge,
    /// Server-side apply.
    Apply,
}

impl PatchKind {
    pub(super) fn of(content_type: &str, resource: &ApiResource) -> Result<Self, StatusError> {
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        match media_type {
            "application/json-patch+json" => Ok(Self::Json),
            "application/merge-patch+json" => Ok(Self::Merge),
            "application/apply-patch+yaml" => Ok(Self::Apply),
            // The server knows the keys of lists of its own types only.
            "application/strategic-merge-patch+json" if !resource.is_custom() => {
                Ok(Self::StrategicMerge)
            }
            _ => Err(StatusError::UnsupportedMediaType),
        }
    }
}

/// The object with the patch in it. Server-side apply is not a patch in this sense.
pub(super) fn apply(
    kind: PatchKind,
    resource: &ApiResource,
    object: &Value,
    patch: &Value,
) -> Result<Value, StatusError> {
    let mut changed = object.clone();
    match kind {
        PatchKind::Json => json_patch_in_order(&mut changed, patch)?,
        PatchKind::StrategicMerge => strategic_merge::merge(resource, &mut changed, patch),
        // RFC 7396: a list is replaced whole, and null removes a key.
        PatchKind::Merge | PatchKind::Apply => json_patch::merge(&mut changed, patch),
    }
    Ok(changed)
}

fn json_patch_in_order(object: &mut Value, patch: &Value) -> Result<(), StatusError> {
    let malformed = |error: serde_json::Error| {
        StatusError::BadRequest(format!("error decoding patch: {error}"))
    };
    let operations: json_patch::Patch = serde_json::from_value(patch.clone()).map_err(malformed)?;
    for operation in operations.0 {
        // One operation at a time: a later one sees what the earlier ones made.
        if tests_for_absence(&operation, object) {
            continue;
        }
        json_patch::patch(object, &[operation])
            .map_err(|error| StatusError::PatchDoesNotFit(error.to_string()))?;
    }
    Ok(())
}

/// The Go library of the API server lets `test` for null pass where there is nothing, unlike RFC 6902.
/// <https://github.com/evanphx/json-patch/blob/v4.12.0/patch.go>, `test`.
fn tests_for_absence(operation: &json_patch::PatchOperation, object: &Value) -> bool {
    match operation {
        json_patch::PatchOperation::Test(test) if test.value.is_null() => {
            let parent = test
                .path
                .parent()
                .and_then(|parent| object.pointer(parent.as_str()));
            parent.is_some() && object.pointer(test.path.as_str()).is_none()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::kubernetes::resources::RESOURCES;

    fn prometheus() -> &'static ApiResource {
        RESOURCES.iter().find(|it| it.kind == "Prometheus").unwrap()
    }

    fn patched(patch: &Value) -> Result<Value, StatusError> {
        let object = json!({"spec": {"remoteWrite": [{"name": "a"}]}});
        apply(PatchKind::Json, prometheus(), &object, patch)
    }

    #[test]
    fn a_json_patch_whose_test_fails_changes_nothing() {
        let add = json!({"op": "add", "path": "/spec/remoteWrite/-", "value": {"name": "b"}});
        let test =
            |value: Value| json!({"op": "test", "path": "/spec/remoteWrite", "value": value});

        let fits = patched(&json!([test(json!([{"name": "a"}])), add]));
        let fails = patched(&json!([test(json!([])), add]));

        assert_eq!(fits.unwrap()["spec"]["remoteWrite"][1]["name"], "b");
        assert!(matches!(fails, Err(StatusError::PatchDoesNotFit(_))));
    }

    #[test]
    fn a_test_for_null_passes_where_there_is_nothing() {
        let test = |path: &str| json!([{"op": "test", "path": path, "value": null}]);

        assert!(patched(&test("/spec/volumes")).is_ok());
        assert!(patched(&test("/spec/remoteWrite")).is_err());
        assert!(patched(&test("/spec/a/b")).is_err());
    }

    #[test]
    fn a_custom_resource_takes_no_strategic_merge_patch() {
        let kind = PatchKind::of("application/strategic-merge-patch+json", prometheus());

        assert_eq!(kind, Err(StatusError::UnsupportedMediaType));
    }
}
