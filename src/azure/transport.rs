//! How does a request get there? One client per kind of connection, built when first needed and kept alive between calls.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};

use super::address::{ConnectionKind, connection_kind, host_of};
use super::call::{Call, HttpReply};
use super::error::AzureError;
use super::meaning::refusal_meaning::RefusalMeaning;
use crate::network::backoff::SharedBackoff;
use crate::network::cause::causes;
use crate::network::resend::{Attempt, Resend};
use crate::network::retry::TransientError;
use crate::network::retry_policy::{RetryPolicy, RunningWait, WaitMode};
use crate::network::wait_notices::WaitNotices;

const CONNECT: Duration = Duration::from_secs(10);
/// In bytes, unpacked. The largest answer in use, a page of Resource Graph, has a few MiB.
const LARGEST_ANSWER: usize = 32 * 1024 * 1024;
const USER_AGENT: &str = concat!("amw-rw/", env!("CARGO_PKG_VERSION"));

/// The HTTP clients and the count of what was sent through them. Cheap to clone; clones share connections.
#[derive(Clone, Default)]
pub(crate) struct Http {
    clients: Arc<Clients>,
    wait_mode: WaitMode,
    notes: WaitNotices,
    backoff: SharedBackoff,
}

#[derive(Default)]
struct Clients {
    plain: OnceLock<Client>,
    direct: OnceLock<Client>,
    outward: OnceLock<Client>,
    tries: AtomicU64,
}

impl Http {
    #[cfg(test)]
    pub(crate) fn without_waits() -> Self {
        Self {
            wait_mode: WaitMode::Skipped,
            ..Self::default()
        }
    }

    /// Tells the one who hears about long waits something else.
    pub(super) fn warn(&self, note: &str) {
        self.notes.warn(note);
    }

    /// The same clients, with a listener for long waits.
    pub(super) fn with_notices(self, notes: WaitNotices) -> Self {
        Self { notes, ..self }
    }

    /// Who hears about long waits.
    pub(crate) fn notes(&self) -> WaitNotices {
        self.notes.clone()
    }

    /// Requests sent so far, each try counted.
    pub(crate) fn requests(&self) -> u64 {
        self.clients.tries.load(Ordering::Relaxed)
    }

    /// One more try is on its way.
    pub(super) fn count(&self) {
        self.clients.tries.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn waiting(&self, policy: RetryPolicy) -> RunningWait {
        RunningWait::new(policy, self.wait_mode)
    }

    /// Without certificates on this machine a TLS client cannot be built, which is an error here and not a panic.
    pub(super) fn client(&self, kind: ConnectionKind) -> Result<&Client, AzureError> {
        let slot = match kind {
            ConnectionKind::PlainHttp => &self.clients.plain,
            ConnectionKind::LocalTls => &self.clients.direct,
            ConnectionKind::RemoteTls => &self.clients.outward,
        };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let client = build(kind).map_err(AzureError::NoTls)?;
        Ok(slot.get_or_init(|| client))
    }

    /// Sends until there is an answer worth having, within the time for one call.
    pub(super) async fn send(
        &self,
        call: &Call,
        bearer: Option<&SecretString>,
    ) -> Result<HttpReply, AzureError> {
        self.send_within(RetryPolicy::CALL, call, bearer).await
    }

    /// The same with another policy.
    pub(super) async fn send_within(
        &self,
        policy: RetryPolicy,
        call: &Call,
        bearer: Option<&SecretString>,
    ) -> Result<HttpReply, AzureError> {
        let host = host_of(&call.url);
        let resend = Resend {
            host: &host,
            policy,
            wait_mode: self.wait_mode,
            deadline: call.deadline,
            connect: CONNECT,
            repeatable: call.repeatable,
            backoff: &self.backoff,
            notices: &self.notes,
        };
        resend.run(&mut CallAttempt(self, call, bearer)).await
    }

    /// One try under its own `x-ms-client-request-id`: Resource Manager replays the answer to an id it has seen.
    async fn send_once(
        &self,
        call: &Call,
        bearer: Option<&SecretString>,
    ) -> Result<HttpReply, AzureError> {
        let client = self.client(connection_kind(&call.url)?)?;
        let id = uuid::Uuid::new_v4().to_string();
        let mut request = client
            .request(call.method.clone(), call.url.clone())
            .headers(call.headers.clone())
            .header("x-ms-client-request-id", &id)
            .timeout(call.deadline)
            .body(call.body.clone());
        // Over HTTP/1.1, as behind proxies that inspect TLS, Azure refuses a POST without a length (411), and the HTTP
        // library sends none for an empty body.
        if call.body.is_empty() && call.method == Method::POST {
            request = request.header(CONTENT_LENGTH, 0);
        }
        if let Some(bearer) = bearer {
            let header = authorization(bearer);
            let header = header.ok_or_else(|| AzureError::OddToken(host_of(&call.url)))?;
            request = request.header(AUTHORIZATION, header);
        }
        self.count();
        let started = Instant::now();
        let outcome = self.exchange(request, call, &id).await;
        trace(call, &outcome, started.elapsed(), &id);
        outcome
    }
}

/// One call with its token, as it can be sent again.
struct CallAttempt<'a>(&'a Http, &'a Call, Option<&'a SecretString>);

