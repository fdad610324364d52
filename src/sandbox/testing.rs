//! A sandbox without a network for unit tests: requests in, responses out, a stopped clock.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    addresses::Addresses, azure::Azure, clock::Clock, dispatcher::Dispatcher, faults::Delivery,
    options::Options, request::ServiceRequest, response::Response, scenarios, service::Service,
    signed_in,
};

/// The time at which every test starts.
pub(crate) fn start_time() -> Timestamp {
    "2026-01-15T12:00:00Z"
        .parse()
        .expect("a literal timestamp is well formed")
}

/// The example world, served as Azure would without any misbehaviour.
pub(crate) fn example() -> Azure {
    let scenario = scenarios::named("example").expect("the example is always there");
    let addresses = Addresses::Plain("http://127.0.0.1:4041".to_owned());
    Azure::new(scenario.build(start_time()), addresses, Options::default())
}

/// A request to Resource Manager, from a line such as `GET /subscriptions?api-version=2022-12-01`.
pub(crate) fn request(line: &str) -> ServiceRequest {
    let (method, target) = line
        .split_once(' ')
        .expect("a line has a method and a path");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    ServiceRequest {
        method: Method::from_bytes(method.as_bytes()).expect("a line begins with a method"),
        service: Service::ResourceManager,
        label: None,
        path: path.to_owned(),
        query: url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        received: start_time(),
        now: start_time(),
        lacks_length: false,
        fault: None,
    }
}

impl ServiceRequest {
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

    pub(crate) fn with_json(self, body: &Value) -> Self {
        self.with_header("content-type", "application/json")
            .with_body(body.to_string())
    }

    pub(crate) fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The given number of seconds after the start time.
    pub(crate) fn after(mut self, seconds: i64) -> Self {
        self.now = start_time() + jiff::SignedDuration::from_secs(seconds);
        self
    }
}

/// A whole Azure in which an application is signed in.
pub(crate) struct TestAzure {
    dispatcher: Dispatcher,
}

impl TestAzure {
    pub(crate) fn of(scenario: &str) -> Self {
        Self::with(&Options {
            scenario: scenario.to_owned(),
            ..Options::default()
        })
    }

    pub(crate) fn with(options: &Options) -> Self {
        let scenario = scenarios::named(&options.scenario).expect("the test names a scenario");
        let addresses = Addresses::Plain("http://127.0.0.1:4041".to_owned());
        let azure = Azure::new(scenario.build(start_time()), addresses, options.clone());
        let clock = Clock::held_at(start_time());
        let dispatcher =
            Dispatcher::new(azure, options, clock).expect("a test keeps no journal file");
        Self { dispatcher }
    }

    /// Asks Resource Manager as the signed-in application; `{s}` is the first subscription, `{rg}` for its `rg-prod`.
    pub(crate) fn asks(&self, line: &str) -> Response {
        self.answer(self.signed(line))
    }

    /// As `asks`, with a JSON body.
    pub(crate) fn sends(&self, line: &str, body: &Value) -> Response {
        self.answer(self.signed(line).with_json(body))
    }

    /// Sends a request as it is.
    pub(crate) fn answer(&self, request: ServiceRequest) -> Response {
        match self.dispatcher.answer(request) {
            Delivery::Whole(response) => response,
            withheld => panic!("the test expects an answer, not {withheld:?}"),
        }
    }

    /// A request with the signed-in application's token, abbreviations written out.
    pub(crate) fn signed(&self, line: &str) -> ServiceRequest {
        let subscription = self
            .dispatcher
            .with_azure(|azure| azure.state.subscriptions[0].id);
        let line = line
            .replace("{s}", &format!("/subscriptions/{subscription}"))
            .replace(
                "{rg}",
                &format!("/subscriptions/{subscription}/resourceGroups/rg-prod"),
            );
        request(&line).bearing(&self.token("https://management.azure.com"))
    }

    /// A token of the signed-in application.
    pub(crate) fn token(&self, audience: &str) -> String {
        self.dispatcher.with_azure(|azure| {
            let caller = signed_in::caller(&azure.state);
            let (now, hour) = (start_time(), SignedDuration::from_hours(1));
            azure.tokens.mint(&caller, audience, now, now + hour)
        })
    }

    /// Reads or changes the state directly.
    pub(crate) fn with_azure<T>(&self, change: impl FnOnce(&mut Azure) -> T) -> T {
        self.dispatcher.with_azure(change)
    }

    pub(crate) fn waits(&self, time: Duration) {
        self.dispatcher.clock().advance(time);
    }
}

impl Response {
    /// Status and error code of a refusal, such as `403 AuthorizationFailed`.
    pub(crate) fn refusal(&self) -> String {
        let body = self.value();
        // AKS has no wrapper.
        let code = body.get("error").unwrap_or(&body)["code"].clone();
        format!(
            "{} {}",
            self.status.as_u16(),
            code.as_str().unwrap_or("without a code")
        )
    }
}
