//! Which Prometheus servers run in the cluster? Custom resources of the Operator first, then plain workloads.

use futures_util::join;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, ListParams};

use super::error::ClusterError;
use super::server::{PrometheusServer, operator_version, runs_prometheus};
use super::{Kubernetes, or_absent};

/// What was found, and what could not be looked at: not seen is not absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Servers {
    pub(crate) found: Vec<PrometheusServer>,
    pub(crate) unseen: Vec<ClusterError>,
}

impl Kubernetes {
    /// All servers of the cluster, whoever manages them.
    pub(crate) async fn prometheus_servers(&self) -> Servers {
        let (resources, sets, deployments) = join!(
            self.prometheuses(),
            self.stateful_sets(),
            self.deployments()
        );
        let mut servers = Servers::default();
        for seen in [resources, sets, deployments] {
            match seen {
                Ok(found) => servers.found.extend(found),
                Err(error) => servers.unseen.push(error),
            }
        }
        servers
    }

    /// The Operator's Prometheus resources; none where the Operator is not installed.
    pub(crate) async fn prometheuses(&self) -> Result<Vec<PrometheusServer>, ClusterError> {
        let api: Api<DynamicObject> = Api::all_with(self.client.clone(), &resource());
        let everything = ListParams::default();
        let list = self.ask("list Prometheus resources", api.list(&everything));
        let items = or_absent(list.await)?.map(|list| list.items);
        Ok(items
            .iter()
            .flatten()
            .map(PrometheusServer::from_custom_resource)
            .collect())
    }

    async fn stateful_sets(&self) -> Result<Vec<PrometheusServer>, ClusterError> {
        let api: Api<StatefulSet> = Api::all(self.client.clone());
        let everything = ListParams::default();
        let list = self.ask("list StatefulSets", api.list(&everything)).await?;
        let own = list.items.into_iter().filter(|set| {
            let spec = set.spec.as_ref();
            spec.is_some_and(|spec| runs_prometheus(&set.metadata, &spec.template))
        });
        Ok(own
            .filter_map(PrometheusServer::from_stateful_set)
            .collect())
    }

    async fn deployments(&self) -> Result<Vec<PrometheusServer>, ClusterError> {
        let all = self.all_deployments().await?;
        let own = all.into_iter().filter(|deployment| {
            let spec = deployment.spec.as_ref();
            spec.is_some_and(|spec| runs_prometheus(&deployment.metadata, &spec.template))
        });
        Ok(own.filter_map(PrometheusServer::from_deployment).collect())
    }

    /// The version of the Prometheus Operator that runs here; `None` where none is seen or its tag tells no version.
    pub(crate) async fn operator_version(&self) -> Option<String> {
        let all = self.all_deployments().await.ok()?;
        all.iter().find_map(operator_version)
    }

    async fn all_deployments(&self) -> Result<Vec<Deployment>, ClusterError> {
        let api: Api<Deployment> = Api::all(self.client.clone());
        let everything = ListParams::default();
        let list = self.ask("list Deployments", api.list(&everything)).await?;
        Ok(list.items)
    }

    /// The server of that name: a custom resource, else a StatefulSet, else a Deployment.
    pub(crate) async fn prometheus(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<PrometheusServer>, ClusterError> {
        let doing = format!("read Prometheus {namespace}/{name}");
        let client = || self.client.clone();
        let resources: Api<DynamicObject> = Api::namespaced_with(client(), namespace, &resource());
        if let Some(found) = or_absent(self.ask(&doing, resources.get(name)).await)? {
            return Ok(Some(PrometheusServer::from_custom_resource(&found)));
        }
        let sets: Api<StatefulSet> = Api::namespaced(client(), namespace);
        if let Some(found) = or_absent(self.ask(&doing, sets.get(name)).await)? {
            return Ok(PrometheusServer::from_stateful_set(found));
        }
        let deployments: Api<Deployment> = Api::namespaced(client(), namespace);
        let found = or_absent(self.ask(&doing, deployments.get(name)).await)?;
        Ok(found.and_then(PrometheusServer::from_deployment))
    }
}

fn resource() -> ApiResource {
    let kind = GroupVersionKind::gvk("monitoring.coreos.com", "v1", "Prometheus");
    ApiResource::from_gvk_with_plural(&kind, "prometheuses")
}
