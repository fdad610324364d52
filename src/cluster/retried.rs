//! Sends each request to the API server until an answer is worth having, within limits of time and size.
//!
//! The client's own retries are switched off (kube 5.0): they wait as long as an answer asks, and give up at once when a
//! connection breaks.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use kube::client::{AuthError, Body};
use kube::core::Status;
use thiserror::Error;
use tower::{BoxError, Layer, Service};

use super::reachability::{FirstTurn, Reachability};
use crate::network::backoff::SharedBackoff;
use crate::network::cause::{causes, is_timeout, is_untrusted_certificate};
use crate::network::resend::{Attempt, Resend};
use crate::network::retry::TransientError;
use crate::network::retry_policy::{RetryPolicy, WaitMode};
use crate::network::wait_notices::WaitNotices;

/// In characters, of a refusal.
const LONGEST_MESSAGE: usize = 1000;

/// What bounds one request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// For one try, its whole answer included.
    pub(super) deadline: Duration,
    /// In bytes. The largest answer in use, a page of 500 Deployments, has some MiB; several are read side by side.
    pub(super) answer: usize,
    pub(super) wait_mode: WaitMode,
    /// For a plugin of the kubeconfig, which may have to wait for a person.
    pub(super) plugin: Duration,
}

impl Limits {
    pub(super) const DEFAULT: Self = Self {
        deadline: Duration::from_secs(10),
        answer: 64 * 1024 * 1024,
        wait_mode: WaitMode::Real,
        plugin: Duration::from_mins(5),
    };
}

/// Why a request has no answer that can be used.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
pub(super) enum NoAnswer {
    #[error("no answer within {} s", .0.as_secs())]
    Late(Duration),
    #[error("its response is larger than {} MiB", .limit >> 20)]
    TooLarge { limit: usize },
    #[error("its answer ended early, after {read} bytes: {why}")]
    EndedEarly { read: usize, why: String },
    #[error("it asked to retry only after {} s", .0.as_secs().max(1))]
    AskedToWait(Duration),
    #[error("it answered {0}, a redirect, which no API server sends")]
    Redirect(u16),
    #[error("refusing to request {0}: a part of this path is not a valid name in Kubernetes")]
    UnsafePath(String),
    /// What an earlier request met.
    #[error("{0}")]
    Earlier(String),
}

/// What signs in where the client itself does not.
#[async_trait]
pub(super) trait RequestCredential: Send + Sync {
    /// The `Authorization` of a request.
    async fn header(&self) -> Result<Option<HeaderValue>, BoxError>;
}

/// Wraps a client's service.
pub(super) struct RetryLayer {
    /// The API server's, as it is shown.
    pub(super) host: String,
    pub(super) notes: WaitNotices,
    pub(super) limits: Limits,
    pub(super) credential: Option<Arc<dyn RequestCredential>>,
}

/// The service inside, and what is known of its server.
pub(super) struct RetriedService<S>(Arc<SharedService<S>>);

struct SharedService<S> {
    /// Held while a request is handed over, not while it is under way.
    inner: tokio::sync::Mutex<S>,
    host: String,
    notes: WaitNotices,
    limits: Limits,
    credential: Option<Arc<dyn RequestCredential>>,
    backoff: SharedBackoff,
    reachability: Reachability,
}

impl<S> Layer<S> for RetryLayer {
    type Service = RetriedService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RetriedService(Arc::new(SharedService {
            inner: tokio::sync::Mutex::new(inner),
            host: self.host.clone(),
            notes: self.notes.clone(),
            limits: self.limits,
            credential: self.credential.clone(),
            backoff: SharedBackoff::default(),
            reachability: Reachability::default(),
        }))
    }
}

impl<S, B> Service<Request<Body>> for RetriedService<S>
where
    S: Service<Request<Body>, Response = Response<B>, Error = BoxError> + Send + 'static,
    S::Future: Send,
    B: hyper::body::Body<Data = Bytes> + Send,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let shared = Arc::clone(&self.0);
        Box::pin(async move { shared.send(request).await })
    }
}

