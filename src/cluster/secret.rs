//! Does a Secret of the cluster hold a value, and who made it?

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use k8s_openapi::api::core::v1::Secret;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use super::Kubernetes;
use super::error::ClusterError;
use super::pages::Listing;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A Secret as far as it is read.
pub(crate) struct LiveSecret {
    /// Without what was applied last, which holds the values too.
    pub(crate) metadata: Value,
    pub(crate) is_immutable: bool,
    /// Below the key that was asked for.
    pub(crate) value: Option<SecretString>,
    /// What the file has that was applied last, where the Secret has it still: paths such as `data.password`, no values.
    pub(crate) applied: Vec<String>,
}

/// No `Debug`: the data are secret.
#[derive(Deserialize)]
struct SecretDocument {
    #[serde(default)]
    metadata: Value,
    #[serde(default)]
    immutable: Option<bool>,
    #[serde(default)]
    data: Option<BTreeMap<String, String>>,
}

impl Kubernetes {
    /// `None` where there is certainly no Secret of that name.
    pub(crate) async fn secret(
        &self,
        namespace: &str,
        name: &str,
        key: &str,
    ) -> Result<Option<LiveSecret>, ClusterError> {
        let doing = format!("read Secret {namespace}/{name}");
        let place = Listing::of::<Secret>(doing, Some(namespace));
        let found: Option<SecretDocument> = self.get(&place, name).await?;
        Ok(found.map(|found| LiveSecret::of(found, key)))
    }
}

impl LiveSecret {
    fn of(mut found: SecretDocument, key: &str) -> Self {
        let annotations = found.metadata["annotations"].as_object_mut();
        let last = annotations.and_then(|map| map.remove(LAST_APPLIED));
        let last = last.and_then(|last| serde_json::from_str(last.as_str()?).ok());
        let mut data = found.data.unwrap_or_default();
        let applied = last.map_or_else(Vec::new, |last| still_there(&last, &found.metadata, &data));
        // A value that is no text is none of ours, and differs from ours.
        let text = |encoded: String| {
            let bytes = STANDARD.decode(encoded).unwrap_or_default();
            SecretString::from(String::from_utf8(bytes).unwrap_or_default())
        };
        Self {
            metadata: found.metadata,
            is_immutable: found.immutable.unwrap_or_default(),
            value: data.remove(key).map(text),
            applied,
        }
    }
}

/// What `kubectl apply` of another file would take away: what the last one has and the Secret has still.
fn still_there(last: &Value, metadata: &Value, data: &BTreeMap<String, String>) -> Vec<String> {
    let keys = |value: &Value| {
        let map = value.as_object().into_iter().flatten();
        let set = map.filter(|(_, value)| !value.is_null());
        set.map(|(key, _)| key.clone()).collect::<Vec<_>>()
    };
    // What was applied is kept as the user wrote it; the API server stores `stringData` below `data`.
    let in_data = [&last["data"], &last["stringData"]].into_iter();
    let in_data: BTreeSet<String> = in_data.flat_map(keys).collect();
    let of_data = in_data.into_iter().filter(|key| data.contains_key(key));
    let of_metadata = ["labels", "annotations"].into_iter().flat_map(|part| {
        let applied = keys(&last["metadata"][part]).into_iter();
        let live = applied.filter(move |key| metadata[part].get(key).is_some());
        live.map(move |key| format!("metadata.{part}.{key}"))
    });
    let lists = ["finalizers", "ownerReferences"].into_iter();
    let of_lists = lists
        .filter(|part| last["metadata"][*part].is_array() && metadata[*part].is_array())
        .map(|part| format!("metadata.{part}"));
    of_data
        .map(|key| format!("data.{key}"))
        .chain(of_metadata)
        .chain(of_lists)
        .collect()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use serde_json::json;

    use super::*;
    use crate::cluster::fake::FakeApiServer;

    #[tokio::test]
    async fn the_value_is_decoded_and_of_the_applied_manifest_only_paths_are_kept() {
        let last = json!({
            "metadata": {"labels": {"a": "b", "gone": "x"}, "creationTimestamp": null, "annotations": {}},
            "data": {"other": STANDARD.encode("two"), "gone": ""},
            "stringData": {"client-secret": "one"},
        });
        let answer = json!({
            "metadata": {"name": "amw", "labels": {"a": "b", "not-applied": "x"},
                         "annotations": {"kubectl.kubernetes.io/last-applied-configuration": last.to_string()}},
            "immutable": true,
            "data": {"client-secret": STANDARD.encode("one"), "other": STANDARD.encode("two")},
        });
        let kubernetes = FakeApiServer::default()
            .answering("GET /api/v1/namespaces/monitoring/secrets/amw", 200, answer)
            .connected()
            .await;

        let found = kubernetes
            .secret("monitoring", "amw", "client-secret")
            .await
            .unwrap()
            .unwrap();

        assert_eq!(found.value.unwrap().expose_secret(), "one");
        assert!(found.is_immutable);
        assert_eq!(
            found.metadata,
            json!({"name": "amw", "labels": {"a": "b", "not-applied": "x"}, "annotations": {}})
        );
        assert_eq!(
            found.applied,
            ["data.client-secret", "data.other", "metadata.labels.a"]
        );
    }
}
