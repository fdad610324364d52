//! The wire: connections in, arrivals to the front door, answers out.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    http,
};
use hyper::{body::Incoming, service::service_fn};
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
use tokio_rustls::TlsAcceptor;

use super::{
    doors::Door,
    front_door::{Arrival, FrontDoor},
    response::Response,
};

/// More than any client of Azure sends at once, in bytes.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// Why a connection ends without an answer.
#[derive(Debug, Error)]
enum Dropped {
    #[error("the answer was lost on purpose")]
    LostReply,
    #[error("the request's body could not be read")]
    Unreadable(#[source] axum::Error),
}

/// Accepts connections until the task that runs this is aborted, which ends them all.
pub(crate) async fn serve(door: Door, front_door: Arc<FrontDoor>) {
    let mut conversations = JoinSet::new();
    loop {
        tokio::select! {
            accepted = door.listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    conversations.spawn(welcome(stream, door.tls.clone(), Arc::clone(&front_door)));
                }
            }
            Some(_) = conversations.join_next() => {}
        }
    }
}

async fn welcome(stream: TcpStream, tls: Option<TlsAcceptor>, front_door: Arc<FrontDoor>) {
    let Some(tls) = tls else {
        return converse(stream, front_door).await;
    };
    match tls.accept(stream).await {
        Ok(stream) => converse(stream, front_door).await,
        Err(error) => tracing::debug!(%error, "a client did not go through with TLS"),
    }
}

/// Serves HTTP/1 and HTTP/2 on one connection until the client leaves or an answer is lost.
async fn converse<S>(stream: S, front_door: Arc<FrontDoor>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| reply(request, Arc::clone(&front_door)));
    let ended = auto::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to the sandbox ended early");
    }
}

async fn reply(
    request: http::Request<Incoming>,
    front_door: Arc<FrontDoor>,
) -> Result<http::Response<Body>, Dropped> {
    let arrival = read(request).await.map_err(Dropped::Unreadable)?;
    let response = front_door
        .receive(arrival)
        .await
        .ok_or(Dropped::LostReply)?;
    Ok(write(response))
}

async fn read(request: http::Request<Incoming>) -> Result<Arrival, axum::Error> {
    let (head, body) = request.into_parts();
    let named = head.headers.get(http::header::HOST);
    let host = head.uri.authority().map_or_else(
        || named.and_then(|host| host.to_str().ok()),
        |authority| Some(authority.as_str()),
    );
    Ok(Arrival {
        method: head.method,
        host: host.unwrap_or_default().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: to_bytes(Body::new(body), LARGEST_BODY).await?,
    })
}

fn write(response: Response) -> http::Response<Body> {
    let mut written = http::Response::new(Body::from(response.body));
    *written.status_mut() = response.status;
    for (name, value) in response.headers {
        let value = http::HeaderValue::from_str(&value)
            .expect("the sandbox writes its headers in visible ASCII");
        written.headers_mut().append(name, value);
    }
    written
}
