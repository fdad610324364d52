//! Does a Secret of the cluster hold a value, and who made it?

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use k8s_openapi::api::core::v1::Secret;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use super::Kubernetes;
use super::error::ClusterError;
use super::pages::Listing;

/// A Secret as far as it is read.
pub(crate) struct LiveSecret {
    /// Without what was applied last, which holds the values too.
    pub(crate) metadata: Value,
    pub(crate) is_immutable: bool,
    /// Below the key that was asked for.
    pub(crate) value: Option<SecretString>,
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
        if let Some(annotations) = found.metadata["annotations"].as_object_mut() {
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        }
        let mut data = found.data.unwrap_or_default();
        // A value that is no text is none of ours, and differs from ours.
        let text = |encoded: String| {
            let bytes = STANDARD.decode(encoded).unwrap_or_default();
            SecretString::from(String::from_utf8(bytes).unwrap_or_default())
        };
        Self {
            metadata: found.metadata,
            is_immutable: found.immutable.unwrap_or_default(),
            value: data.remove(key).map(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use serde_json::json;

    use super::*;
    use crate::cluster::fake::FakeApiServer;

    #[tokio::test]
    async fn the_value_is_decoded_and_the_applied_manifest_is_forgotten() {
        let answer = json!({
            "metadata": {"name": "amw", "labels": {"a": "b"},
                         "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "the secret"}},
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
            json!({"name": "amw", "labels": {"a": "b"}, "annotations": {}})
        );
    }
}
