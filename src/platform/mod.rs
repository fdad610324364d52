//! Where Prometheus runs: one file per platform, with how it is found, its warnings, and how its API server is recognised. The
//! steps ask the `Platform` of a spec what it has; a platform without a file here is refused by the support table.

mod aks;

use crate::azure::Reader;
use crate::cluster::kubeconfig::KubeconfigContext;
use crate::error::Failure;
use crate::facts::Facts;
use crate::spec::choices::{ClusterChoice, PlatformKind};
use crate::spec::ids::SubscriptionId;
use crate::spec::platform::Platform;
use crate::spec::support;

/// One platform as it was found.
pub(crate) struct FoundPlatform {
    pub(crate) platform: Platform,
    /// `None` where Prometheus runs in no cluster.
    pub(crate) api_server: Option<ApiServerIdentity>,
    /// What was read on the way, so that no step reads it again.
    pub(crate) facts: Facts,
    /// What the user should know before anything is created.
    pub(crate) warnings: Vec<String>,
}

/// One platform that can be chosen.
pub(crate) struct ListedPlatform {
    pub(crate) platform: Platform,
    /// `None` where Prometheus runs in no cluster.
    pub(crate) api_server: Option<ApiServerIdentity>,
}

impl ListedPlatform {
    /// Whether the entries of a context lead to it, as far as their names show it.
    pub(crate) fn is_behind(&self, context: &KubeconfigContext) -> bool {
        let api_server = self.api_server.as_ref();
        api_server.is_some_and(|api_server| api_server.is_user_of(context))
    }
}

/// How the API server of a cluster is recognised in a kubeconfig.
pub(crate) struct ApiServerIdentity {
    /// As far as the platform tells it.
    pub(crate) host: Option<String>,
    /// The user entries that are written for exactly this cluster.
    pub(crate) users: Vec<String>,
}

impl ApiServerIdentity {
    /// Whether the user entry of a context was written for exactly this cluster.
    pub(crate) fn is_user_of(&self, context: &KubeconfigContext) -> bool {
        let mut users = self.users.iter();
        users.any(|user| context.user.eq_ignore_ascii_case(user))
    }
}

/// Finds the one platform of this kind that the answer means. `only` limits the search to these subscriptions.
pub(crate) async fn find(
    azure: &Reader,
    kind: PlatformKind,
    choice: Option<&ClusterChoice>,
    only: Option<&[SubscriptionId]>,
) -> Result<FoundPlatform, Failure> {
    match kind {
        PlatformKind::Aks => aks::find(azure, choice, only).await,
        other => Err(refused(other)),
    }
}

/// Everything of this kind that can be chosen.
pub(crate) async fn list(
    azure: &Reader,
    kind: PlatformKind,
    only: Option<&[SubscriptionId]>,
) -> Result<Vec<ListedPlatform>, Failure> {
    match kind {
        PlatformKind::Aks => aks::list(azure, only).await,
        other => Err(refused(other)),
    }
}

fn refused(kind: PlatformKind) -> Failure {
    Failure::usage("find the platform of Prometheus").problem(support::no_platform(kind))
}
