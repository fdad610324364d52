//! A service on loopback that answers with what a test wrote for it, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use jiff::Timestamp;
use url::Url;

use super::error::AzureError;
use super::reader::Reader;
use super::token::{AccessToken, TokenSource};
use super::transport::Http;
use crate::network::loopback;
use crate::spec::cloud::{Cloud, CloudName, CloudOverrides};

/// A request as the service saw it.
#[derive(Debug, Clone)]
pub(crate) struct RecordedRequest {
    /// Method and path with query: `GET /subscriptions?api-version=…`.
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl RecordedRequest {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn is(&self, start: &str) -> bool {
        self.line.starts_with(start)
    }
}

/// What the service answers.
#[derive(Debug, Clone)]
pub(crate) struct ScriptedReply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

pub(crate) fn says(status: u16, body: impl Into<Vec<u8>>) -> ScriptedReply {
    ScriptedReply {
        status,
        headers: Vec::new(),
        body: body.into(),
    }
}

impl ScriptedReply {
    pub(crate) fn with(mut self, header: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((header, value.into()));
        self
    }
}

type ReplyScript = dyn Fn(&RecordedRequest, usize) -> ScriptedReply + Send + Sync;

struct FakeState {
    script: Box<ReplyScript>,
    seen: Mutex<Vec<RecordedRequest>>,
}

/// The service. It answers as long as the test's runtime lives.
pub(crate) struct FakeService {
    pub(crate) base: Url,
    stage: Arc<FakeState>,
}

impl FakeService {
    /// `script` gets the request and how many came before it.
    pub(crate) async fn new(
        script: impl Fn(&RecordedRequest, usize) -> ScriptedReply + Send + Sync + 'static,
    ) -> Self {
        let stage = Arc::new(FakeState {
            script: Box::new(script),
            seen: Mutex::default(),
        });
        let behind = Arc::clone(&stage);
        let base = loopback::serve(move |request| answer(&behind, request)).await;
        Self { base, stage }
    }

    /// One answer after the other; the last one is repeated.
    pub(crate) async fn in_turn<const MANY: usize>(answers: [ScriptedReply; MANY]) -> Self {
        Self::new(move |_, before| answers[before.min(MANY - 1)].clone()).await
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        self.base.join(path).unwrap()
    }

    pub(crate) fn seen(&self) -> Vec<RecordedRequest> {
        self.stage.seen.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }

    /// A cloud whose hosts are all this service.
    pub(crate) fn cloud(&self) -> Cloud {
        let base = || Some(self.base.clone());
        let overrides = CloudOverrides {
            resource_manager: base(),
            authority: base(),
            graph: base(),
            instance_metadata: base(),
            ..CloudOverrides::default()
        };
        Cloud::new(CloudName::Public, overrides)
    }

    /// Signed in, and never waiting between tries.
    pub(crate) fn reader(&self) -> Reader {
        Reader::with_tokens(
            Http::without_waits(),
            self.cloud(),
            Arc::new(NumberedTokens::default()),
        )
    }
}

fn answer(stage: &FakeState, request: Request<Bytes>) -> Response<Vec<u8>> {
    let (head, body) = request.into_parts();
    let seen = RecordedRequest {
        line: format!("{} {}", head.method, head.uri),
        headers: head.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let before = {
        let mut all = stage.seen.lock().unwrap();
        all.push(seen.clone());
        all.len() - 1
    };
    let says = (stage.script)(&seen, before);
    let mut response = Response::builder().status(says.status);
    for (name, value) in says.headers {
        response = response.header(name, value);
    }
    response.body(says.body).unwrap()
}

/// Hands out `token-1`, `token-2`, … and remembers the claims it was given.
#[derive(Debug, Default)]
pub(crate) struct NumberedTokens {
    pub(crate) claims: Mutex<Vec<Option<String>>>,
}

#[async_trait]
impl TokenSource for NumberedTokens {
    async fn fetch(&self, _scope: &str, claims: Option<&str>) -> Result<AccessToken, AzureError> {
        let mut all = self.claims.lock().unwrap();
        all.push(claims.map(str::to_owned));
        Ok(AccessToken {
            secret: format!("token-{}", all.len()).into(),
            expires: Timestamp::MAX,
        })
    }
}
