//! Handles every request: latency, faults, the service that answers, the journal.

use std::{sync::Mutex, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_json::json;

use super::{
    StartError,
    azure::Azure,
    clock::Clock,
    dump, entra,
    faults::{Delivery, Fault, Faults},
    graph,
    hosts_file::HostsFile,
    ingestion,
    journal::Journal,
    kubernetes, managed_identity,
    options::Options,
    query,
    request::ServiceRequest,
    resource_manager,
    response::Response,
    service::Service,
};

/// A request as received, before it is validated.
#[derive(Debug)]
pub(crate) struct IncomingRequest {
    pub(crate) method: Method,
    /// The name that a TLS client asked for.
    pub(crate) tls_name: Option<String>,
    /// The `Host` header or the authority of HTTP/2.
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// As in `ServiceRequest`.
    pub(crate) lacks_length: bool,
}

/// Where the faults of a running sandbox are changed; no service of Azure has this path.
const FAULTS: &str = "/sandbox/faults";

/// Where the state of a running sandbox is read.
const STATE: &str = "/sandbox/state";

/// Takes requests in and hands answers out; shared by all connections.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    azure: Mutex<Azure>,
    faults: Mutex<Faults>,
    journal: Journal,
    clock: Clock,
    latency: Duration,
    hosts_file: Option<Mutex<HostsFile>>,
}

impl Dispatcher {
    /// Opens the journal and the hosts file.
    pub(crate) fn new(azure: Azure, options: &Options, clock: Clock) -> Result<Self, StartError> {
        let journal = Journal::open(options.journal.as_deref()).map_err(|source| {
            let path = options.journal.clone().unwrap_or_default();
            StartError::Journal { path, source }
        })?;
        let hosts_file = options.hosts_file.as_deref().map(|path| {
            HostsFile::open(path).map_err(|source| {
                let path = path.to_owned();
                StartError::HostsFile { path, source }
            })
        });
        let dispatcher = Self {
            azure: Mutex::new(azure),
            faults: Mutex::new(Faults::new(&options.faults)),
            journal,
            clock,
            latency: options.latency,
            hosts_file: hosts_file.transpose()?.map(Mutex::new),
        };
        dispatcher.with_azure(|azure| dispatcher.publish_names(azure));
        Ok(dispatcher)
    }

    #[cfg(test)]
    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    #[cfg(test)]
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Runs a function on the whole Azure while no request is handled.
    pub(crate) fn with_azure<T>(&self, change: impl FnOnce(&mut Azure) -> T) -> T {
        change(&mut self.azure.lock().expect("no handler panics"))
    }

    /// Answers one incoming request.
    pub(crate) async fn receive(&self, incoming: IncomingRequest) -> Delivery {
        let tls_name = incoming.tls_name.as_deref();
        if !self.with_azure(|azure| azure.addresses.is_named_by(tls_name, &incoming.host)) {
            return Delivery::Whole(misdirected());
        }
        if incoming.path == FAULTS {
            return Delivery::Whole(self.change_faults(&incoming));
        }
        if incoming.path == STATE {
            return Delivery::Whole(self.show_state(&incoming));
        }
        let Some(request) = self.locate(incoming) else {
            return Delivery::Whole(unknown_host());
        };
        // Outside the lock: requests that a client sends in parallel wait in parallel, as they do
        // for Azure.
        if !self.latency.is_zero() {
            tokio::time::sleep(self.latency).await;
        }
        self.answer(request)
    }

    /// The same without latency.
    pub(crate) fn answer(&self, mut request: ServiceRequest) -> Delivery {
        request.now = self.clock.now();
        request.fault = self
            .faults
            .lock()
            .expect("matching a fault does not panic")
            .activate(&request);
        let instead = request
            .fault
            .as_ref()
            .and_then(|fault| fault.answer_instead());
        let response = instead.unwrap_or_else(|| {
            self.with_azure(|azure| {
                let response = serve(&request, azure);
                // Only a write adds a host: that of an endpoint, a workspace or a cluster.
                if request.method != Method::GET {
                    self.publish_names(azure);
                }
                response
            })
        });
        // Azure sends its own time, which lets a client detect that its clock is wrong.
        let date = httpdate::fmt_http_date(request.now.into());
        let response = response.with_header("date", date);
        // Before the delivery: a write whose answer is lost was done all the same.
        self.journal.note(&request, &response, self.clock.now());
        match &request.fault {
            Some(fault) => fault.deliver(response),
            None if response.is_withheld => Delivery::Close,
            None => Delivery::Whole(response),
        }
    }