impl Attempt for CallAttempt<'_> {
    type Reply = HttpReply;
    type Error = AzureError;

    async fn send(&mut self) -> Result<HttpReply, AzureError> {
        self.0.send_once(self.1, self.2).await
    }

    fn head(reply: &HttpReply) -> (StatusCode, &HeaderMap) {
        (reply.status, &reply.headers)
    }

    fn failure(&self, outcome: &Result<HttpReply, AzureError>) -> Option<TransientError> {
        match outcome {
            Ok(reply) if reply.status.is_success() => None,
            Ok(reply) => Some(TransientError::Answered {
                status: reply.status.as_u16(),
                is_busy: reply.refusal().means(RefusalMeaning::OtherOperation),
            }),
            Err(AzureError::Late { .. }) => Some(TransientError::Late),
            Err(AzureError::Unreachable { .. }) => Some(TransientError::NeverSent),
            Err(AzureError::Broken { .. }) => Some(TransientError::Lost),
            Err(_) => None,
        }
    }

    fn held_back(&self, wait: Duration) -> AzureError {
        let host = host_of(&self.1.url);
        AzureError::AskedToWait { host, wait }
    }
}

impl Http {
    /// Sends once and reads the whole answer, within limits; reports it when the host keeps us waiting.
    pub(super) async fn exchange(
        &self,
        request: reqwest::RequestBuilder,
        call: &Call,
        id: &str,
    ) -> Result<HttpReply, AzureError> {
        let host = host_of(&call.url);
        let answer = receive(request, call, id);
        self.notes.while_waiting(&host, call.deadline, answer).await
    }
}

fn build(kind: ConnectionKind) -> reqwest::Result<Client> {
    let builder = Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT)
        // Azure sends no redirects: one comes from a proxy or a sign-in page, which must not get the token.
        .redirect(Policy::none());
    match kind {
        ConnectionKind::PlainHttp => builder.no_proxy().tls_certs_only([]).build(),
        ConnectionKind::LocalTls => builder.no_proxy().build(),
        ConnectionKind::RemoteTls => builder.build(),
    }
}

/// None for a token that no header can carry.
fn authorization(bearer: &SecretString) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", bearer.expose_secret())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

