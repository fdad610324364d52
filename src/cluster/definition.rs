//! Which fields do the installed definitions of the Operator's resources have? Read from the CustomResourceDefinition, or from
//! what the API server publishes of it for everybody.

use kube::Api;
use kube::api::{ApiResource, DynamicObject, GetParams, GroupVersionKind};
use kube::core::Request;
use serde_json::Value;

use super::client::{Kubernetes, or_absent};
use super::error::ClusterError;
use crate::target::resource_kind::{OPERATOR_GROUP, ResourceKind};

/// The installed definition of a kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Definition {
    /// Of the Operator whose release it came with; `None` where it does not name one.
    pub(crate) operator: Option<String>,
    /// The OpenAPI schema of a whole resource.
    pub(crate) schema: Value,
}

/// What the API server returns about the definition of a kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum DefinitionState {
    Installed(Definition),
    /// The API server shows none, for this reason. A proxy or a missing right can hide one that is installed.
    Absent(ClusterError),
}

impl Kubernetes {
    pub(crate) async fn definition(
        &self,
        kind: ResourceKind,
    ) -> Result<DefinitionState, ClusterError> {
        // It can be older than the Operator that runs: Helm installs the files of a chart's `crds/` once and never
        // upgrades them. The API server then prunes newer fields.
        let doing = format!("read the definition of {}", kind.qualified());
        let gvk = GroupVersionKind::gvk("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
        let resource = ApiResource::from_gvk_with_plural(&gvk, "customresourcedefinitions");
        let api: Api<DynamicObject> = Api::all_with(self.client.clone(), &resource);
        match self.ask(&doing, api.get(&kind.qualified())).await {
            Ok(found) => of_resource(found, kind)
                .map(DefinitionState::Installed)
                .ok_or_else(|| ClusterError::Malformed {
                    why: format!("the definition has no version {}", kind.version()),
                    doing,
                }),
            Err(error @ ClusterError::NotFound { .. }) => Ok(DefinitionState::Absent(error)),
            // Definitions belong to the whole cluster, so a user with rights in one namespace only may not read them.
            Err(error @ ClusterError::Forbidden { .. }) => match self.published(kind, &doing).await
            {
                Ok(Some(published)) => Ok(DefinitionState::Installed(published)),
                Ok(None) => Ok(DefinitionState::Absent(error)),
                Err(_) => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// From the OpenAPI document, which the role `system:discovery` lets everybody read who is signed in.
    async fn published(
        &self,
        kind: ResourceKind,
        doing: &str,
    ) -> Result<Option<Definition>, ClusterError> {
        let request = Request::new(format!("/openapi/v3/apis/{OPERATOR_GROUP}"))
            .get(kind.version(), &GetParams::default())
            .expect("constant words make a request");
        let document = self.ask(doing, self.client.request::<Value>(request)).await;
        let Some(mut document) = or_absent(document)? else {
            return Ok(None);
        };
        let schemas = document["components"]["schemas"].as_object_mut();
        let mut schemas = schemas.into_iter().flat_map(|all| all.values_mut());
        let schema = schemas.find(|schema| {
            let kinds = schema["x-kubernetes-group-version-kind"].as_array();
            kinds.into_iter().flatten().any(|gvk| {
                gvk["group"] == OPERATOR_GROUP
                    && gvk["version"] == kind.version()
                    && gvk["kind"] == kind.name()
            })
        });
        Ok(schema.map(|schema| Definition {
            operator: None,
            schema: schema.take(),
        }))
    }
}

fn of_resource(mut found: DynamicObject, kind: ResourceKind) -> Option<Definition> {
    let annotations = found.metadata.annotations.take().unwrap_or_default();
    let versions = found.data["spec"]["versions"].as_array_mut()?;
    let version = versions
        .iter_mut()
        .find(|version| version["name"] == kind.version())?;
    Some(Definition {
        // Very old definitions do not have this annotation.
        operator: annotations.get("operator.prometheus.io/version").cloned(),
        schema: version["schema"]["openAPIV3Schema"].take(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::fake::FakeApiServer;

    const CRD: &str = "GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions/prometheusagents.monitoring.coreos.com";
    const OPEN_API: &str = "GET /openapi/v3/apis/monitoring.coreos.com/v1alpha1";

    async fn definition(server: FakeApiServer) -> Result<DefinitionState, ClusterError> {
        let kubernetes = server.connected().await;
        kubernetes.definition(ResourceKind::PrometheusAgent).await
    }

    fn open_api() -> Value {
        let other = json!({"x-kubernetes-group-version-kind": [
            {"group": "monitoring.coreos.com", "kind": "PrometheusAgentList", "version": "v1alpha1"}]});
        let agent = json!({"properties": {"spec": {}}, "x-kubernetes-group-version-kind": [
            {"group": "monitoring.coreos.com", "kind": "PrometheusAgent", "version": "v1alpha1"}]});
        json!({"openapi": "3.0.0", "components": {"schemas": {
            "com.coreos.monitoring.v1alpha1.PrometheusAgentList": other,
            "com.coreos.monitoring.v1alpha1.PrometheusAgent": agent}}})
    }

    #[tokio::test]
    async fn the_schema_of_the_right_version_is_read_with_the_operators_release() {
        let answer = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "prometheusagents.monitoring.coreos.com",
                         "annotations": {"operator.prometheus.io/version": "0.85.0"}},
            "spec": {"versions": [
                {"name": "v1beta1", "schema": {"openAPIV3Schema": {"properties": {"b": {}}}}},
                {"name": "v1alpha1", "schema": {"openAPIV3Schema": {"properties": {"a": {}}}}}]}});

        let found = definition(FakeApiServer::default().answering(CRD, 200, answer)).await;

        assert_eq!(
            found,
            Ok(DefinitionState::Installed(Definition {
                operator: Some("0.85.0".to_owned()),
                schema: json!({"properties": {"a": {}}}),
            }))
        );
    }

    #[tokio::test]
    async fn someone_who_may_not_read_definitions_reads_what_is_published_of_them() {
        let server = FakeApiServer::default()
            .answering(CRD, 403, json!("no"))
            .answering(OPEN_API, 200, open_api());

        let found = definition(server).await;

        assert!(
            matches!(&found, Ok(DefinitionState::Installed(definition))
                if definition.schema["properties"] == json!({"spec": {}})),
            "{found:?}"
        );
    }

    #[tokio::test]
    async fn an_absent_definition_differs_from_an_unreadable_one() {
        let forbidden = FakeApiServer::default().answering(CRD, 403, json!("no"));
        let nothing_published = definition(forbidden).await;
        let forbidden = FakeApiServer::default()
            .answering(CRD, 403, json!("no"))
            .answering(OPEN_API, 403, json!("no"));
        let without_version = FakeApiServer::default().answering(
            CRD,
            200,
            json!({"metadata": {"name": "a"}, "spec": {"versions": [{"name": "v9"}]}}),
        );

        assert!(matches!(
            definition(FakeApiServer::default()).await,
            Ok(DefinitionState::Absent(ClusterError::NotFound { .. }))
        ));
        assert!(matches!(
            nothing_published,
            Ok(DefinitionState::Absent(ClusterError::Forbidden { .. }))
        ));
        assert!(matches!(
            definition(forbidden).await,
            Err(ClusterError::Forbidden { .. })
        ));
        assert!(matches!(
            definition(without_version).await,
            Err(ClusterError::Malformed { .. })
        ));
    }
}
