//! What lives inside a cluster, as far as its API server shows it.

use serde_json::Value;

/// The API server of one cluster.
#[derive(Clone, Debug)]
pub(crate) struct KubernetesApi {
    /// Whether it answers at all.
    pub(crate) reachable: bool,
    /// What the kubeconfig's user may not touch, such as `secrets` or `serviceaccounts/token`.
    pub(crate) forbidden: Vec<&'static str>,
    /// The only namespace that the kubeconfig's user may look into.
    pub(crate) only_namespace: Option<&'static str>,
    /// Whole objects with `apiVersion`, `kind` and `metadata`.
    pub(crate) objects: Vec<Value>,
}

impl KubernetesApi {
    /// The object of that kind and name; cluster-wide objects have no namespace.
    pub(crate) fn object(&self, kind: &str, namespace: Option<&str>, name: &str) -> Option<&Value> {
        self.objects.iter().find(|object| {
            let metadata = &object["metadata"];
            object["kind"] == kind
                && metadata["name"] == name
                && metadata["namespace"].as_str() == namespace
        })
    }
}
