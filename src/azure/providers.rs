//! May this subscription use a kind of resource, and in which regions?

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::error::AzureError;
use super::long_running::StateListener;
use super::not_yet::until;
use super::reader::Reader;
use super::writer::Writer;
use crate::facts::Provider;
use crate::network::retry_policy::RetryPolicy;
use crate::spec::ids::{Region, SubscriptionId};

const API_VERSION: &str = "2021-04-01";
const REGISTRATION: Duration = Duration::from_secs(10 * 60);

/// The provider of workspaces; its entry also lists the regions that offer them.
pub(crate) const MONITOR: &str = "Microsoft.Monitor";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProviderResponse {
    registration_state: String,
    #[serde(default)]
    resource_types: Vec<ResourceTypeResponse>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceTypeResponse {
    resource_type: String,
    #[serde(default)]
    locations: Vec<String>,
}

impl ProviderResponse {
    /// Where a resource type such as `accounts` is offered; names that are no regions are left out.
    fn locations(&self, resource_type: &str) -> Vec<Region> {
        self.resource_types
            .iter()
            .filter(|offered| offered.resource_type.eq_ignore_ascii_case(resource_type))
            .flat_map(|offered| &offered.locations)
            .filter_map(|name| Region::parse(name).ok())
            .collect()
    }
}

fn path(subscription: &SubscriptionId, namespace: &str) -> String {
    format!("subscriptions/{subscription}/providers/{namespace}")
}

pub(crate) async fn get(
    azure: &Reader,
    subscription: &SubscriptionId,
    namespace: &str,
) -> Result<Provider, AzureError> {
    let address = azure.resource_manager(&path(subscription, namespace), API_VERSION);
    // The same request without a subscription works too, and its answer has no `registrationState` (recorded).
    let response: ProviderResponse = azure.get(&address).await?;
    Ok(Provider {
        subscription: subscription.clone(),
        namespace: namespace.to_owned(),
        // The list has display names, such as "West Europe"; other types also list `Global`, which is no region.
        workspace_regions: if namespace == MONITOR {
            response.locations("accounts")
        } else {
            Vec::new()
        },
        state: response.registration_state,
    })
}

/// Begins the registration, which then goes on for minutes.
pub(crate) async fn register(
    azure: &Writer,
    subscription: &SubscriptionId,
    namespace: &str,
) -> Result<(), AzureError> {
    let path = format!("{}/register", path(subscription, namespace));
    let address = azure.resource_manager(&path, API_VERSION);
    // Answers 200 with `Registering` and without `Retry-After`; the provider itself has to be polled.
    azure.post::<Value>(&address, &Value::Null).await.map(drop)
}

/// `watch` gets the state at each look.
pub(crate) async fn wait_until_registered(
    azure: &Reader,
    subscription: &SubscriptionId,
    namespace: &str,
    watch: StateListener<'_>,
) -> Result<Provider, AzureError> {
    let waiting = azure.http().waiting(RetryPolicy::replication(REGISTRATION));
    let registered = until(waiting, || async {
        let provider = get(azure, subscription, namespace).await?;
        watch(&provider.state);
        Ok(provider.is_registered().then_some(provider))
    })
    .await?;
    registered.ok_or_else(|| AzureError::TimedOut {
        what: format!("the registration of {namespace}"),
        after: REGISTRATION,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{FakeService, says};
    use serde_json::json;
    use std::sync::Mutex;

    const ID: &str = "11111111-1111-1111-1111-111111111111";

    fn provider(state: &str) -> String {
        json!({
            "registrationState": state,
            "resourceTypes": [
                { "resourceType": "Accounts", "locations": ["West Europe", "East US 2 (FakeState)"] },
                { "resourceType": "operations" },
            ],
        })
        .to_string()
    }

    #[tokio::test]
    async fn regions_are_returned_in_their_short_form() {
        let fake = FakeService::in_turn([says(200, provider("Registered"))]).await;

        let provider = get(&fake.reader(), &ID.parse().unwrap(), "Microsoft.Monitor")
            .await
            .unwrap();

        assert_eq!(
            provider.workspace_regions,
            [Region::parse("westeurope").unwrap()]
        );
    }

    #[tokio::test]
    async fn a_registration_is_waited_for() {
        let fake = FakeService::in_turn([
            says(200, provider("Registering")),
            says(200, provider("Registering")),
            says(200, provider("Registered")),
        ])
        .await;
        let azure = Writer::for_test(fake.reader());
        let subscription = ID.parse().unwrap();
        let heard = Mutex::new(Vec::new());

        register(&azure, &subscription, "Microsoft.Monitor")
            .await
            .unwrap();
        wait_until_registered(&azure, &subscription, "Microsoft.Monitor", &|state| {
            heard.lock().unwrap().push(state.to_owned());
        })
        .await
        .unwrap();

        assert_eq!(*heard.lock().unwrap(), ["Registering", "Registered"]);
        assert!(fake.seen()[0].body.is_empty());
    }
}
