//! Accepts connections, passes their requests to the dispatcher and writes the responses.

use std::{error::Error as StdError, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, Full, Limited, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    body::{Frame, Incoming},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::JoinSet,
};

use super::{
    dispatcher::{Dispatcher, IncomingRequest},
    faults::{Delivery, EndlessBody},
    listeners::{Listener, Protocol},
    response::Response,
};

/// More than any client of Azure sends at once, in bytes.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// Between the first half of a body and the end of its connection.
const TIME_TO_FLUSH: Duration = Duration::from_millis(20);

/// What hyper sends: a whole body, or one that comes in parts.
type ResponseBody = UnsyncBoxBody<Bytes, ConnectionClosed>;

/// Why a connection ends without an answer.
#[derive(Debug, Error)]
enum ConnectionClosed {
    #[error("the answer was withheld on purpose")]
    Withheld,
    #[error("the request's body could not be read")]
    Unreadable(#[source] Box<dyn StdError + Send + Sync>),
}

/// Accepts connections until the task that runs this is aborted, which ends them all.
pub(crate) async fn serve(listener: Listener, dispatcher: Arc<Dispatcher>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.socket.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(accept(stream, listener.protocol.clone(), Arc::clone(&dispatcher)));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn accept(stream: TcpStream, wire: Protocol, dispatcher: Arc<Dispatcher>) {
    let acceptor = match wire {
        Protocol::Plain => None,
        Protocol::Tls(acceptor) => Some(acceptor),
        // One port for both: a kubeconfig needs TLS, and everything else works without a certificate to trust.
        Protocol::Either(acceptor) => begins_tls(&stream).await.then_some(acceptor),
    };
    let Some(acceptor) = acceptor else {
        return serve_connection(stream, None, dispatcher).await;
    };
    match acceptor.accept(stream).await {
        Ok(stream) => {
            let name = stream.get_ref().1.server_name().map(str::to_owned);
            serve_connection(stream, name, dispatcher).await;
        }
        Err(error) => tracing::debug!(%error, "a client did not go through with TLS"),
    }
}

/// Whether the client's first byte is that of a TLS handshake; no HTTP request begins with it.
async fn begins_tls(stream: &TcpStream) -> bool {
    const HANDSHAKE: u8 = 22;
    let mut first = [0];
    matches!(stream.peek(&mut first).await, Ok(1)) && first[0] == HANDSHAKE
}

/// Serves HTTP/1 and HTTP/2 on one connection until the client leaves or an answer is lost.
async fn serve_connection<S>(stream: S, tls_name: Option<String>, dispatcher: Arc<Dispatcher>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service =
        service_fn(move |request| reply(request, tls_name.clone(), Arc::clone(&dispatcher)));
    // A client without ALPN can still begin HTTP/2, by its preface: this builder detects it.
    let ended = auto::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to the sandbox ended early");
    }
}

async fn reply(
    request: http::Request<Incoming>,
    tls_name: Option<String>,
    dispatcher: Arc<Dispatcher>,
) -> Result<http::Response<ResponseBody>, ConnectionClosed> {
    let incoming = read(request, tls_name).await?;
    match dispatcher.receive(incoming).await {
        Delivery::Whole(response) => Ok(write(response)),
        Delivery::CutBody(response) => Ok(write_cut(response)),
        Delivery::Endless(response, rest) => Ok(write_endless(response, rest)),
        Delivery::Close => Err(ConnectionClosed::Withheld),
        // Ends when the client goes away, because hyper then drops this future.
        Delivery::Stall => std::future::pending().await,
    }
}

async fn read(
    request: http::Request<Incoming>,
    tls_name: Option<String>,
) -> Result<IncomingRequest, ConnectionClosed> {
    let (head, body) = request.into_parts();
    let named = head.headers.get(http::header::HOST);
    // HTTP/2 has no `Host` header: the authority of the request line takes its place.
    let host = head.uri.authority().map_or_else(
        || named.and_then(|host| host.to_str().ok()),
        |authority| Some(authority.as_str()),
    );
    let lacks_length = lacks_length(&head);
    let body = Limited::new(body, LARGEST_BODY).collect().await;
    Ok(IncomingRequest {
        method: head.method,
        tls_name,
        host: host.unwrap_or_default().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: body.map_err(ConnectionClosed::Unreadable)?.to_bytes(),
        lacks_length,
    })
}

/// HTTP/2 marks the end of a body otherwise.
fn lacks_length(head: &http::request::Parts) -> bool {
    let may_have_a_body = matches!(
        head.method,
        http::Method::POST | http::Method::PUT | http::Method::PATCH
    );
    head.version < http::Version::HTTP_2
        && may_have_a_body
        && !head.headers.contains_key(http::header::CONTENT_LENGTH)
        && !head.headers.contains_key(http::header::TRANSFER_ENCODING)
}

/// Announces the whole body and fails after half of it. An empty body is announced as one byte that never comes.
fn write_cut(mut response: Response) -> http::Response<ResponseBody> {
    // The announced length shows a client that the body is not whole.
    let announced = response.body.len().max(1);
    response.body.truncate(response.body.len() / 2);
    let half = Bytes::from(std::mem::take(&mut response.body));
    // hyper drops what it has buffered when a body fails, so the half needs time to leave first.
    let failure = async {
        tokio::time::sleep(TIME_TO_FLUSH).await;
        Err(ConnectionClosed::Withheld)
    };
    let parts = stream::iter([Ok(Frame::data(half))]).chain(stream::once(failure));
    let body = StreamBody::new(parts).boxed_unsync();
    let response = response.with_header("content-length", announced.to_string());
    write_with(response, body)
}

/// Between two spaces of a slow body.
const BETWEEN_BLANKS: Duration = Duration::from_secs(1);

/// Goes on until the client leaves.
fn write_endless(mut response: Response, rest: EndlessBody) -> http::Response<ResponseBody> {
    if response.status == http::StatusCode::NO_CONTENT {
        // An answer with this status has no body.
        response.status = http::StatusCode::OK;
    }
    response.body.truncate(response.body.len() / 2);
    let half = Bytes::from(std::mem::take(&mut response.body));
    let spaces = stream::unfold((), |()| async {
        tokio::time::sleep(BETWEEN_BLANKS).await;
        Some((Bytes::from_static(b" "), ()))
    });
    let items = stream::repeat(Bytes::from(r#"{"id":"x"},"#.repeat(1024)));
    let parts = match rest {
        EndlessBody::Silence => stream::iter([half]).chain(stream::pending()).boxed(),
        EndlessBody::Spaces => spaces.boxed(),
        EndlessBody::Items => stream::iter([Bytes::from_static(b"[")])
            .chain(items)
            .boxed(),
    };
    let body = StreamBody::new(parts.map(|part| Ok(Frame::data(part))));
    write_with(response, body.boxed_unsync())
}

fn write(mut response: Response) -> http::Response<ResponseBody> {
    let body = match response.stream.take() {
        Some(more) => {
            StreamBody::new(more.0.map(|part| Ok(Frame::data(part.into())))).boxed_unsync()
        }
        None => Full::from(std::mem::take(&mut response.body))
            .map_err(|never| match never {})
            .boxed_unsync(),
    };
    write_with(response, body)
}

fn write_with(response: Response, body: ResponseBody) -> http::Response<ResponseBody> {
    let mut written = http::Response::new(body);
    *written.status_mut() = response.status;
    for (name, value) in response.headers {
        let value = http::HeaderValue::from_str(&value)
            .expect("the sandbox writes its headers in visible ASCII");
        // A header may come twice: an answer can hold two challenges.
        written.headers_mut().append(name, value);
    }
    written
}
