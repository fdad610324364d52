//! Which Prometheus servers run in the cluster? Resources of the Operator first, then plain workloads.

use futures_util::join;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};

use super::client::{Kubernetes, or_absent};
use super::custom_resource::api_resource;
use super::error::ClusterError;
use super::found::{FoundDeployments, Servers};
use super::operator::Operator;
use super::pages::Listing;
use super::server::{OperatorResource, PrometheusServer, Workload, WorkloadKind};
use crate::target::resource_kind::ResourceKind;

/// One Deployment that matters.
enum FoundDeployment {
    Server(Box<PrometheusServer>),
    Operator(Operator),
}

fn doing_list(kind: ResourceKind) -> String {
    format!("list {kind} resources")
}

/// Where the Operator runs, its resources are served. A 404 is then the answer of something in between, or of an
/// installation that lost its definitions, and shows nothing about the servers.
fn served(
    found: Option<Vec<PrometheusServer>>,
    has_operator: bool,
) -> Result<Vec<PrometheusServer>, ClusterError> {
    match found {
        Some(found) => Ok(found),
        None if has_operator => Err(ClusterError::NotFound {
            doing: doing_list(ResourceKind::Prometheus),
            message: "although the Prometheus Operator runs".to_owned(),
        }),
        None => Ok(Vec::new()),
    }
}

impl Kubernetes {
    /// All servers of the cluster, with the Operator and without. What was read as a whole is not read again.
    pub(crate) async fn prometheus_servers(&self) -> Servers {
        if let Some(servers) = self.seen.servers.get() {
            return servers.clone();
        }
        let (resources, agents, sets, deployments) = join!(
            self.resources(ResourceKind::Prometheus, None),
            self.resources(ResourceKind::PrometheusAgent, None),
            self.stateful_sets(None),
            self.deployments()
        );
        let has_operator = matches!(deployments, Ok(found) if !found.operators.is_empty());
        let deployments = deployments.map(|found| found.servers.clone());
        let resources = resources.and_then(|found| served(found, has_operator));
        let agents = agents.map(Option::unwrap_or_default);
        let servers = Servers::of([resources, agents, sets, deployments]);
        if servers.unseen.is_empty() {
            // Another look at the same time saw the same.
            let _ = self.seen.servers.set(servers.clone());
        }
        servers
    }

    /// The servers of one namespace, for which rights in that namespace are enough.
    pub(crate) async fn prometheus_servers_in(&self, namespace: &str) -> Servers {
        let place = Some(namespace);
        let (resources, agents, sets, deployments) = join!(
            self.resources(ResourceKind::Prometheus, place),
            self.resources(ResourceKind::PrometheusAgent, place),
            self.stateful_sets(place),
            self.deployments_in(place)
        );
        let deployments = deployments.map(|found| found.servers);
        let [resources, agents] = [resources, agents].map(|one| one.map(Option::unwrap_or_default));
        Servers::of([resources, agents, sets, deployments])
    }

    /// The Operator's resources of one kind; `None` where its definition is not installed.
    async fn resources(
        &self,
        kind: ResourceKind,
        namespace: Option<&str>,
    ) -> Result<Option<Vec<PrometheusServer>>, ClusterError> {
        let doing = doing_list(kind);
        let listing = Listing::of_resource(doing, &api_resource(kind), namespace);
        let keep = |found| Some(PrometheusServer::from_custom_resource(kind, found));
        let found = self.list::<OperatorResource, _>(&listing, keep).await;
        or_absent(found)
    }

    async fn stateful_sets(
        &self,
        namespace: Option<&str>,
    ) -> Result<Vec<PrometheusServer>, ClusterError> {
        let listing = Listing::of::<StatefulSet>("list StatefulSets", namespace);
        let keep = |found: Workload| {
            let is_server = found.runs_prometheus();
            is_server.then(|| PrometheusServer::from_workload(WorkloadKind::StatefulSet, found))?
        };
        self.list(&listing, keep).await
    }

    async fn deployments(&self) -> Result<&FoundDeployments, ClusterError> {
        let look = || self.deployments_in(None);
        let seen = self.seen.deployments.get_or_init(look).await;
        seen.as_ref().map_err(ClusterError::clone)
    }

    async fn deployments_in(
        &self,
        namespace: Option<&str>,
    ) -> Result<FoundDeployments, ClusterError> {
        // Of each object only what counts is kept: 3,000 Deployments and 1,000 StatefulSets as a whole took 523 MiB.
        let listing = Listing::of::<Deployment>("list Deployments", namespace);
        let keep = |found: Workload| {
            if let Some(operator) = Operator::from_workload(&found) {
                return Some(FoundDeployment::Operator(operator));
            }
            let is_server = found.runs_prometheus();
            let server = is_server
                .then(|| PrometheusServer::from_workload(WorkloadKind::Deployment, found))?;
            server.map(|server| FoundDeployment::Server(Box::new(server)))
        };
        let mut all = FoundDeployments::default();
        for one in self.list(&listing, keep).await? {
            match one {
                FoundDeployment::Server(server) => all.servers.push(*server),
                FoundDeployment::Operator(operator) => all.operators.push(operator),
            }
        }
        Ok(all)
    }