/// The client believes the code in the body of a refusal, which is 0 where a gateway answered JSON of its own, and keeps
/// all of its text.
fn message_of_status(answer: Response<Bytes>) -> BufferedResult {
    let code = answer.status().as_u16();
    match code {
        300..400 => return Err(NoAnswer::Redirect(code).into()),
        400.. => {}
        _ => return Ok(answer),
    }
    let (head, body) = answer.into_parts();
    let message = match serde_json::from_slice::<Status>(&body) {
        Ok(status) => status.message,
        Err(_) => String::from_utf8_lossy(&body).trim().to_owned(),
    };
    let message: String = message.chars().take(LONGEST_MESSAGE).collect();
    let status = Status::failure(&message, "").with_code(code);
    let body = serde_json::to_vec(&status)?;
    Ok(Response::from_parts(head, body.into()))
}

type BufferedResult = Result<Response<Bytes>, BoxError>;

impl<S, B> SharedService<S>
where
    S: Service<Request<Body>, Response = Response<B>, Error = BoxError>,
    B: hyper::body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        let (mut head, body) = request.into_parts();
        if !is_plain(&head.uri) {
            return Err(NoAnswer::UnsafePath(head.uri.path().to_owned()).into());
        }
        if let Some(credential) = &self.credential
            && let Some(header) = credential.header().await?
        {
            head.headers.insert(AUTHORIZATION, header);
        }
        let body = body.collect_bytes().await?;
        // Dropped after the failure is recorded: the requests that wait for this turn read it.
        let mut attempt = ServerAttempt {
            shared: self,
            head,
            body,
            turn: self.reachability.turn().await,
        };
        let resend = Resend {
            host: &self.host,
            policy: RetryPolicy::KUBERNETES,
            wait_mode: self.limits.wait_mode,
            deadline: self.limits.deadline,
            connect: self.limits.deadline,
            // All that we ask may be asked twice: it reads, or asks for a token.
            repeatable: true,
            backoff: &self.backoff,
            notices: &self.notes,
        };
        let answer = resend.run(&mut attempt).await;
        self.finish(answer)
    }

    /// One try, its whole answer included. The requests that wait for the first one go on as soon as the server answers.
    async fn send_once(&self, request: Request<Body>, turn: &mut FirstTurn<'_>) -> BufferedResult {
        let exchange = async {
            let answer = {
                let mut inner = self.inner.lock().await;
                poll_fn(|context| inner.poll_ready(context)).await?;
                inner.call(request)
            };
            let (head, body) = answer.await?.into_parts();
            self.reachability.record_answer();
            turn.take();
            let body = self.whole(body).await?;
            message_of_status(Response::from_parts(head, body))
        };
        let deadline = self.limits.deadline;
        match tokio::time::timeout(deadline, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(NoAnswer::Late(deadline).into()),
        }
    }

    async fn whole(&self, body: B) -> Result<Bytes, BoxError> {
        let limit = self.limits.answer;
        let mut body = pin!(Limited::new(body, limit));
        let mut whole = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| self.incomplete(&error, whole.len()))?;
            // Trailers are no part of the text.
            if let Ok(data) = frame.into_data() {
                whole.extend_from_slice(&data);
            }
        }
        Ok(whole.freeze())
    }

    fn incomplete(&self, error: &BoxError, read: usize) -> NoAnswer {
        if error.is::<LengthLimitError>() {
            let limit = self.limits.answer;
            return NoAnswer::TooLarge { limit };
        }
        let why = innermost(&**error);
        NoAnswer::EndedEarly { read, why }
    }

    fn finish(&self, answer: BufferedResult) -> Result<Response<Body>, BoxError> {
        if let Err(error) = &answer
            && !is_final(&**error)
        {
            self.reachability.record_failure(|| innermost(&**error));
        }
        Ok(answer?.map(Body::from))
    }
}

/// One request, as it can be sent again.
struct ServerAttempt<'a, S> {
    shared: &'a SharedService<S>,
    head: Parts,
    body: Bytes,
    turn: FirstTurn<'a>,
}

