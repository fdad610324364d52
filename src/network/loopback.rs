//! An HTTP server on loopback for unit tests; each test defines its answers.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde_json::Value;
use tokio::net::TcpListener;
use url::Url;

/// Serves for the rest of the test, and returns the base URL. `answer` gets each request with its whole body.
pub(crate) async fn serve(
    answer: impl Fn(Request<Bytes>) -> Response<Vec<u8>> + Send + Sync + 'static,
) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            let reply = service_fn(move |request| reply(request, Arc::clone(&answer)));
            tokio::spawn(async move {
                let server = auto::Builder::new(TokioExecutor::new());
                // A client that breaks the connection is part of some tests.
                let _ = server.serve_connection(TokioIo::new(stream), reply).await;
            });
        }
    });
    base.parse().unwrap()
}

async fn reply(
    request: Request<Incoming>,
    answer: Arc<impl Fn(Request<Bytes>) -> Response<Vec<u8>>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Ok(answer(Request::from_parts(head, body)).map(Full::from))
}

/// A JSON answer.
pub(crate) fn json(status: u16, body: &Value) -> Response<Vec<u8>> {
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/json");
    response.body(body.to_string().into_bytes()).unwrap()
}