    /// The version of the Prometheus Operator that runs here; `None` where none is seen or its tag has no version.
    /// A user who may only look into `namespace` sees the one that is there.
    pub(crate) async fn operator_version(
        &self,
        namespace: Option<&str>,
    ) -> Result<Option<String>, ClusterError> {
        match (self.deployments().await, namespace) {
            (Ok(found), _) => Ok(found.operator_version()),
            (Err(error), Some(namespace)) if error.is_denied() => {
                let found = self.deployments_in(Some(namespace)).await;
                match found.map(|found| found.operator_version()) {
                    // It may run in another namespace.
                    Ok(None) => Err(error),
                    Err(elsewhere) if elsewhere.is_denied() => Err(error),
                    answer => answer,
                }
            }
            (Err(error), _) => Err(error),
        }
    }

    /// The Operators of the cluster; an error where not all Deployments can be listed.
    pub(crate) async fn operators(&self) -> Result<&[Operator], ClusterError> {
        let found = self.deployments().await;
        found.map(|found| found.operators.as_slice())
    }

    /// The server of that name: a resource of the Operator, else a StatefulSet, else a Deployment.
    pub(crate) async fn prometheus(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<PrometheusServer>, ClusterError> {
        let doing = format!("read Prometheus {namespace}/{name}");
        // A user without the right to read one kind can still find the server as another one.
        let mut unseen = None;
        for kind in ResourceKind::ALL {
            let place = Listing::of_resource(&doing, &api_resource(kind), Some(namespace));
            match self.get(&place, name).await {
                Ok(Some(found)) => {
                    return Ok(Some(PrometheusServer::from_custom_resource(kind, found)));
                }
                Ok(None) => {}
                Err(error) if error.is_denied() => unseen = unseen.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        let workloads = [
            (
                WorkloadKind::StatefulSet,
                Listing::of::<StatefulSet>(&doing, Some(namespace)),
            ),
            (
                WorkloadKind::Deployment,
                Listing::of::<Deployment>(&doing, Some(namespace)),
            ),
        ];
        for (kind, place) in workloads {
            match self.get::<Workload>(&place, name).await {
                Ok(Some(found)) => return Ok(PrometheusServer::from_workload(kind, found)),
                Ok(None) => {}
                Err(error) if error.is_denied() => unseen = unseen.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        unseen.map_or(Ok(None), Err)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::cluster::fake::FakeApiServer;

    fn list(number: usize, last: &Value) -> Value {
        let workload = |number| {
            let container = json!({"name": "main", "image": "example.com/app:1.0"});
            json!({"metadata": {"name": format!("w{number}"), "namespace": "apps"},
                   "spec": {"template": {"spec": {"containers": [container]}}}})
        };
        let others = (1..number).map(workload);
        json!({"items": others.chain([last.clone()]).collect::<Vec<_>>()})
    }

    fn workload(name: &str, image: &str) -> Value {
        json!({"metadata": {"name": name, "namespace": "monitoring"},
               "spec": {"template": {"spec": {"containers": [{"name": "main", "image": image}]}}}})
    }

    #[tokio::test]
    async fn a_large_cluster_is_read_in_pages_and_once() {
        let operator = "quay.io/prometheus-operator/prometheus-operator:v0.93.0";
        let server = "quay.io/prometheus/prometheus:v3.14.0";
        let fake = FakeApiServer::default()
            .answering(
                "GET /apis/apps/v1/deployments",
                200,
                list(3000, &workload("operator", operator)),
            )
            .answering(
                "GET /apis/apps/v1/statefulsets",
                200,
                list(1000, &workload("prometheus", server)),
            )
            .answering(
                "GET /apis/monitoring.coreos.com/v1/prometheuses",
                200,
                json!({"items": []}),
            );
        let kubernetes = fake.connected().await;

        let first = kubernetes.prometheus_servers().await;
        let version = kubernetes.operator_version(None).await;
        let second = kubernetes.clone().prometheus_servers().await;

        assert_eq!(first.found[0].reference(), "monitoring/prometheus");
        assert_eq!(version, Ok(Some("0.93.0".to_owned())));
        assert_eq!(second, first);
        // Six pages of Deployments, two of StatefulSets, and the two kinds of the Operator.
        assert_eq!(fake.asked().len(), 6 + 2 + 2);
    }

    #[tokio::test]
    async fn resources_of_an_operator_that_runs_are_not_absent_because_of_a_404() {
        let operator = "quay.io/prometheus-operator/prometheus-operator:v0.93.0";
        for (image, unseen) in [(operator, 1), ("example.com/app:1.0", 0)] {
            let kubernetes = FakeApiServer::default()
                .answering(
                    "GET /apis/apps/v1/deployments",
                    200,
                    list(1, &workload("one", image)),
                )
                .answering("GET /apis/apps/v1/statefulsets", 200, json!({"items": []}))
                .connected()
                .await;

            let servers = kubernetes.prometheus_servers().await;

            assert_eq!(servers.unseen.len(), unseen, "{image}: {servers:?}");
        }
    }

    #[tokio::test]
    async fn rights_in_one_namespace_show_the_operator_of_that_namespace() {
        let operator = "quay.io/prometheus-operator/prometheus-operator:v0.93.0";
        let kubernetes = FakeApiServer::default()
            .answering("GET /apis/apps/v1/deployments", 403, json!("no"))
            .answering(
                "GET /apis/apps/v1/namespaces/monitoring/deployments",
                200,
                list(1, &workload("operator", operator)),
            )
            .connected()
            .await;

        let seen = kubernetes.operator_version(Some("monitoring")).await;
        let unseen = kubernetes.operator_version(None).await;

        assert_eq!(seen, Ok(Some("0.93.0".to_owned())));
        assert!(unseen.is_err_and(|error| error.is_denied()));
    }
}