impl<S, B> Attempt for ServerAttempt<'_, S>
where
    S: Service<Request<Body>, Response = Response<B>, Error = BoxError>,
    B: hyper::body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Reply = Response<Bytes>;
    type Error = BoxError;

    async fn send(&mut self) -> BufferedResult {
        let shared = self.shared;
        // Another request may have found out while this one waited.
        if let Some(why) = shared.reachability.is_out_of_reach() {
            return Err(NoAnswer::Earlier(why).into());
        }
        let request = Request::from_parts(self.head.clone(), Body::from(self.body.clone()));
        let answer = shared.send_once(request, &mut self.turn);
        let deadline = shared.limits.deadline;
        shared
            .notes
            .while_waiting(&shared.host, deadline, answer)
            .await
    }

    fn head(reply: &Response<Bytes>) -> (StatusCode, &HeaderMap) {
        (reply.status(), reply.headers())
    }

    fn failure(&self, answer: &BufferedResult) -> Option<TransientError> {
        failure(answer, self.shared.reachability.has_answered())
    }

    fn held_back(&self, wait: Duration) -> BoxError {
        NoAnswer::AskedToWait(wait).into()
    }
}

/// How it failed; `None` when another attempt cannot change it.
fn failure(answer: &BufferedResult, has_answered: bool) -> Option<TransientError> {
    match answer {
        Ok(answer) if answer.status().is_success() => None,
        Ok(answer) => Some(TransientError::Answered {
            status: answer.status().as_u16(),
            // A conflict of Kubernetes is a newer version of another writer, which does not end by itself.
            is_busy: false,
        }),
        Err(error) if is_final(&**error) => None,
        // The API server of a private cluster is out of reach for good, and a second deadline only costs time.
        Err(error) if !has_answered && (is_late(&**error) || is_unconnected(&**error)) => None,
        Err(error) if is_late(&**error) => Some(TransientError::Late),
        Err(_) => Some(TransientError::Lost),
    }
}

/// The innermost cause is the useful one ("connection refused").
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    causes(error)
        .last()
        .map_or_else(String::new, ToString::to_string)
}

/// The client puts names into a path as they are (kube 5.0), and names come from files and answers too.
fn is_plain(uri: &Uri) -> bool {
    let is_odd = |part: &str| matches!(part, "." | "..") || part.contains(['%', '\\']);
    !uri.path().split('/').any(is_odd) && !uri.query().unwrap_or_default().contains('?')
}

