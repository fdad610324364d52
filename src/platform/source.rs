//! What every platform gives: how it is found and listed, and how its API server is recognised.

use async_trait::async_trait;

use crate::azure::Reader;
use crate::cluster::kubeconfig::KubeconfigContext;
use crate::error::Failure;
use crate::facts::Facts;
use crate::spec::choices::{ClusterChoice, PlatformKind};
use crate::spec::ids::SubscriptionId;
use crate::spec::platform::Platform;

/// One platform as it was found.
#[derive(Clone)]
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
#[derive(Clone)]
pub(crate) struct ApiServerIdentity {
    /// As far as the platform reports it.
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

/// How the platforms of one kind are found.
#[async_trait(?Send)]
pub(super) trait PlatformSource: Sync {
    fn kind(&self) -> PlatformKind;

    /// The one that the answer means.
    async fn find(
        &self,
        azure: &Reader,
        choice: Option<&ClusterChoice>,
        only: Option<&[SubscriptionId]>,
    ) -> Result<FoundPlatform, Failure>;

    /// All that can be chosen.
    async fn list(
        &self,
        azure: &Reader,
        only: Option<&[SubscriptionId]>,
    ) -> Result<Vec<ListedPlatform>, Failure>;
}
