//! Which subscriptions does this sign-in see, and whose tenant are they in?

use serde::Deserialize;

use super::challenge;
use super::error::AzureError;
use super::reader::Reader;
use crate::spec::ids::{SubscriptionId, TenantId};

const API_VERSION: &str = "2022-12-01";

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Subscription {
    #[serde(rename = "subscriptionId")]
    pub(crate) id: SubscriptionId,
    #[serde(rename = "displayName")]
    pub(crate) name: String,
    #[serde(rename = "tenantId")]
    pub(crate) tenant: TenantId,
    /// `Enabled`, `Warned`, `PastDue`, `Disabled` or `Deleted`.
    pub(crate) state: String,
}

impl Subscription {
    /// A disabled subscription still answers reads, so that discovery looks fine until the first write.
    pub(crate) fn takes_writes(&self) -> bool {
        ["Enabled", "Warned", "PastDue"]
            .iter()
            .any(|state| self.state.eq_ignore_ascii_case(state))
    }
}

/// Those in the tenant of the sign-in.
pub(crate) async fn list(azure: &Reader) -> Result<Vec<Subscription>, AzureError> {
    azure
        .list(&azure.resource_manager("subscriptions", API_VERSION))
        .await
}

/// `None` when it does not exist or this sign-in cannot see it.
pub(crate) async fn get(
    azure: &Reader,
    id: &SubscriptionId,
) -> Result<Option<Subscription>, AzureError> {
    azure
        .find(&azure.resource_manager(&format!("subscriptions/{id}"), API_VERSION))
        .await
}

/// The tenant a subscription belongs to, also when this sign-in is in another one: the challenge of an unsigned
/// request names it.
pub(crate) async fn home_tenant(
    azure: &Reader,
    id: &SubscriptionId,
) -> Result<Option<TenantId>, AzureError> {
    let address = azure.resource_manager(&format!("subscriptions/{id}"), API_VERSION);
    let refusal = azure.send_unsigned(address.url).await?.refusal();
    Ok(refusal.challenge.as_deref().and_then(challenge::tenant))
}
