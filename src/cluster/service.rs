//! What does a Service of the cluster lead to?

use std::collections::BTreeMap;

use futures_util::join;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{Pod, Service};
use serde_json::{Value, json};

use super::Kubernetes;
use super::error::ClusterError;
use super::pages::Listing;

type PodLabels = BTreeMap<String, String>;

impl Kubernetes {
    /// The Service, and all workloads whose pods it selects. Empty where there is no such Service.
    pub(crate) async fn behind_service(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Vec<Value>, ClusterError> {
        let doing = format!("read Service {namespace}/{name}");
        let place = Listing::of::<Service>(doing, Some(namespace));
        let Some(service) = self.get::<Value>(&place, name).await? else {
            return Ok(Vec::new());
        };
        let service = with_kind("Service", &service);
        let selector = text_map(&service["spec"]["selector"]);
        // Without a selector its endpoints are written by hand.
        if selector.is_empty() {
            return Ok(vec![service]);
        }
        let mut found = self.selected(namespace, &selector).await?;
        found.push(service);
        Ok(found)
    }

    /// An error where something could not be read and nothing else is selected.
    async fn selected(
        &self,
        namespace: &str,
        selector: &PodLabels,
    ) -> Result<Vec<Value>, ClusterError> {
        let place = Some(namespace);
        let labels: Vec<String> = selector
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let doing = |kind: &str| format!("list {kind} in namespace {namespace}");
        let deployments = Listing::of::<Deployment>(doing("Deployments"), place);
        let sets = Listing::of::<StatefulSet>(doing("StatefulSets"), place);
        let pods = Listing::of::<Pod>(doing("Pods"), place).labels(labels.join(","));
        let keep = |kind: &'static str| {
            move |found: Value| {
                selects(selector, &template_labels(&found)).then(|| with_kind(kind, &found))
            }
        };
        let (deployments, sets, pods) = join!(
            self.list(&deployments, keep("Deployment")),
            self.list(&sets, keep("StatefulSet")),
            self.list(&pods, |found: Value| Some(with_kind("Pod", &found)))
        );
        let mut found = Vec::new();
        let mut unread = None;
        for answer in [deployments, sets] {
            match answer {
                Ok(workloads) => found.extend(workloads),
                Err(error) => unread = unread.or(Some(error)),
            }
        }
        match pods {
            Ok(pods) => {
                let templates: Vec<PodLabels> = found.iter().map(template_labels).collect();
                // A pod has the labels of its template and more.
                let is_owned = |pod: &Value| {
                    let own = text_map(&pod["metadata"]["labels"]);
                    templates.iter().any(|template| selects(template, &own))
                };
                found.extend(pods.into_iter().filter(|pod| !is_owned(pod)));
            }
            Err(error) => unread = unread.or(Some(error)),
        }
        match unread {
            Some(error) if found.is_empty() => Err(error),
            _ => Ok(found),
        }
    }
}

fn template_labels(workload: &Value) -> PodLabels {
    text_map(&workload["spec"]["template"]["metadata"]["labels"])
}

fn text_map(value: &Value) -> PodLabels {
    let entries = value.as_object().into_iter().flatten();
    entries
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

fn selects(selector: &PodLabels, labels: &PodLabels) -> bool {
    selector
        .iter()
        .all(|(key, value)| labels.get(key) == Some(value))
}

/// What decides where its pods write. The items of a list have no kind.
fn with_kind(kind: &str, found: &Value) -> Value {
    let metadata = &found["metadata"];
    json!({
        "kind": kind,
        "metadata": {
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "labels": metadata["labels"],
        },
        "spec": found["spec"],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::fake::FakeApiServer;

    const NAMESPACED: &str = "namespaces/monitoring";

    fn with_service() -> FakeApiServer {
        let service = json!({"metadata": {"name": "out", "namespace": "monitoring"}, "spec": {"selector": {"app": "out"}}});
        FakeApiServer::default().answering(
            &format!("GET /api/v1/{NAMESPACED}/services/out"),
            200,
            service,
        )
    }

    fn workload(name: &str, app: &str) -> Value {
        json!({"metadata": {"name": name, "namespace": "monitoring"},
               "spec": {"template": {"metadata": {"labels": {"app": app}}}}})
    }

    fn pod(name: &str, labels: &Value) -> Value {
        json!({"metadata": {"name": name, "labels": labels}})
    }

    fn answering(server: FakeApiServer, kind: &str, code: u16, items: &[Value]) -> FakeApiServer {
        let group = if kind == "pods" {
            "api/v1"
        } else {
            "apis/apps/v1"
        };
        let path = format!("GET /{group}/{NAMESPACED}/{kind}");
        server.answering(&path, code, json!({"items": items}))
    }

    async fn names(server: FakeApiServer) -> Result<Vec<String>, ClusterError> {
        let found = server
            .connected()
            .await
            .behind_service("monitoring", "out")
            .await?;
        let described = found.iter().map(|one| {
            format!(
                "{} {}",
                one["kind"].as_str().unwrap(),
                one["metadata"]["name"].as_str().unwrap()
            )
        });
        Ok(described.collect())
    }

    #[tokio::test]
    async fn a_service_leads_to_the_workloads_that_it_selects_and_to_pods_without_one() {
        let server = answering(
            with_service(),
            "deployments",
            200,
            &[workload("out", "out"), workload("web", "web")],
        );
        let server = answering(server, "statefulsets", 200, &[]);
        let pods = [
            pod("out-1", &json!({"app": "out", "pod-template-hash": "1"})),
            pod("bare", &json!({"app": "out"})),
        ];
        let owned = answering(server.clone(), "pods", 200, &pods[..1]);
        let bare = answering(
            answering(server, "deployments", 403, &[]),
            "pods",
            200,
            &pods[1..],
        );

        assert_eq!(
            names(owned).await.unwrap(),
            ["Deployment out", "Service out"]
        );
        assert_eq!(names(bare).await.unwrap(), ["Pod bare", "Service out"]);
    }

    #[tokio::test]
    async fn what_may_not_be_read_is_an_error_and_an_absent_service_is_none() {
        let server = answering(with_service(), "deployments", 403, &[]);
        let server = answering(server, "statefulsets", 200, &[]);
        let nothing_seen = answering(server, "pods", 200, &[]);

        assert!(names(nothing_seen).await.unwrap_err().is_denied());
        assert_eq!(names(FakeApiServer::default()).await, Ok(Vec::new()));
    }
}
