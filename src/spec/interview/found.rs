//! The choices that were found for the questions; small, so that any source can fill them.

use std::path::PathBuf;

use crate::spec::choices::{PrometheusChoice, SignIn};
use crate::spec::ids::{Region, ResourceId, SubscriptionId};
use crate::spec::platform::Platform;
use crate::target::Target;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedSubscription {
    pub(crate) id: SubscriptionId,
    pub(crate) name: String,
    /// The one that the Azure CLI works in.
    pub(crate) current: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedCluster {
    pub(crate) platform: Platform,
    /// The one that the kubeconfig's current context points at.
    pub(crate) current: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedPrometheus {
    pub(crate) choice: PrometheusChoice,
    /// What it is, such as `kube-prometheus-stack, Prometheus 3.14.0`.
    pub(crate) about: String,
    /// The targets that fit it, the most likely first.
    pub(crate) targets: Vec<Target>,
    /// Sign-in methods that its version does not support, each with the reason.
    pub(crate) refuses: Vec<(SignIn, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedWorkspace {
    pub(crate) id: ResourceId,
    pub(crate) region: Region,
}

/// Something that has to be looked up before a question can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    Subscriptions,
    /// In the subscription of the interview.
    Clusters,
    /// In the cluster of the interview.
    Prometheus,
    /// In the subscription of the interview.
    Workspaces,
    /// In the current directory: files that the target of the interview could be patched into.
    Files,
}

impl Lookup {
    /// Completes "looking for …".
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Subscriptions => "subscriptions",
            Self::Clusters => "AKS clusters",
            Self::Prometheus => "Prometheus servers",
            Self::Workspaces => "Azure Monitor workspaces",
            Self::Files => "files to patch",
        }
    }
}

/// The answer to a `Lookup`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LookupResult {
    Subscriptions(Vec<ListedSubscription>),
    Clusters(Vec<ListedCluster>),
    Prometheus(Vec<ListedPrometheus>),
    Workspaces(Vec<ListedWorkspace>),
    Files(Vec<PathBuf>),
}

/// Everything seen so far; `None` is not looked at yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct LookupResults {
    pub(super) subscriptions: Option<Vec<ListedSubscription>>,
    pub(super) clusters: Option<Vec<ListedCluster>>,
    pub(super) prometheus: Option<Vec<ListedPrometheus>>,
    pub(super) workspaces: Option<Vec<ListedWorkspace>>,
    pub(super) files: Option<Vec<PathBuf>>,
}

impl LookupResults {
    pub(super) fn note(&mut self, result: LookupResult) {
        match result {
            LookupResult::Subscriptions(found) => self.subscriptions = Some(found),
            LookupResult::Clusters(found) => self.clusters = Some(found),
            LookupResult::Prometheus(found) => self.prometheus = Some(found),
            LookupResult::Workspaces(found) => self.workspaces = Some(found),
            LookupResult::Files(found) => self.files = Some(found),
        }
    }

    pub(super) fn has(&self, look: Lookup) -> bool {
        match look {
            Lookup::Subscriptions => self.subscriptions.is_some(),
            Lookup::Clusters => self.clusters.is_some(),
            Lookup::Prometheus => self.prometheus.is_some(),
            Lookup::Workspaces => self.workspaces.is_some(),
            Lookup::Files => self.files.is_some(),
        }
    }

    pub(super) fn forget(&mut self, look: Lookup) {
        match look {
            Lookup::Subscriptions => self.subscriptions = None,
            Lookup::Clusters => self.clusters = None,
            Lookup::Prometheus => self.prometheus = None,
            Lookup::Workspaces => self.workspaces = None,
            Lookup::Files => self.files = None,
        }
    }
}
