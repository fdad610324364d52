//! A sandbox without a network, for tests beside the code: requests in, answers out, time held still.

use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use jiff::Timestamp;

use super::{request::Request, service::Service};

/// When every test's world begins.
pub(crate) fn beginning() -> Timestamp {
    "2026-01-15T12:00:00Z"
        .parse()
        .expect("a literal timestamp is well formed")
}

/// A request to Resource Manager, from a line such as `GET /subscriptions?api-version=2022-12-01`.
pub(crate) fn request(line: &str) -> Request {
    let (method, target) = line
        .split_once(' ')
        .expect("a line has a method and a path");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Request {
        method: Method::from_bytes(method.as_bytes()).expect("a line begins with a method"),
        service: Service::ResourceManager,
        label: None,
        path: path.to_owned(),
        query: url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        received: beginning(),
        now: beginning(),
        fault: None,
    }
}
