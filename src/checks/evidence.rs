//! What do the checks know? Everything that was looked at, each item with its reason where it could not be.

use std::path::PathBuf;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::cluster::server::PrometheusServer;
use crate::cluster::service_account::LiveServiceAccount;
use crate::compat::Installation;
use crate::discover::prometheus::DiscoveryError;
use crate::facts::{
    FederatedCredential, Grant, Ingestion, ManagedCluster, Observation, Principal, ScaleSet,
    UnheldSecret, Workspace,
};
use crate::probe::stage::{ProbeReport, StageOutcome};
use crate::problem::Problem;
use crate::remote_write::{LostSamples, WrittenEntry};
use crate::spec::Spec;
use crate::spec::command_line::{CommandLine, KubeContext};
use crate::spec::ids::TenantId;

/// What was seen, or why not; and how long the look took.
#[derive(Debug, Clone)]
pub(crate) struct Observed<T> {
    pub(crate) result: Result<T, Problem>,
    pub(crate) took: Duration,
}

impl<T> Observed<T> {
    /// What took no time to look at.
    pub(super) fn at_once(result: Result<T, Problem>) -> Self {
        Self {
            result,
            took: Duration::ZERO,
        }
    }

    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Observed<U> {
        Observed {
            result: self.result.map(change),
            took: self.took,
        }
    }

    pub(crate) fn get(&self) -> Result<&T, Problem> {
        self.result.as_ref().map_err(Clone::clone)
    }
}

impl<T> Observed<Option<T>> {
    /// The thing itself, or that there is none.
    pub(super) fn existing(&self, what: &str) -> Result<&T, Problem> {
        let found = self.get()?.as_ref();
        found.ok_or_else(|| Problem::new(format!("there is no {what}")))
    }
}

/// The account that is signed in.
#[derive(Debug, Clone)]
pub(crate) struct SignedInAccount {
    pub(crate) name: String,
    /// Which sign-in of the chain is in use.
    pub(crate) method: &'static str,
    pub(crate) tenant: Option<TenantId>,
}

/// A client secret of the application.
#[derive(Debug, Clone)]
pub(crate) struct ClientSecretState {
    pub(crate) ends: Timestamp,
    /// Whether it is the one that we hold.
    pub(crate) held: bool,
    /// Of one that we made and do not hold.
    pub(crate) unheld: Option<UnheldSecret>,
}

/// The user's file.
#[derive(Debug, Clone)]
pub(crate) struct ConfiguredFile {
    pub(crate) path: PathBuf,
    /// `None` where the file has no entry of ours.
    pub(crate) entry: Option<ConfiguredEntry>,
    /// What Prometheus or the API server would not take, with lines.
    pub(crate) faults: Vec<String>,
    /// Why it could not be read, such as a file that does not exist.
    pub(crate) unread: Option<Problem>,
}

/// What the server in the cluster is configured with.
#[derive(Debug, Clone)]
pub(crate) struct RunningWriters {
    /// What was read, such as `Prometheus monitoring/main`.
    pub(crate) place: String,
    pub(crate) entries: Vec<WrittenEntry>,
    /// Why it is not known whether one of them leads to a proxy.
    pub(crate) unread: Option<Problem>,
    /// The line that replaces a sidecar.
    pub(crate) migrate: CommandLine,
}

/// Our remote-write entry as the user's file has it.
#[derive(Debug, Clone)]
pub(crate) struct ConfiguredEntry {
    /// The file, as the user named it.
    pub(crate) file: PathBuf,
    pub(crate) entry: WrittenEntry,
    /// The external label `cluster`.
    pub(crate) cluster_label: Option<String>,
    pub(crate) lost: LostSamples,
    /// The scrape jobs whose series have a label `cluster` of their own.
    pub(crate) jobs_with_cluster: Vec<String>,
    /// The file describes the pod, and nothing in it gives the pod a token of workload identity.
    pub(crate) lacks_token: bool,
    /// Other remote writes of the file whose samples end up in the same rule.
    pub(crate) duplicates: Vec<WrittenEntry>,
}

