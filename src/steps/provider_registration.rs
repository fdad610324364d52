//! Are the resource providers registered in the subscriptions where we create things? A new subscription lacks some.

use std::collections::BTreeSet;

use async_trait::async_trait;
use futures_util::future::try_join_all;

use super::{Requirement, Step, Tools};
use crate::azure::{Reader, providers};
use crate::error::Failure;
use crate::facts::{Fact, Facts, Observation, Provider};
use crate::observe;
use crate::plan::change::{Change, GrantedAccess};
use crate::spec::Spec;
use crate::spec::ids::{ResourceId, SubscriptionId};

const INSIGHTS: &str = "Microsoft.Insights";
const IDENTITY: &str = "Microsoft.ManagedIdentity";

pub(super) struct ProviderRegistrationStep;

/// Each namespace with the subscription that needs it.
fn needed(spec: &Spec) -> BTreeSet<(SubscriptionId, &'static str)> {
    let workspace = spec.workspace.subscription();
    let mut needed = BTreeSet::from([
        // `Microsoft.Insights` has the rule and the endpoint; it is not registered in a new subscription by default.
        (workspace.clone(), providers::MONITOR),
        (workspace, INSIGHTS),
    ]);
    if let Some(identity) = spec.credential.identity() {
        needed.insert((identity.subscription(), IDENTITY));
    }
    needed
}

fn unregistered(facts: &Facts) -> Vec<&Provider> {
    let all = facts
        .providers
        .known()
        .map(Vec::as_slice)
        .unwrap_or_default();
    all.iter()
        .filter(|provider| !provider.is_registered())
        .collect()
}

async fn register(tools: &Tools<'_>, provider: &Provider) -> Result<(), Failure> {
    let Provider {
        subscription,
        namespace,
        ..
    } = provider;
    let doing = || format!("register {namespace} in subscription {subscription}");
    let watch = |state: &str| {
        tools
            .progress
            .detail("provider-registration", &format!("{namespace} is {state}"));
    };
    providers::register(tools.azure, subscription, namespace)
        .await
        .map_err(|error| Failure::new(doing()).azure(error))?;
    // The reply to `register` comes at once, with the state `Registering`; writes are refused until it has ended.
    providers::wait_until_registered(tools.azure, subscription, namespace, &watch)
        .await
        .map_err(|error| Failure::new(doing()).azure(error))?;
    Ok(())
}

#[async_trait]
impl Step for ProviderRegistrationStep {
    fn id(&self) -> &'static str {
        "provider-registration"
    }

    fn grants(&self) -> GrantedAccess {
        GrantedAccess::None
    }

    fn observes(&self) -> &'static [Observation] {
        &[Observation::Providers]
    }

    fn needs(&self) -> &'static [Observation] {
        &[Observation::Providers]
    }

    async fn observe(&self, azure: &Reader, spec: &Spec, _: &Facts) -> Result<Facts, Failure> {
        let needed = needed(spec);
        let looks = needed
            .iter()
            .map(|(subscription, namespace)| observe::provider(azure, subscription, namespace));
        let providers = try_join_all(looks).await?;
        Ok(Facts {
            providers: Fact::Known(providers),
            ..Facts::default()
        })
    }

    fn plan(&self, spec: &Spec, facts: &Facts) -> Change {
        let missing: Vec<&str> = unregistered(facts)
            .iter()
            .map(|provider| provider.namespace.as_str())
            .collect();
        if missing.is_empty() {
            let all: Vec<&str> = needed(spec)
                .iter()
                .map(|(_, namespace)| *namespace)
                .collect();
            return Change::keep(all.join(", "), "registered");
        }
        Change::update(
            missing.join(", "),
            "not registered in the subscription yet; takes a minute or two",
        )
    }

    fn requires(&self, _: &Spec, facts: &Facts) -> Vec<Requirement> {
        unregistered(facts)
            .iter()
            .map(|provider| Requirement {
                action: format!("{}/register/action", provider.namespace),
                scope: ResourceId::subscription_scope(&provider.subscription),
            })
            .collect()
    }

    async fn apply(&self, tools: &Tools<'_>, _: &Spec, facts: &Facts) -> Result<Facts, Failure> {
        let registrations = unregistered(facts)
            .into_iter()
            .map(|provider| register(tools, provider));
        try_join_all(registrations).await?;
        let mut providers = facts.providers.known().cloned().unwrap_or_default();
        providers
            .iter_mut()
            .for_each(|provider| "Registered".clone_into(&mut provider.state));
        Ok(Facts {
            providers: Fact::Known(providers),
            ..Facts::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::change::Action;
    use crate::steps::examples;

    #[test]
    fn only_what_is_not_registered_is_registered() {
        let facts = Facts {
            providers: Fact::Known(vec![
                examples::provider(providers::MONITOR, false),
                examples::provider(INSIGHTS, true),
            ]),
            ..Facts::default()
        };

        let change = ProviderRegistrationStep.plan(&examples::spec(), &facts);

        assert_eq!(
            (change.action, change.resource.as_str()),
            (Action::Update, "Microsoft.Monitor")
        );
        assert_eq!(
            ProviderRegistrationStep.requires(&examples::spec(), &facts)[0].action,
            "Microsoft.Monitor/register/action"
        );
    }
}
