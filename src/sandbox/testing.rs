//! A sandbox without a network, for tests beside the code: requests in, answers out, time held still.

use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use jiff::Timestamp;

use super::{
    addresses::Addresses, azure::Azure, options::Options, request::Request, scenarios,
    service::Service,
};

/// When every test's world begins.
pub(crate) fn beginning() -> Timestamp {
    "2026-01-15T12:00:00Z"
        .parse()
        .expect("a literal timestamp is well formed")
}

/// The example world, served as Azure would without any misbehaviour.
pub(crate) fn example() -> Azure {
    let scenario = scenarios::named("example").expect("the example is always there");
    let addresses = Addresses::Plain("http://127.0.0.1:4041".to_owned());
    Azure::new(scenario.build(beginning()), addresses, Options::default())
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

impl Request {
    pub(crate) fn to(mut self, service: Service) -> Self {
        self.service = service;
        self
    }

    /// At one of the endpoints, query endpoints or clusters.
    pub(crate) fn at(mut self, service: Service, label: &str) -> Self {
        self.label = Some(label.to_owned());
        self.to(service)
    }

    pub(crate) fn bearing(self, token: &str) -> Self {
        self.with_header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        let value = value
            .parse()
            .expect("a test's header value is visible text");
        self.headers.insert(name, value);
        self
    }

    pub(crate) fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// So many seconds after the beginning.
    pub(crate) fn after(mut self, seconds: i64) -> Self {
        self.now = beginning() + jiff::SignedDuration::from_secs(seconds);
        self
    }
}