/// What no other try changes.
fn is_final(error: &(dyn std::error::Error + 'static)) -> bool {
    let is_refusal = |cause: &(dyn std::error::Error + 'static)| {
        cause.is::<AuthError>()
            || matches!(
                cause.downcast_ref::<kube::Error>(),
                Some(kube::Error::Auth(_))
            )
            || matches!(
                cause.downcast_ref::<NoAnswer>(),
                Some(
                    NoAnswer::TooLarge { .. }
                        | NoAnswer::Redirect(_)
                        | NoAnswer::AskedToWait(_)
                        | NoAnswer::Earlier(_)
                )
            )
    };
    is_untrusted_certificate(error) || causes(error).any(is_refusal)
}

/// Whether there never was a connection: no address, no route, nothing that listens.
fn is_unconnected(error: &(dyn std::error::Error + 'static)) -> bool {
    causes(error).any(|cause| {
        let client = cause.downcast_ref::<hyper_util::client::legacy::Error>();
        client.is_some_and(hyper_util::client::legacy::Error::is_connect)
    })
}

fn is_late(error: &(dyn std::error::Error + 'static)) -> bool {
    let is_late = |cause: &(dyn std::error::Error + 'static)| {
        matches!(cause.downcast_ref::<NoAnswer>(), Some(NoAnswer::Late(_)))
    };
    is_timeout(error) || causes(error).any(is_late)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http::HeaderValue;
    use serde_json::json;

    use super::*;
    use crate::cluster::Kubernetes;
    use crate::cluster::error::ClusterError;
    use crate::cluster::fake::kubeconfig;
    use crate::cluster::kubeconfig::Kubeconfig;
    use crate::network::loopback;
    use crate::spec::ServiceAccount;

    const QUICK: Limits = Limits {
        deadline: Duration::from_secs(30),
        answer: 1 << 20,
        wait_mode: WaitMode::Skipped,
        plugin: Duration::from_mins(1),
    };

    type Statuses = &'static [u16];

    /// Answers with one status after the other, the last one for ever, and counts.
    async fn server(statuses: Statuses, retry_after: &'static str) -> (String, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let url = loopback::serve(move |_| {
            let before = count.fetch_add(1, Ordering::SeqCst);
            let status = statuses[before.min(statuses.len() - 1)];
            let body = match status {
                200 => json!({"metadata": {"annotations": {"a": "b"}}}),
                code => {
                    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": "no"})
                }
            };
            let mut response = loopback::json(status, &body);
            let value = HeaderValue::from_static(retry_after);
            response.headers_mut().insert("retry-after", value);
            response
        });
        (url.await.to_string(), asked)
    }

    async fn connected(url: &str, limits: Limits, notes: WaitNotices) -> Kubernetes {
        let kubeconfig = Kubeconfig::from_text(&kubeconfig(url)).unwrap();
        let context = kubeconfig.context("fake").unwrap();
        Kubernetes::connect_within(kubeconfig, context, notes, limits)
            .await
            .unwrap()
    }

    async fn read(kubernetes: &Kubernetes) -> Result<(), ClusterError> {
        let account = ServiceAccount::parse("monitoring/prometheus").unwrap();
        kubernetes.service_account(&account).await.map(drop)
    }

    #[test]
    fn a_name_that_changes_the_path_of_a_request_is_found() {
        for (uri, expected) in [
            (
                "/api/v1/namespaces/a/pods/b.c?limit=500&labelSelector=a%3D%3F",
                true,
            ),
            ("/k8s/clusters/c-m-1/openid/v1/jwks", true),
            ("/api/v1/namespaces/../serviceaccounts/x", false),
            (
                "/api/v1/namespaces/a/serviceaccounts/%2e%2e/secrets/x",
                false,
            ),
            ("/api/v1/namespaces/a/secrets/b?x?limit=1", false),
        ] {
            assert_eq!(is_plain(&uri.parse().unwrap()), expected, "{uri}");
        }
    }

    #[tokio::test]
    async fn a_read_that_fails_once_is_repeated() {
        for status in [429, 500, 502, 503, 504] {
            let statuses: Statuses = Box::leak(Box::new([status, 200]));
            let (url, asked) = server(statuses, "1").await;
            let kubernetes = connected(&url, QUICK, WaitNotices::default()).await;

            assert_eq!(read(&kubernetes).await, Ok(()), "{status}");
            assert_eq!(asked.load(Ordering::SeqCst), 2, "{status}");
        }
    }

    #[tokio::test]
    async fn a_refusal_is_not_repeated() {
        for status in [400, 401, 403, 410] {
            let statuses: Statuses = Box::leak(Box::new([status]));
            let (url, asked) = server(statuses, "1").await;
            let kubernetes = connected(&url, QUICK, WaitNotices::default()).await;

            assert!(read(&kubernetes).await.is_err(), "{status}");
            assert_eq!(asked.load(Ordering::SeqCst), 1, "{status}");
        }
    }

    #[tokio::test]
    async fn trouble_without_end_is_an_error_after_a_few_tries() {
        for retry_after in ["0", "-1", "Thu, 01 Jan 1970 00:00:00 GMT"] {
            let (url, asked) = server(&[503], retry_after).await;
            let kubernetes = connected(&url, QUICK, WaitNotices::default()).await;

            let error = read(&kubernetes).await.unwrap_err();

            assert!(matches!(error, ClusterError::Refused { code: 503, .. }));
            let tries = asked.load(Ordering::SeqCst);
            assert!((2..70).contains(&tries), "{retry_after}: {tries}");
        }
    }

    #[tokio::test]
    async fn a_wait_of_an_hour_is_not_waited_and_holds_for_the_next_request() {
        for retry_after in ["3600", "9999999999999999999"] {
            let (url, asked) = server(&[429], retry_after).await;
            let limits = Limits {
                wait_mode: WaitMode::Real,
                ..QUICK
            };
            let kubernetes = connected(&url, limits, WaitNotices::default()).await;

            let first = read(&kubernetes).await.unwrap_err();
            assert!(matches!(first, ClusterError::Refused { code: 429, .. }));
            if retry_after == "3600" {
                let second = read(&kubernetes).await.unwrap_err();
                assert!(
                    second.to_string().contains("retry only after 359"),
                    "{second}"
                );
            }
            assert_eq!(asked.load(Ordering::SeqCst), 1, "{retry_after}");
        }
    }

    #[tokio::test]
    async fn a_server_that_accepts_and_never_answers_is_asked_once_and_then_left_alone() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", silent.local_addr().unwrap());
        let connections = Arc::new(Mutex::new(Vec::new()));
        let kept_open = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((connection, _)) = silent.accept().await {
                kept_open.lock().unwrap().push(connection);
            }
        });
        let limits = Limits {
            deadline: Duration::from_millis(50),
            ..QUICK
        };
        let kubernetes = connected(&url, limits, WaitNotices::default()).await;

        let (first, other) = tokio::join!(read(&kubernetes), read(&kubernetes));
        let (first, other) = (first.unwrap_err(), other.unwrap_err());
        let second = read(&kubernetes).await.unwrap_err();

        assert_eq!(first, other);
        assert!(matches!(first, ClusterError::Unreachable { .. }), "{first}");
        assert_eq!(first, second);
        assert_eq!(connections.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_server_that_no_connection_reaches_is_tried_again_only_once_it_has_answered() {
        let late = || -> BufferedResult { Err(NoAnswer::Late(Duration::from_secs(10)).into()) };

        assert_eq!(failure(&late(), false), None);
        assert_eq!(failure(&late(), true), Some(TransientError::Late));
    }

    #[tokio::test]
    async fn where_nothing_listens_the_cause_is_named_without_words_of_a_library() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let kubernetes = connected(&url, QUICK, WaitNotices::default()).await;

        let error = read(&kubernetes).await.unwrap_err().to_string();

        assert!(error.contains("cannot be reached: "), "{error}");
        assert!(
            error.contains("refused") && !error.contains("client error"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn an_answer_beyond_the_limit_is_refused_and_not_asked_for_again() {
        let (url, asked) = server(&[200], "0").await;
        let limits = Limits {
            answer: 10,
            ..QUICK
        };
        let kubernetes = connected(&url, limits, WaitNotices::default()).await;

        let error = read(&kubernetes).await.unwrap_err();

        assert!(matches!(error, ClusterError::OutOfBounds { .. }), "{error}");
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_refusal_counts_by_its_status_and_keeps_a_short_message() {
        let refusal = |body: String| {
            let answer = Response::builder().status(403).body(body.into()).unwrap();
            let printed = message_of_status(answer).unwrap().into_body();
            let printed: Status = serde_json::from_slice(&printed).unwrap();
            (printed.code, printed.message.len())
        };

        assert_eq!(refusal(r#"{"error":{"code":"Nope"}}"#.into()), (403, 0));
        assert_eq!(refusal(r#"{"message":"no","code":500}"#.into()), (403, 2));
        assert_eq!(refusal("x".repeat(5000)), (403, LONGEST_MESSAGE));
    }

    #[test]
    fn a_redirect_is_no_answer() {
        let answer = Response::builder().status(302).body(Bytes::new()).unwrap();

        let error = message_of_status(answer).unwrap_err();

        assert!(is_final(&*error));
    }

    #[tokio::test]
    async fn a_server_that_keeps_us_waiting_is_named() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", silent.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let listener = Arc::clone(&heard);
        let notes = WaitNotices::to(move |note| listener.lock().unwrap().push(note.to_owned()));
        let limits = Limits {
            deadline: Duration::from_millis(2100),
            ..QUICK
        };
        let kubernetes = connected(&url, limits, notes).await;

        read(&kubernetes).await.unwrap_err();

        assert_eq!(
            *heard.lock().unwrap(),
            ["waiting for 127.0.0.1 to answer for up to 1 s"]
        );
    }
}
