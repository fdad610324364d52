//! Logs each request to the API server as those to Azure are logged: never a token, a body or a query.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::{Method, Request, Response};
use tower::{Layer, Service};

/// Wraps a client's service so that `-vv` shows what is asked and what is answered.
pub(super) struct TraceLayer {
    /// The API server's; requests get theirs in a layer further inside.
    pub(super) host: String,
}

/// The service inside the log.
pub(super) struct TracedService<S> {
    inner: S,
    host: String,
}

impl<S> Layer<S> for TraceLayer {
    type Service = TracedService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TracedService {
            inner,
            host: self.host.clone(),
        }
    }
}

impl<S, A, B> Service<Request<A>> for TracedService<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    S::Error: std::fmt::Display,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let host = self.host.clone();
        let started = Instant::now();
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await;
            trace(&method, &host, uri.path(), &answer, started.elapsed());
            answer
        })
    }
}

fn trace<B, E: std::fmt::Display>(
    method: &Method,
    host: &str,
    path: &str,
    answer: &Result<Response<B>, E>,
    took: Duration,
) {
    match answer {
        Ok(answer) => {
            let status = answer.status().as_u16();
            tracing::debug!(%method, host, path, status, ?took);
        }
        Err(error) => tracing::debug!(%method, host, path, ?took, %error),
    }
}
