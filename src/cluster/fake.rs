//! An API server for tests: answers what it was told to, and remembers what it was asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Kubernetes;
use super::kubeconfig::Kubeconfig;

#[derive(Clone, Default)]
pub(crate) struct FakeApiServer {
    answers: HashMap<String, (u16, Value)>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl FakeApiServer {
    /// `question` is a method and a path, such as `GET /version`.
    pub(crate) fn answering(mut self, question: &str, code: u16, answer: Value) -> Self {
        self.answers.insert(question.to_owned(), (code, answer));
        self
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Serves on loopback for the rest of the test and gives its URL.
    pub(crate) async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = axum::Router::new()
            .fallback(answer)
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        url
    }

    /// Serves, and signs in to it with a static token.
    pub(crate) async fn connected(&self) -> Kubernetes {
        let kubeconfig = Kubeconfig::from_text(&kubeconfig(&self.serve().await)).unwrap();
        let context = kubeconfig.context("fake").unwrap();
        Kubernetes::connect(kubeconfig, context).await.unwrap()
    }
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

async fn answer(State(fake): State<FakeApiServer>, request: Request) -> Response {
    let question = format!("{} {}", request.method(), request.uri().path());
    fake.asked.lock().unwrap().push(question.clone());
    let (code, body) = match fake.answers.get(&question) {
        Some((code, body)) if *code < 400 => (*code, body.clone()),
        Some((code, body)) => (*code, status(*code, body.as_str().unwrap_or_default())),
        None => (
            404,
            status(404, "the server could not find the requested resource"),
        ),
    };
    let code = StatusCode::from_u16(code).unwrap();
    (
        code,
        [("content-type", "application/json")],
        body.to_string(),
    )
        .into_response()
}

fn status(code: u16, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": message})
}
