//! Does the installed definition of a resource have the fields that are written? The API server drops what it lacks, silently.

use serde_json::Value as Schema;
use serde_yaml::Value;

use crate::text::key_path;

/// The fields of `desired` that this OpenAPI schema does not know, such as `spec.remoteWrite[].azureAd.sdk`. Where a field is
/// missing, those below it are not listed.
pub(crate) fn missing_fields(desired: &Value, schema: &Schema) -> Vec<String> {
    let mut missing = Vec::new();
    walk(desired, schema, "", &mut missing);
    missing.dedup();
    missing
}

fn walk(desired: &Value, schema: &Schema, path: &str, missing: &mut Vec<String>) {
    match desired {
        Value::Mapping(map) => {
            for (key, value) in map {
                let name = key.as_str().unwrap_or_default();
                let below = key_path::below(path, name);
                match field(schema, name) {
                    Field::Known(schema) => walk(value, schema, &below, missing),
                    Field::Kept => {}
                    Field::Missing => missing.push(below),
                }
            }
        }
        Value::Sequence(items) => {
            // All items share one schema, so one line is enough for a field that several items have.
            let below = format!("{path}[]");
            for item in items {
                walk(item, &schema["items"], &below, missing);
            }
        }
        _ => {}
    }
}

enum Field<'a> {
    Known(&'a Schema),
    /// Not described, and kept all the same.
    Kept,
    Missing,
}

/// <https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning>
fn field<'a>(schema: &'a Schema, name: &str) -> Field<'a> {
    if let Some(known) = schema["properties"].get(name) {
        return Field::Known(known);
    }
    match &schema["additionalProperties"] {
        more @ Schema::Object(_) => Field::Known(more),
        Schema::Bool(true) => Field::Kept,
        _ if schema["x-kubernetes-preserve-unknown-fields"] == true => Field::Kept,
        _ => Field::Missing,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The definition of an Operator before workload identity.
    fn schema() -> Schema {
        let azure_ad = json!({"properties": {
            "cloud": {"type": "string"},
            "managedIdentity": {"properties": {"clientId": {"type": "string"}}},
        }});
        let entry = json!({"properties": {"url": {"type": "string"}, "azureAd": azure_ad,
                           "queueConfig": {"properties": {"maxShards": {"type": "integer"}}}}});
        json!({"properties": {"spec": {"properties": {
            "remoteWrite": {"type": "array", "items": entry},
            "externalLabels": {"additionalProperties": {"type": "string"}},
            "volumes": {"items": {"x-kubernetes-preserve-unknown-fields": true}},
        }}}})
    }

    fn missing(desired: &str) -> Vec<String> {
        missing_fields(&serde_yaml::from_str(desired).unwrap(), &schema())
    }

    #[test]
    fn every_field_that_the_definition_lacks_is_named_once() {
        let desired = "spec: {remoteWrite: [
            {url: u, queueConfig: {sampleAgeLimit: 20m}, azureAd: {cloud: c, workloadIdentity: {clientId: a, tenantId: b}}}]}";

        assert_eq!(
            missing(desired),
            [
                "spec.remoteWrite[].queueConfig.sampleAgeLimit",
                "spec.remoteWrite[].azureAd.workloadIdentity"
            ]
        );
    }

    #[test]
    fn known_fields_free_keys_and_kept_fields_are_not_missing() {
        let desired = "spec: {externalLabels: {cluster: a}, volumes: [{projected: {sources: []}}],
            remoteWrite: [{url: u, azureAd: {managedIdentity: {clientId: a}}}]}";

        assert_eq!(missing(desired), [""; 0]);
    }
}
