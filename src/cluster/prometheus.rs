//! Which Prometheus servers run in the cluster? Custom resources of the Operator first, then plain workloads.

use futures_util::join;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use kube::Api;
use kube::api::{DynamicObject, ListParams};

use super::custom_resource::api_resource;
use super::error::ClusterError;
use super::server::{PrometheusServer, operator_version, runs_prometheus};
use super::{Kubernetes, or_absent};
use crate::spec::resource_kind::ResourceKind;

/// What was found, and what could not be looked at: not seen is not absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Servers {
    pub(crate) found: Vec<PrometheusServer>,
    pub(crate) unseen: Vec<ClusterError>,
}

impl Kubernetes {
    /// All servers of the cluster, whoever manages them.
    pub(crate) async fn prometheus_servers(&self) -> Servers {
        let (resources, agents, sets, deployments) = join!(
            self.resources(ResourceKind::Prometheus),
            self.resources(ResourceKind::PrometheusAgent),
            self.stateful_sets(),
            self.deployments()
        );
        let mut servers = Servers::default();
        for seen in [resources, agents, sets, deployments] {
            match seen {
                Ok(found) => servers.found.extend(found),
                Err(error) => servers.unseen.push(error),
            }
        }
        servers
    }

    /// The Operator's resources of one kind; none where its definition is not installed.
    async fn resources(&self, kind: ResourceKind) -> Result<Vec<PrometheusServer>, ClusterError> {
        let api: Api<DynamicObject> = Api::all_with(self.client.clone(), &api_resource(kind));
        let everything = ListParams::default();
        let doing = format!("list {kind} resources");
        let list = self.ask(&doing, api.list(&everything));
        let items = or_absent(list.await)?.map(|list| list.items);
        Ok(items
            .iter()
            .flatten()
            .map(|found| PrometheusServer::from_custom_resource(kind, found))
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
        // Someone who may not read one kind can still find the server as another one.
        let mut unseen = None;
        for kind in ResourceKind::ALL {
            let resources: Api<DynamicObject> =
                Api::namespaced_with(client(), namespace, &api_resource(kind));
            match or_absent(self.ask(&doing, resources.get(name)).await) {
                Ok(Some(found)) => {
                    return Ok(Some(PrometheusServer::from_custom_resource(kind, &found)));
                }
                Ok(None) => {}
                Err(error) => unseen = unseen.or(Some(error)),
            }
        }
        let sets: Api<StatefulSet> = Api::namespaced(client(), namespace);
        if let Some(found) = or_absent(self.ask(&doing, sets.get(name)).await)? {
            return Ok(PrometheusServer::from_stateful_set(found));
        }
        let deployments: Api<Deployment> = Api::namespaced(client(), namespace);
        let found = or_absent(self.ask(&doing, deployments.get(name)).await)?;
        match (found.and_then(PrometheusServer::from_deployment), unseen) {
            (None, Some(error)) => Err(error),
            (found, _) => Ok(found),
        }
    }
}
