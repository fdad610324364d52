//! What does a Prometheus or PrometheusAgent resource say? As its owner would have written it.

use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use serde_json::{Map, Value};

use super::error::ClusterError;
use super::{Kubernetes, or_absent};
use crate::spec::resource_kind::{OPERATOR_GROUP, ResourceKind};

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
    use crate::spec::resource_kind::ResourceKind;

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
}