    /// Adds new endpoints to the hosts file before a response names them.
    fn publish_names(&self, azure: &Azure) {
        let Some(hosts_file) = &self.hosts_file else {
            return;
        };
        let mut hosts_file = hosts_file
            .lock()
            .expect("no one panics while writing names");
        if let Err(error) = hosts_file.update(azure.host_names()) {
            tracing::warn!(%error, "cannot write the sandbox's hosts file");
        }
    }

    /// Replaces the active faults while the sandbox runs: one per line; an empty body removes all.
    fn change_faults(&self, incoming: &IncomingRequest) -> Response {
        if incoming.method != Method::PUT {
            return Response::empty(StatusCode::METHOD_NOT_ALLOWED);
        }
        let text = String::from_utf8_lossy(&incoming.body);
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        match lines
            .map(|line| line.trim().parse())
            .collect::<Result<Vec<Fault>, _>>()
        {
            Ok(faults) => {
                let mut current = self.faults.lock().expect("matching a fault does not panic");
                *current = Faults::new(&faults);
                Response::empty(StatusCode::NO_CONTENT)
            }
            Err(error) => Response::text(StatusCode::BAD_REQUEST, format!("{error}\n")),
        }
    }

    fn show_state(&self, incoming: &IncomingRequest) -> Response {
        match incoming.method {
            Method::GET => Response::json(StatusCode::OK, &self.dump()),
            _ => Response::empty(StatusCode::METHOD_NOT_ALLOWED),
        }
    }

    /// All that exists.
    pub(crate) fn dump(&self) -> serde_json::Value {
        let now = self.clock.now();
        self.with_azure(|azure| dump::dump(azure, now))
    }

    fn locate(&self, incoming: IncomingRequest) -> Option<ServiceRequest> {
        let place = self.with_azure(|azure| {
            let tls_name = incoming.tls_name.as_deref();
            azure
                .addresses
                .locate_with(tls_name, &incoming.host, &incoming.path)
        })?;
        let now = self.clock.now();
        Some(ServiceRequest {
            method: incoming.method,
            service: place.service,
            label: place.label,
            path: place.path,
            query: url::form_urlencoded::parse(incoming.query.as_bytes())
                .into_owned()
                .collect(),
            headers: incoming.headers,
            body: incoming.body,
            received: now,
            now,
            lacks_length: incoming.lacks_length,
            fault: None,
        })
    }
}

/// Hands a request to the service it is for.
fn serve(request: &ServiceRequest, azure: &mut Azure) -> Response {
    match request.service {
        Service::ResourceManager => resource_manager::answer(request, azure),
        Service::Entra => entra::answer(request, azure),
        Service::InstanceMetadata => managed_identity::answer_instance_metadata(request, azure),
        Service::IdentityEndpoint => managed_identity::answer_app_service(request, azure),
        Service::Ingestion => ingestion::answer(request, azure),
        Service::Query => query::answer(request, azure),
        Service::Kubernetes => kubernetes::answer(request, azure),
        Service::Issuer => kubernetes::answer_as_issuer(request, azure),
        Service::Graph => graph::answer(request, azure),
    }
}

fn misdirected() -> Response {
    // RFC 9110 has 421 for a request to an authority that this server does not answer for.
    Response::json(
        StatusCode::MISDIRECTED_REQUEST,
        &json!({"error": {
            "code": "MisdirectedRequest",
            "message": "The Host header does not name this sandbox.",
        }}),
    )
}

fn unknown_host() -> Response {
    Response::json(
        StatusCode::NOT_FOUND,
        &json!({"error": {
            "code": "NoSuchService",
            "message": "The sandbox serves nothing at this address.",
        }}),
    )
}