async fn receive(
    request: reqwest::RequestBuilder,
    call: &Call,
    id: &str,
) -> Result<HttpReply, AzureError> {
    let url = &call.url;
    let sent = request.send().await;
    let mut response = sent.map_err(|error| lost(call, error, None))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = BytesMut::new();
    // Chunks are unpacked already, so a small answer that unpacks without end stops here too.
    loop {
        let chunk = response.chunk().await;
        let Some(chunk) = chunk.map_err(|error| lost(call, error, Some(body.len())))? else {
            break;
        };
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(AzureError::TooLarge {
                host: host_of(url),
                limit: LARGEST_ANSWER,
            });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(HttpReply {
        status,
        headers,
        body: body.freeze(),
        url: url.clone(),
        sent_as: id.to_owned(),
    })
}

/// Why there is no whole answer; `read` is the size of its part that arrived, unpacked.
fn lost(call: &Call, error: reqwest::Error, read: Option<usize>) -> AzureError {
    let host = host_of(&call.url);
    if error.is_connect() {
        let source = error.without_url();
        return AzureError::Unreachable { host, source };
    }
    if error.is_timeout() {
        let deadline = call.deadline;
        return AzureError::Late { host, deadline };
    }
    let is_of_connection = causes(&error).any(|cause| cause.is::<hyper::Error>());
    let how = match read {
        None => "ended the connection before it answered".to_owned(),
        Some(read) if is_of_connection => format!("ended its answer early, after {read} bytes"),
        Some(read) => format!("sent an answer that cannot be unpacked after {read} bytes"),
    };
    AzureError::Broken {
        host,
        how,
        source: error.without_url(),
    }
}

/// What a log may show: no body, no token, and of the query only the version.
fn trace(call: &Call, outcome: &Result<HttpReply, AzureError>, took: Duration, id: &str) {
    // The addresses of operations carry a whole certificate in their query, about 3 KiB (recorded).
    let version = call.url.query_pairs().find(|(key, _)| key == "api-version");
    let version = version.map(|(_, version)| version.into_owned());
    match outcome {
        Ok(reply) => tracing::debug!(
            method = %call.method,
            host = host_of(&call.url),
            path = call.url.path(),
            version,
            status = reply.status.as_u16(),
            took = ?took,
            client_request_id = id,
            request_id = reply.header("x-ms-request-id"),
            correlation_id = reply.header("x-ms-correlation-request-id"),
        ),
        Err(error) => tracing::debug!(
            method = %call.method,
            host = host_of(&call.url),
            path = call.url.path(),
            version,
            took = ?took,
            client_request_id = id,
            %error,
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};
    use url::Url;

    use super::*;
    use crate::azure::fake::{FakeService, says};

    #[tokio::test]
    async fn every_try_has_an_id_of_its_own() {
        let fake = FakeService::in_turn([says(503, ""), says(200, "{}")]).await;

        let reply = Http::without_waits()
            .send(&Call::post(fake.url("/x")), Some(&"t".into()))
            .await;

        let ids: Vec<String> = fake
            .seen()
            .iter()
            .map(|seen| seen.header("x-ms-client-request-id").to_owned())
            .collect();
        assert!(reply.unwrap().status.is_success());
        assert_eq!(ids.len(), 2);
        assert_ne!(ids[0], ids[1]);
        assert_eq!(fake.seen()[1].header("authorization"), "Bearer t");
    }

    #[tokio::test]
    async fn what_may_have_happened_is_not_done_again() {
        let fake = FakeService::in_turn([says(500, ""), says(200, "")]).await;

        let reply = Http::without_waits()
            .send(&Call::post(fake.url("/x")), None)
            .await;

        assert_eq!(reply.unwrap().status.as_u16(), 500);
        assert_eq!(fake.lines().len(), 1);
    }

    #[tokio::test]
    async fn a_wait_longer_than_the_limit_ends_the_tries() {
        let fake = FakeService::in_turn([says(429, "").with("retry-after", "3600")]).await;

        let reply = Http::without_waits()
            .send(&Call::get(fake.url("/x")), None)
            .await;

        assert_eq!(reply.unwrap().status.as_u16(), 429);
        assert_eq!(fake.lines().len(), 1);
    }

    #[tokio::test]
    async fn endless_trouble_ends_with_the_deadline() {
        let fake = FakeService::in_turn([says(503, "")]).await;

        let reply = Http::without_waits()
            .send(&Call::get(fake.url("/x")), None)
            .await;

        assert_eq!(reply.unwrap().status.as_u16(), 503);
        assert!((4..30).contains(&fake.lines().len()));
    }

    #[tokio::test]
    async fn a_service_that_throttles_without_end_is_given_up_after_a_minute() {
        for (header, value) in [("retry-after", "1"), ("x-other", "1")] {
            let fake = FakeService::in_turn([says(429, "").with(header, value)]).await;

            let reply = Http::without_waits()
                .send(&Call::get(fake.url("/x")), None)
                .await;

            assert_eq!(reply.unwrap().status.as_u16(), 429);
            let tries = fake.lines().len();
            assert!((6..=62).contains(&tries), "{header}: {tries}");
        }
    }

    #[tokio::test]
    async fn a_named_wait_of_more_than_a_minute_is_waited_out() {
        let fake =
            FakeService::in_turn([says(429, "").with("retry-after", "90"), says(200, "{}")]).await;

        let reply = Http::without_waits()
            .send(&Call::get(fake.url("/x")), None)
            .await;

        assert_eq!(reply.unwrap().status.as_u16(), 200);
    }

    #[tokio::test]
    async fn a_host_that_is_not_there_is_tried_three_times() {
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/x", closed.local_addr().unwrap());
        drop(closed);
        let http = Http::without_waits();

        let outcome = http.send(&Call::get(url.parse().unwrap()), None).await;

        assert!(matches!(outcome, Err(AzureError::Unreachable { .. })));
        assert_eq!(http.requests(), 3);
    }

    #[tokio::test]
    async fn a_host_that_accepts_and_never_answers_is_given_two_deadlines() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/x", silent.local_addr().unwrap());
        let http = Http::without_waits();
        let call = Call::get(url.parse().unwrap()).within(Duration::from_millis(50));

        let outcome = http.send(&call, None).await;

        assert!(matches!(outcome, Err(AzureError::Late { .. })));
        assert_eq!(http.requests(), 2);
    }

    /// A host that sends these bytes to everybody who asks, and then ends the connection.
    async fn sends(bytes: &'static [u8]) -> Url {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/x", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(bytes).await;
            }
        });
        url.parse().unwrap()
    }

    #[tokio::test]
    async fn an_answer_that_ends_early_is_no_missing_connection() {
        let packed = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nabcd";
        let answers: [(&[u8], _); 4] = [
            (b"", "ended the connection before it answered"),
            (
                b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"a\":",
                "ended its answer early, after 5 bytes",
            ),
            (
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
                "ended its answer early, after 3 bytes",
            ),
            (
                packed,
                "sent an answer that cannot be unpacked after 0 bytes",
            ),
        ];
        for (answer, how) in answers {
            let http = Http::without_waits();

            let outcome = http.send(&Call::get(sends(answer).await), None).await;

            let Err(error @ AzureError::Broken { .. }) = outcome else {
                panic!("{how}: {:?}", outcome.err());
            };
            assert!(error.to_string().ends_with(how), "{error}");
            assert_eq!(http.requests(), 3, "{how}");
        }
    }

    #[tokio::test]
    async fn an_answer_that_unpacks_without_end_is_refused() {
        let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
        for _ in 0..(LARGEST_ANSWER / 65_536 + 1) {
            bomb.write_all(&[b' '; 65_536]).unwrap();
        }
        let bomb = bomb.finish().unwrap();
        let fake = FakeService::in_turn([says(200, bomb).with("content-encoding", "gzip")]).await;

        let outcome = Http::without_waits()
            .send(&Call::get(fake.url("/x")), None)
            .await;

        assert!(matches!(outcome, Err(AzureError::TooLarge { .. })));
        assert_eq!(fake.lines().len(), 1);
    }

    #[tokio::test]
    async fn a_wait_that_one_request_was_given_holds_for_the_next() {
        let fake = FakeService::in_turn([says(429, "").with("retry-after", "3600")]).await;
        let http = Http::default();

        let first = http.send(&Call::get(fake.url("/a")), None).await;
        let second = http.send(&Call::get(fake.url("/b")), None).await;

        assert_eq!(first.unwrap().status.as_u16(), 429);
        assert!(matches!(second, Err(AzureError::AskedToWait { .. })));
        assert_eq!(fake.lines().len(), 1);
    }

    #[tokio::test]
    async fn a_token_is_not_sent_in_the_clear() {
        let url = "http://management.example.com/x".parse().unwrap();

        let outcome = Http::without_waits()
            .send(&Call::get(url), Some(&"t".into()))
            .await;

        assert!(
            matches!(outcome, Err(AzureError::UnsafeAddress(host)) if host == "management.example.com")
        );
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_not_an_order() {
        let elsewhere = FakeService::in_turn([says(200, "{}")]).await;
        let fake =
            FakeService::in_turn([says(302, "").with("location", elsewhere.url("/x"))]).await;

        let reply = Http::without_waits()
            .send(&Call::get(fake.url("/x")), Some(&"t".into()))
            .await;

        assert_eq!(reply.unwrap().status.as_u16(), 302);
        assert!(elsewhere.lines().is_empty());
    }
}
