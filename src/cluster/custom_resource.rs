//! What does a Prometheus or PrometheusAgent resource contain? As its owner would have written it.

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use serde_json::{Map, Value};

use super::client::{Kubernetes, or_absent};
use super::error::ClusterError;
use super::server::{PrometheusServer, WorkloadKind};
use crate::target::resource_kind::{OPERATOR_GROUP, ResourceKind};

/// Fields of the metadata that the API server fills in.
const ITS_OWN: [&str; 8] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// A resource of the Operator.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CustomResource {
    pub(crate) kind: ResourceKind,
    /// All of it, as the API server gives it.
    pub(crate) metadata: Value,
    /// Without what the API server and the Operator added.
    pub(crate) written: Value,
}

impl Kubernetes {
    /// The resource of that name; `None` where there is certainly none.
    pub(crate) async fn custom_resource(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<CustomResource>, ClusterError> {
        let doing = format!("read Prometheus {namespace}/{name}");
        // With `agentMode: true` kube-prometheus-stack makes a PrometheusAgent, which a look for the kind Prometheus
        // misses.
        for kind in ResourceKind::ALL {
            let resource = api_resource(kind);
            let api: Api<DynamicObject> =
                Api::namespaced_with(self.client.clone(), namespace, &resource);
            if let Some(found) = or_absent(self.ask(&doing, api.get(name)).await)? {
                let metadata = serde_json::to_value(&found.metadata).unwrap_or_default();
                return Ok(Some(CustomResource {
                    kind,
                    written: as_written(&found, metadata.clone(), &resource),
                    metadata,
                }));
            }
        }
        Ok(None)
    }
}

impl Kubernetes {
    /// The metadata of a server: labels, annotations and managers show who keeps it. `None` where it is gone.
    pub(crate) async fn metadata(
        &self,
        server: &PrometheusServer,
    ) -> Result<Option<Value>, ClusterError> {
        let resource = match server.kind {
            WorkloadKind::CustomResource(kind) => api_resource(kind),
            WorkloadKind::StatefulSet => ApiResource::erase::<StatefulSet>(&()),
            WorkloadKind::Deployment => ApiResource::erase::<Deployment>(&()),
        };
        let doing = format!("read the metadata of {}", server.reference());
        let api: Api<DynamicObject> =
            Api::namespaced_with(self.client.clone(), &server.namespace, &resource);
        let found = or_absent(self.ask(&doing, api.get(&server.name)).await)?;
        Ok(found.map(|found| serde_json::to_value(found.metadata).unwrap_or_default()))
    }
}

/// How the API serves a kind of the Operator.
pub(super) fn api_resource(kind: ResourceKind) -> ApiResource {
    let gvk = GroupVersionKind::gvk(OPERATOR_GROUP, kind.version(), kind.name());
    ApiResource::from_gvk_with_plural(&gvk, kind.plural())
}

fn as_written(object: &DynamicObject, mut metadata: Value, resource: &ApiResource) -> Value {
    if let Some(fields) = metadata.as_object_mut() {
        fields.retain(|name, _| !ITS_OWN.contains(&name.as_str()));
        if let Some(annotations) = fields.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        }
    }
    let mut written = Map::new();
    written.insert("apiVersion".to_owned(), resource.api_version.clone().into());
    written.insert("kind".to_owned(), resource.kind.clone().into());
    written.insert("metadata".to_owned(), metadata);
    written.insert("spec".to_owned(), object.data["spec"].clone());
    Value::Object(written)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::cluster::fake::FakeApiServer;
    use crate::cluster::server::{PrometheusServer, WorkloadKind};
    use crate::target::resource_kind::ResourceKind;

    #[tokio::test]
    async fn what_the_server_added_is_left_out_and_agents_are_found_too() {
        let question =
            "GET /apis/monitoring.coreos.com/v1alpha1/namespaces/monitoring/prometheusagents/edge";
        let answer = json!({
            "apiVersion": "monitoring.coreos.com/v1alpha1", "kind": "PrometheusAgent",
            "metadata": {"name": "edge", "namespace": "monitoring", "uid": "1", "resourceVersion": "2", "generation": 3,
                         "labels": {"a": "b"},
                         "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "mine": "x"}},
            "spec": {"replicas": 1}, "status": {"replicas": 1},
        });
        let kubernetes = FakeApiServer::default()
            .answering(question, 200, answer)
            .connected()
            .await;

        let found = kubernetes
            .custom_resource("monitoring", "edge")
            .await
            .unwrap()
            .unwrap();

        let expected = json!({
            "apiVersion": "monitoring.coreos.com/v1alpha1", "kind": "PrometheusAgent",
            "metadata": {"annotations": {"mine": "x"}, "labels": {"a": "b"}, "name": "edge", "namespace": "monitoring"},
            "spec": {"replicas": 1},
        });
        assert_eq!(found.written, expected);
        assert_eq!(found.kind, ResourceKind::PrometheusAgent);
        assert_eq!(found.metadata["uid"], "1");
    }

    #[tokio::test]
    async fn the_metadata_of_a_deployment_has_its_owner_too() {
        let question = "GET /apis/apps/v1/namespaces/monitoring/deployments/prom-server";
        let answer = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "prom-server", "namespace": "monitoring",
                         "labels": {"helm.toolkit.fluxcd.io/name": "prom"}},
        });
        let kubernetes = FakeApiServer::default()
            .answering(question, 200, answer)
            .connected()
            .await;
        let server = PrometheusServer::example("monitoring/prom-server", WorkloadKind::Deployment);

        let metadata = kubernetes.metadata(&server).await.unwrap().unwrap();

        assert_eq!(metadata["labels"]["helm.toolkit.fluxcd.io/name"], "prom");
    }
}
