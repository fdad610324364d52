//! The choices that were found for the questions; small, so that any source can fill them.

use std::path::PathBuf;

use crate::spec::choices::{PrometheusChoice, SignIn};
use crate::spec::ids::{Region, ResourceId, SubscriptionId};
use crate::target::Target;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundSubscription {
    pub(crate) id: SubscriptionId,
    pub(crate) name: String,
    /// The one that the Azure CLI works in.
    pub(crate) current: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundCluster {
    pub(crate) id: ResourceId,
    pub(crate) region: Region,
    /// The one that the kubeconfig's current context points at.
    pub(crate) current: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundPrometheus {
    pub(crate) choice: PrometheusChoice,
    /// What it is, such as `kube-prometheus-stack, Prometheus 3.14.0`.
    pub(crate) about: String,
    /// The targets that fit it, the most likely first.
    pub(crate) targets: Vec<Target>,
    /// Sign-in methods that its version does not support, each with the reason.
    pub(crate) refuses: Vec<(SignIn, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundWorkspace {
    pub(crate) id: ResourceId,
    pub(crate) region: Region,
}

/// Something that has to be looked up before a question can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
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

impl Look {
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

/// The answer to a `Look`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sight {
    Subscriptions(Vec<FoundSubscription>),
    Clusters(Vec<FoundCluster>),
    Prometheus(Vec<FoundPrometheus>),
    Workspaces(Vec<FoundWorkspace>),
    Files(Vec<PathBuf>),
}

/// Everything seen so far; `None` is not looked at yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sights {
    pub(super) subscriptions: Option<Vec<FoundSubscription>>,
    pub(super) clusters: Option<Vec<FoundCluster>>,
    pub(super) prometheus: Option<Vec<FoundPrometheus>>,
    pub(super) workspaces: Option<Vec<FoundWorkspace>>,
    pub(super) files: Option<Vec<PathBuf>>,
}

impl Sights {
    pub(super) fn note(&mut self, sight: Sight) {
        match sight {
            Sight::Subscriptions(found) => self.subscriptions = Some(found),
            Sight::Clusters(found) => self.clusters = Some(found),
            Sight::Prometheus(found) => self.prometheus = Some(found),
            Sight::Workspaces(found) => self.workspaces = Some(found),
            Sight::Files(found) => self.files = Some(found),
        }
    }

    pub(super) fn has(&self, look: Look) -> bool {
        match look {
            Look::Subscriptions => self.subscriptions.is_some(),
            Look::Clusters => self.clusters.is_some(),
            Look::Prometheus => self.prometheus.is_some(),
            Look::Workspaces => self.workspaces.is_some(),
            Look::Files => self.files.is_some(),
        }
    }

    pub(super) fn forget(&mut self, look: Look) {
        match look {
            Look::Subscriptions => self.subscriptions = None,
            Look::Clusters => self.clusters = None,
            Look::Prometheus => self.prometheus = None,
            Look::Workspaces => self.workspaces = None,
            Look::Files => self.files = None,
        }
    }
}
