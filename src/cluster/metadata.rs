//! What is kept of the metadata of an object.

use serde::Deserialize;

/// The metadata of an object, without what the API server keeps for itself: `managedFields` alone is often half of an
/// object.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Metadata {
    pub(super) name: String,
    pub(super) namespace: String,
    /// Rises with every change of the specification.
    pub(super) generation: Option<i64>,
    pub(super) labels: Option<std::collections::BTreeMap<String, String>>,
    pub(super) annotations: Option<std::collections::BTreeMap<String, String>>,
}

impl Metadata {
    pub(super) fn label(&self, key: &str) -> Option<&str> {
        self.labels.as_ref()?.get(key).map(String::as_str)
    }

    pub(super) fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.as_ref()?.get(key).map(String::as_str)
    }
}
