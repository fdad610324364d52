//! Which subscriptions does this sign-in see, and whose tenant are they in?

use serde::Deserialize;

use super::challenge;
use super::error::AzureError;
use super::reader::Reader;
use crate::spec::ids::{SubscriptionId, TenantId};

pub(super) const API_VERSION: &str = "2022-12-01";

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
    let refusal = azure.send_unsigned(address.url()?.clone()).await?.refusal();
    Ok(refusal.challenge.as_deref().and_then(challenge::tenant))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{FakeService, says};

    const ID: &str = "11111111-1111-1111-1111-111111111111";
    const TENANT: &str = "22222222-2222-2222-2222-222222222222";

    #[tokio::test]
    async fn the_home_tenant_is_asked_for_without_a_token() {
        let challenge = format!(
            r#"Bearer authorization_uri="https://login.windows.net/{TENANT}", error="invalid_token""#
        );
        let fake =
            FakeService::in_turn([says(401, "{}").with("www-authenticate", challenge)]).await;

        let tenant = home_tenant(&fake.reader(), &ID.parse().unwrap())
            .await
            .unwrap();

        assert_eq!(tenant.unwrap().as_str(), TENANT);
        assert_eq!(fake.seen()[0].header("authorization"), "");
    }

    #[tokio::test]
    async fn a_subscription_out_of_sight_is_none() {
        let fake =
            FakeService::in_turn([says(404, r#"{"error":{"code":"SubscriptionNotFound"}}"#)]).await;

        assert!(
            get(&fake.reader(), &ID.parse().unwrap())
                .await
                .unwrap()
                .is_none()
        );
    }

    #[tokio::test]
    async fn a_disabled_subscription_takes_no_writes() {
        let body = format!(
            r#"{{"value":[{{"subscriptionId":"{ID}","displayName":"Old","tenantId":"{TENANT}","state":"Disabled"}}]}}"#
        );
        let fake = FakeService::in_turn([says(200, body)]).await;

        let all = list(&fake.reader()).await.unwrap();

        assert_eq!(all[0].name, "Old");
        assert!(!all[0].takes_writes());
    }
}
