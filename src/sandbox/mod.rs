//! An Azure inside the program: Resource Manager, Entra, Graph, the metadata service, ingestion, query and Kubernetes on loopback.
//!
//! It is strict where Azure is lenient, keeps its state in memory, and shares no type with the code that talks to Azure.
#![expect(
    dead_code,
    unused_imports,
    reason = "started by the `sandbox` command and the `--sandbox` flag once cli has them"
)]

mod addresses;
mod authorization;
mod azure;
mod certificates;
mod clock;
mod entra;
mod faults;
mod front_door;
mod graph;
mod hosts_file;
mod ingestion;
mod journal;
mod json_web_token;
mod kubernetes;
mod managed_identity;
mod options;
mod path_template;
mod query;
mod request;
mod resource_manager;
mod response;
mod scenarios;
mod server;
mod service;
mod state;
mod strict;
#[cfg(test)]
mod testing;
mod tokens;

use std::{io, net::SocketAddr, sync::Arc};

use serde_json::{Map, Value};
use thiserror::Error;
use tokio::{net::TcpListener, task::JoinHandle};

use self::{addresses::Addresses, azure::Azure, clock::Clock, front_door::FrontDoor};
pub(crate) use self::{
    faults::{Fault, FaultError},
    options::Options,
    scenarios::SCENARIOS,
};

/// A running sandbox; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Sandbox {
    urls: Urls,
    front_door: Arc<FrontDoor>,
    server: JoinHandle<()>,
}

/// Base URLs of the services, without a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Urls {
    pub(crate) resource_manager: String,
    /// The Entra authority, without a tenant.
    pub(crate) entra: String,
    pub(crate) graph: String,
    pub(crate) instance_metadata: String,
    pub(crate) identity_endpoint: String,
}

/// Why a sandbox did not start.
#[derive(Debug, Error)]
pub(crate) enum StartError {
    #[error(
        "the sandbox accepts anyone's requests, so it listens on loopback and link-local addresses only, not on {0}"
    )]
    Exposed(SocketAddr),
    #[error("no scenario is called `{0}`; --list-scenarios names them all")]
    UnknownScenario(String),
    #[error("cannot listen on {address}")]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("cannot open the journal")]
    Journal(#[source] io::Error),
}

impl Sandbox {
    /// Builds the scenario's world and begins to serve it.
    pub(crate) async fn start(options: Options) -> Result<Self, StartError> {
        let address = options.listen;
        if !options::stays_on_this_machine(address.ip()) {
            return Err(StartError::Exposed(address));
        }
        let scenario = scenarios::named(&options.scenario)
            .ok_or_else(|| StartError::UnknownScenario(options.scenario.clone()))?;
        let clock = Clock::running(options.clock_ahead);
        let state = scenario.build(clock.now());
        let listen = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let bound = listener.local_addr().map_err(listen)?;
        let addresses = match options.as_azure {
            true => Addresses::Azure,
            false => Addresses::Plain(format!("http://{bound}")),
        };
        let urls = Urls::of(&addresses);
        let azure = Azure::new(state, addresses, options.clone());
        let front_door = FrontDoor::new(azure, &options, clock).map_err(StartError::Journal)?;
        let front_door = Arc::new(front_door);
        let server = tokio::spawn(server::serve(listener, Arc::clone(&front_door)));
        Ok(Self {
            urls,
            front_door,
            server,
        })
    }

    pub(crate) fn urls(&self) -> &Urls {
        &self.urls
    }

    /// The journal so far, oldest first.
    pub(crate) fn journal(&self) -> Vec<Map<String, Value>> {
        self.front_door.journal().entries()
    }

    /// Stops listening and ends all connections.
    pub(crate) async fn stop(mut self) {
        self.server.abort();
        let _cancelled = (&mut self.server).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Urls {
    fn of(addresses: &Addresses) -> Self {
        Self {
            resource_manager: addresses.resource_manager(),
            entra: addresses.entra(),
            graph: addresses.graph(),
            instance_metadata: addresses.instance_metadata(),
            identity_endpoint: addresses.identity_endpoint(),
        }
    }
}
