//! What does a ConfigMap of the cluster hold?

use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::Value;

use super::Kubernetes;
use super::error::ClusterError;
use super::pages::Listing;
use crate::spec::command_line::KubeContext;

impl Kubernetes {
    /// The ConfigMap as the API server gives it; `None` where there is certainly none.
    pub(crate) async fn config_map(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Value>, ClusterError> {
        let doing = format!("read ConfigMap {namespace}/{name}");
        let place = Listing::of::<ConfigMap>(doing, Some(namespace));
        self.get(&place, name).await
    }

    /// The namespace to which kubectl applies a file that names none; `None` where kubectl is not known to reach this cluster.
    pub(crate) fn kubectl_namespace(&self) -> Option<&str> {
        let is_local = self.kube_context().is_some_and(KubeContext::is_existing);
        is_local.then(|| self.client.default_namespace())
    }
}
