//! Does the user-assigned identity exist that Prometheus signs in as?

use async_trait::async_trait;

use super::{Requirement, Step, Tools};
use crate::azure::{Reader, identities};
use crate::error::Failure;
use crate::facts::{Fact, Facts, Observation};
use crate::observe;
use crate::plan::change::{Change, GrantedAccess};
use crate::spec::Spec;
use crate::spec::ids::ResourceId;
use crate::spec::method_on_platform::MethodOnPlatform;

pub(super) struct IdentityStep;

fn wanted(spec: &Spec) -> &ResourceId {
    spec.credential.identity().expect("`applies` holds")
}

#[async_trait]
impl Step for IdentityStep {
    fn id(&self) -> &'static str {
        "identity"
    }

    fn grants(&self) -> GrantedAccess {
        GrantedAccess::None
    }

    fn applies(&self, connection: MethodOnPlatform) -> bool {
        connection.sign_in.has_identity()
    }

    fn applies_after(&self) -> &'static [&'static str] {
        &["provider-registration", "resource-group"]
    }

    fn observes(&self) -> &'static [Observation] {
        &[Observation::Principal]
    }

    fn needs(&self) -> &'static [Observation] {
        &[Observation::Principal]
    }

    async fn observe(&self, azure: &Reader, spec: &Spec, _: &Facts) -> Result<Facts, Failure> {
        let found = observe::identity(azure, wanted(spec)).await?;
        Ok(Facts {
            principal: Fact::from(found),
            ..Facts::default()
        })
    }

    fn plan(&self, spec: &Spec, facts: &Facts) -> Change {
        match facts.principal.known() {
            Some(principal) => Change::keep(
                wanted(spec).as_str(),
                format!("exists, client id {}", principal.client_id),
            ),
            None => Change::create(wanted(spec).as_str(), "for Prometheus to sign in as"),
        }
    }

    fn requires(&self, spec: &Spec, _: &Facts) -> Vec<Requirement> {
        let scope = wanted(spec)
            .resource_group()
            .unwrap_or_else(|| spec.resource_group());
        vec![Requirement {
            // Asked for at the group: the identity itself has no permissions to list before it exists.
            action: "Microsoft.ManagedIdentity/userAssignedIdentities/write".to_owned(),
            scope,
        }]
    }

    async fn apply(&self, tools: &Tools<'_>, spec: &Spec, _: &Facts) -> Result<Facts, Failure> {
        let made = identities::create(tools.azure, wanted(spec), &spec.location)
            .await
            .map_err(|error| {
                Failure::new(format!("create identity `{}`", wanted(spec).name())).azure(error)
            })?;
        Ok(Facts {
            principal: Fact::Known(made),
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
    fn an_existing_identity_is_kept_and_shown_by_its_client_id() {
        let change = IdentityStep.plan(&examples::spec(), &examples::everything_in_place());

        assert_eq!(change.action, Action::None);
        assert!(
            change
                .why
                .contains(examples::principal().client_id.as_str()),
            "{}",
            change.why
        );
    }
}