/// Everything the checks go by.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    pub(crate) spec: Spec,
    pub(crate) installation: Installation,
    /// Known issues of the version were accepted with `--force`.
    pub(crate) accepts_known_issues: bool,
    pub(crate) now: Timestamp,
    pub(crate) caller: SignedInAccount,
    /// How far this machine's clock is ahead of Azure's.
    pub(crate) clock_ahead: Observed<SignedDuration>,
    pub(crate) cluster: Observed<Option<ManagedCluster>>,
    /// The server that the connection is about.
    pub(crate) prometheus: Result<PrometheusServer, DiscoveryError>,
    /// Why the Operator does not act on the resource of that server.
    pub(crate) inaction: Option<Problem>,
    /// Whether the user named it.
    pub(crate) prometheus_is_named: bool,
    /// The context of the user's own kubeconfig that leads to the cluster.
    pub(crate) kube_context: Option<KubeContext>,
    /// How long its API server took to look at.
    pub(crate) cluster_took: Duration,
    pub(crate) service_account: Observed<Option<LiveServiceAccount>>,
    /// The issuer that the API server itself announces.
    pub(crate) announced_issuer: Observed<Option<String>>,
    pub(crate) workspace: Observed<Option<Workspace>>,
    pub(crate) ingestion: Observed<Ingestion>,
    pub(crate) principal: Observed<Option<Principal>>,
    /// Who else controls an application that was named by its client id, in parts of a sentence.
    pub(crate) application_doubts: Vec<String>,
    /// Why none of the applications of the name is used, where none is ours.
    pub(crate) foreign_applications: Option<Problem>,
    /// On the rule and above it, on the workspace and above it.
    pub(crate) grants: Observed<Vec<Grant>>,
    pub(crate) federated_credentials: Observed<Vec<FederatedCredential>>,
    pub(crate) scale_sets: Observed<Vec<ScaleSet>>,
    pub(crate) client_secrets: Observed<Vec<ClientSecretState>>,
    pub(crate) secret_held: bool,
    /// The file that holds the secret, or would.
    pub(crate) secret_file: Option<String>,
    pub(crate) configured: Observed<ConfiguredFile>,
    pub(crate) running: Observed<RunningWriters>,
    pub(crate) probe: Observed<ProbeReport>,
}

impl Evidence {
    /// How long a thing took to look at; what is known without a look took nothing.
    pub(super) fn took(&self, observation: Observation) -> Duration {
        match observation {
            Observation::Clock => self.clock_ahead.took,
            Observation::Cluster => self.cluster.took,
            Observation::Prometheus => self.cluster_took,
            Observation::ServiceAccount => self.service_account.took,
            Observation::AnnouncedIssuer => self.announced_issuer.took,
            Observation::Workspace => self.workspace.took,
            Observation::Ingestion => self.ingestion.took,
            Observation::Principal => self.principal.took,
            Observation::Roles => self.grants.took,
            Observation::FederatedCredentials => self.federated_credentials.took,
            Observation::ScaleSets => self.scale_sets.took,
            Observation::ClientSecrets => self.client_secrets.took,
            Observation::ConfiguredEntry => self.configured.took,
            Observation::RunningEntries => self.running.took,
            Observation::Sample => self.probe.took,
            Observation::SignIn
            | Observation::Providers
            | Observation::ResourceGroup
            | Observation::Application => Duration::ZERO,
        }
    }

    pub(super) fn existing_cluster(&self) -> Result<&ManagedCluster, Problem> {
        self.cluster.existing("such cluster")
    }

    pub(super) fn existing_workspace(&self) -> Result<&Workspace, Problem> {
        self.workspace.existing("workspace yet")
    }

    pub(super) fn existing_principal(&self) -> Result<&Principal, Problem> {
        self.principal.existing("identity yet")
    }

    pub(super) fn write_was_accepted(&self) -> bool {
        let probe = self.probe.get().ok();
        probe.is_some_and(|probe| matches!(probe.write.outcome, StageOutcome::Passed(_)))
    }
}
