//! An API server for tests: gives scripted answers and records its requests.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use http::{Request, Response};
use serde_json::{Value, json};

use super::Kubernetes;
use super::error::ClusterError;
use super::kubeconfig::{Kubeconfig, KubeconfigContext};
use super::retried::Limits;
use super::server::{PrometheusServer, WorkloadKind};
use crate::network::loopback;
use crate::network::retry_policy::WaitMode;
use crate::network::wait_notices::WaitNotices;
use crate::spec::ServiceAccount;

impl PrometheusServer {
    /// An installation `namespace/name`, whose service account is called the same.
    pub(crate) fn example(reference: &str, kind: WorkloadKind) -> Self {
        let account = ServiceAccount::parse(reference).unwrap();
        Self {
            namespace: account.namespace.clone(),
            name: account.name.clone(),
            kind,
            version: None,
            service_account: account,
            release: None,
            pod_labels: BTreeMap::new(),
            container: "prometheus".into(),
            config_maps: Vec::new(),
            is_unmanaged: false,
            is_paused: false,
            is_observed: false,
        }
    }
}

#[derive(Clone, Default)]
pub(crate) struct FakeApiServer {
    answers: HashMap<String, (u16, Value)>,
    asked: Arc<Mutex<Vec<String>>>,
    queries: Arc<Mutex<Vec<String>>>,
    /// How many further pages are refused because the list has expired.
    expiring: Arc<Mutex<usize>>,
}

impl FakeApiServer {
    /// `question` is a method and a path, such as `GET /version`.
    pub(crate) fn answering(mut self, question: &str, code: u16, answer: Value) -> Self {
        self.answers.insert(question.to_owned(), (code, answer));
        self
    }

    /// Forgets lists that are read in pages, so many times.
    pub(crate) fn expiring(self, times: usize) -> Self {
        *self.expiring.lock().unwrap() = times;
        self
    }

    /// The queries of all requests, as they were sent.
    pub(crate) fn queries(&self) -> Vec<String> {
        self.queries.lock().unwrap().clone()
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Serves on loopback for the rest of the test and gives its URL.
    pub(crate) async fn serve(&self) -> String {
        let fake = self.clone();
        let url = loopback::serve(move |request| answer(&fake, &request)).await;
        url.as_str().trim_end_matches('/').to_owned()
    }

    /// Serves, and signs in to it with a static token.
    pub(crate) async fn connected(&self) -> Kubernetes {
        let kubeconfig = Kubeconfig::from_text(&kubeconfig(&self.serve().await)).unwrap();
        let context = kubeconfig.context("fake").unwrap();
        quickly(kubeconfig, context).await.unwrap()
    }
}

/// Signs in without ever waiting between tries.
pub(super) async fn quickly(
    kubeconfig: Kubeconfig,
    context: KubeconfigContext,
) -> Result<Kubernetes, ClusterError> {
    let limits = Limits {
        wait_mode: WaitMode::Skipped,
        ..Limits::DEFAULT
    };
    Kubernetes::connect_within(kubeconfig, context, WaitNotices::default(), limits).await
}

/// A kubeconfig whose context `fake` leads to `server`.
pub(crate) fn kubeconfig(server: &str) -> String {
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "fake",
        "clusters": [{"name": "fake", "cluster": {"server": server}}],
        "users": [{"name": "clusterUser_rg-prod_aks-prod", "user": {"token": "kubernetes-token"}}],
        "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "clusterUser_rg-prod_aks-prod"}}],
    })
    .to_string()
}

fn answer<B>(fake: &FakeApiServer, request: &Request<B>) -> Response<Vec<u8>> {
    let question = format!("{} {}", request.method(), request.uri().path());
    fake.asked.lock().unwrap().push(question.clone());
    let query = request.uri().query().unwrap_or_default().to_owned();
    fake.queries.lock().unwrap().push(query.clone());
    let parameter = |name: &str| {
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        let mut values = pairs.filter(|(key, _)| key == name);
        values.next().map(|(_, value)| value.into_owned())
    };
    if parameter("continue").is_some() && std::mem::take(&mut *fake.expiring.lock().unwrap()) > 0 {
        let body = status(410, "The provided continue parameter is too old");
        return loopback::json(410, &body);
    }
    let accept = request.headers().get("accept");
    let is_partial =
        accept.is_some_and(|accept| accept.to_str().unwrap().contains("PartialObject"));
    let (code, body) = match fake.answers.get(&question) {
        Some((code, body)) if body["items"].is_array() => {
            let selector = parameter("labelSelector").unwrap_or_default();
            let limit = parameter("limit").and_then(|text| text.parse().ok());
            let start = parameter("continue").and_then(|text| text.parse().ok());
            let page = page(
                body,
                &selector,
                start.unwrap_or(0),
                limit.unwrap_or(usize::MAX),
            );
            (*code, if is_partial { without_data(page) } else { page })
        }
        Some((code, body)) if *code < 400 => (*code, body.clone()),
        Some((code, body)) => (*code, status(*code, body.as_str().unwrap_or_default())),
        None => (
            404,
            status(404, "the server could not find the requested resource"),
        ),
    };
    loopback::json(code, &body)
}

/// A part of a list, with where the next one begins.
fn page(list: &Value, selector: &str, start: usize, limit: usize) -> Value {
    let conditions = selector.split(',').filter_map(|one| one.split_once('='));
    let conditions: Vec<(&str, &str)> = conditions.collect();
    let is_selected = |item: &&Value| {
        let labels = &item["metadata"]["labels"];
        conditions.iter().all(|(key, value)| labels[key] == **value)
    };
    let selected: Vec<&Value> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(is_selected)
        .collect();
    let items: Vec<&Value> = selected.iter().skip(start).take(limit).copied().collect();
    let end = start + items.len();
    let metadata = match end < selected.len() {
        true => json!({"continue": end.to_string()}),
        false => json!({}),
    };
    json!({"kind": list["kind"], "apiVersion": list["apiVersion"], "metadata": metadata, "items": items})
}

fn without_data(mut list: Value) -> Value {
    for item in list["items"].as_array_mut().unwrap() {
        *item = json!({"metadata": item["metadata"]});
    }
    list
}

fn status(code: u16, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": message})
}
