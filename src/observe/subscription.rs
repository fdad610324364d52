//! What is there in a subscription: registered resource providers, and the resource group?

use super::Unobserved;
use crate::azure::{Reader, providers, resource_groups};
use crate::facts::Provider;
use crate::spec::ids::{Region, ResourceId, SubscriptionId};

pub(crate) async fn provider(
    azure: &Reader,
    subscription: &SubscriptionId,
    namespace: &str,
) -> Result<Provider, Unobserved> {
    let found = providers::get(azure, subscription, namespace).await;
    found.map_err(|error| {
        let doing = format!("read the registration of {namespace} in subscription {subscription}");
        Unobserved::new(doing, error)
    })
}

/// The region of the group's metadata; `None` when the group does not exist.
pub(crate) async fn resource_group(
    azure: &Reader,
    group: &ResourceId,
) -> Result<Option<Region>, Unobserved> {
    let found = resource_groups::get(azure, group).await;
    found.map_err(|error| Unobserved::new(format!("read resource group `{}`", group.name()), error))
}
