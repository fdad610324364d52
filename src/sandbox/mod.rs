//! An Azure inside the program: Resource Manager, Entra, Graph, the metadata service, ingestion, query and Kubernetes on loopback.
//!
//! It is strict where Azure is lenient, keeps its state in memory, and shares no type with the code that talks to Azure.

mod addresses;
mod authorization;
mod azure;
mod certificates;
mod clock;
mod cloud;
#[cfg(test)]
mod data_path_tests;
mod dispatcher;
mod dump;
mod entra;
mod faults;
#[cfg(test)]
mod fidelity_page;
#[cfg(test)]
mod fixtures;
mod graph;
mod hostile_answers;
mod hosts_file;
mod ingestion;
mod journal;
mod journal_output;
mod json_web_token;
mod kubeconfig;
mod kubernetes;
mod listeners;
mod managed_identity;
mod options;
mod path_template;
mod private_folder;
mod query;
mod regions;
mod request;
mod resource_manager;
mod response;
mod scenarios;
mod server;
mod service;
mod signed_in;
mod state;
mod strict;
#[cfg(test)]
mod testing;
mod tokens;
#[cfg(test)]
mod wire_tests;

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc};

use jiff::Timestamp;
use thiserror::Error;
use tokio::task::JoinSet;

use self::{
    addresses::Addresses, azure::Azure, clock::Clock, dispatcher::Dispatcher, listeners::Listeners,
    private_folder::PrivateFolder, state::StoredCluster,
};
pub(crate) use self::{
    dump::SCHEMA as STATE_SCHEMA, faults::Fault, kubernetes::ExternalIssuer, options::Options,
    scenarios::SCENARIOS, signed_in::SandboxCredentials,
};

/// The name of the kubeconfig in its folder.
const KUBECONFIG: &str = "kubeconfig";
/// The name of the authority's certificate there.
const CERTIFICATE_AUTHORITY: &str = "ca.pem";

/// A running sandbox; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Sandbox {
    urls: Urls,
    signed_in: SandboxCredentials,
    certificate_authority: String,
    missing: Option<SocketAddr>,
    /// Holds the kubeconfig.
    folder: PrivateFolder,
    dispatcher: Arc<Dispatcher>,
    servers: JoinSet<()>,
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
    #[error("no scenario is called `{0}`")]
    UnknownScenario(String),
    #[error("cannot listen on {address}")]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("cannot open the journal {path}")]
    Journal { path: PathBuf, source: io::Error },
    #[error("cannot open the hosts file {path}")]
    HostsFile { path: PathBuf, source: io::Error },
    #[error("cannot write the kubeconfig")]
    Kubeconfig(#[source] io::Error),
    #[error("cannot make a certificate authority")]
    Certificates(#[source] rcgen::Error),
    #[error("cannot serve TLS")]
    Tls(#[source] rustls::Error),
}

impl Sandbox {
    /// Builds the state of the scenario and starts to serve it.
    pub(crate) async fn start(options: Options) -> Result<Self, StartError> {
        let scenario = scenarios::named(&options.scenario)
            .ok_or_else(|| StartError::UnknownScenario(options.scenario.clone()))?;
        let clock = Clock::running(options.clock_ahead);
        let now = clock.now();
        // The port comes first: every URL in the state and in the kubeconfig holds it.
        let Listeners {
            listeners,
            addresses,
            certificate_authority,
            missing,
        } = listeners::open(&options).await?;
        let mut azure = Azure::new(scenario.build(now), addresses, options.clone());
        azure.certificate_authority = Some(certificate_authority.clone());
        let urls = Urls::of(&azure.addresses);
        let signed_in = SandboxCredentials::of(&azure.state);
        let folder = write_kubeconfig(&azure, now).map_err(StartError::Kubeconfig)?;
        folder
            .write(CERTIFICATE_AUTHORITY, &certificate_authority)
            .map_err(StartError::Kubeconfig)?;
        let dispatcher = Arc::new(Dispatcher::new(azure, &options, clock)?);
        let serve = |listener| server::serve(listener, Arc::clone(&dispatcher));
        Ok(Self {
            urls,
            signed_in,
            certificate_authority,
            missing,
            folder,
            servers: listeners.into_iter().map(serve).collect(),
            dispatcher,
        })
    }

    pub(crate) fn urls(&self) -> &Urls {
        &self.urls
    }

    /// The credentials to sign in with.
    pub(crate) fn signed_in(&self) -> &SandboxCredentials {
        &self.signed_in
    }

    /// A kubeconfig for all clusters; the file is gone when the sandbox is.
    pub(crate) fn kubeconfig_path(&self) -> PathBuf {
        self.folder.path().join(KUBECONFIG)
    }

    /// The certificate that clients have to trust, in PEM.
    pub(crate) fn certificate_authority(&self) -> &str {
        &self.certificate_authority
    }

    /// The same in a file that is gone when the sandbox is.
    pub(crate) fn certificate_authority_path(&self) -> PathBuf {
        self.folder.path().join(CERTIFICATE_AUTHORITY)
    }

    /// The address of the metadata service, when this machine does not have it.
    pub(crate) fn missing(&self) -> Option<SocketAddr> {
        self.missing
    }

    /// The journal so far, oldest first.
    #[cfg(test)]
    pub(crate) fn journal(&self) -> Vec<serde_json::Map<String, serde_json::Value>> {
        self.dispatcher.journal().entries()
    }

    /// Stops listening and ends all connections. Returns the state that is left.
    pub(crate) async fn stop(mut self) -> serde_json::Value {
        self.servers.shutdown().await;
        self.dispatcher.dump()
    }
}

/// Writes the kubeconfig into a folder of its own that no other user can enter.
fn write_kubeconfig(azure: &Azure, now: Timestamp) -> io::Result<PrivateFolder> {
    let folder = PrivateFolder::new()?;
    let has_api = |it: &&StoredCluster| azure.state.kubernetes.contains_key(&it.label());
    let clusters: Vec<_> = azure
        .state
        .managed_clusters
        .iter()
        .filter(has_api)
        .collect();
    // The same principal as for Azure: the clusters of the sandbox know no other user.
    let caller = signed_in::caller(&azure.state);
    let text = kubeconfig::kubeconfig(azure, &clusters, &caller, now);
    folder.write(KUBECONFIG, &text)?;
    Ok(folder)
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
