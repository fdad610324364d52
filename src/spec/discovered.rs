//! What was discovered in Azure and in the cluster, and completes the answers.

use super::cloud::CloudName;
use super::ids::{SubscriptionId, TenantId};
use super::platform::Platform;
use super::service_account::ServiceAccount;
use crate::target::Target;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DiscoveredInputs {
    /// The only subscription that may be searched, where the user named one.
    pub(crate) subscription: Option<SubscriptionId>,
    pub(crate) tenant: TenantId,
    pub(crate) cloud: CloudName,
    pub(crate) platform: Platform,
    /// The service account of the running Prometheus, or why it is unknown.
    pub(crate) service_account: Result<ServiceAccount, String>,
    pub(crate) prometheus_version: Option<String>,
    /// The target that fits the Prometheus that was found.
    pub(crate) target: Option<Target>,
}
