//! What do we own in Azure? One file per thing: look at it, decide, and make it so.

mod application;
pub(crate) mod application_choice;
mod application_trust;
mod client_secret;
mod concurrent_secret;
mod federated_credential;
mod identity;
mod node_identity;
mod order;
mod provider_registration;
mod resource_group;
mod role_assignment;
mod run;
mod secret_name;
mod secret_recognition;
mod token_issuer;
mod workspace;

use async_trait::async_trait;

pub(crate) use client_secret::{others_warning, removal_command};
pub(crate) use role_assignment::was_granted;
pub(crate) use run::{StepOutcome, StepResult, apply, observe, plan};
pub(crate) use secret_recognition::{is_held, unheld};

use crate::azure::{Reader, Writer};
use crate::error::Failure;
use crate::facts::{Facts, Observation};
use crate::plan::change::{Change, Gives};
use crate::progress::Progress;
use crate::secret_file::SecretFile;
use crate::spec::Spec;
use crate::spec::ids::ResourceId;

/// What a step may use while it changes things.
pub(crate) struct Tools<'a> {
    pub(crate) azure: &'a Writer,
    /// Where a client secret is kept: Entra shows it once.
    pub(crate) secret_file: &'a SecretFile,
    pub(crate) progress: &'a dyn Progress,
}

/// A right that a change needs, so that a run that is bound to stop at its last step never starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Requirement {
    pub(crate) action: String,
    /// The nearest scope that exists or will exist; the subscription for what Azure creates elsewhere on its own.
    pub(crate) scope: ResourceId,
}

/// One thing we own in Azure.
#[async_trait]
pub(crate) trait Step: Send + Sync {
    /// The name people type and the plan prints, such as `role-assignment`.
    fn id(&self) -> &'static str;
    /// What others get by a change of this step, whatever exists.
    fn gives(&self) -> Gives;
    /// Whether this connection has anything to do here. The other methods are called only where it has.
    fn applies(&self, _: &Spec) -> bool {
        true
    }
    /// What `observe` looks at.
    fn observes(&self) -> &'static [Observation];
    /// What `plan` and `requires` decide from. Steps that observe some of it observe first.
    fn needs(&self) -> &'static [Observation];
    /// Steps that must be done before this one can be done.
    fn applies_after(&self) -> &'static [&'static str] {
        &[]
    }
    /// Looks, and returns what it saw and nothing else. A `Reader` has no method that writes.
    async fn observe(&self, azure: &Reader, spec: &Spec, facts: &Facts) -> Result<Facts, Failure>;
    /// Decides. The same facts always give the same change.
    fn plan(&self, spec: &Spec, facts: &Facts) -> Change;
    /// The rights that the planned change needs.
    fn requires(&self, spec: &Spec, facts: &Facts) -> Vec<Requirement>;
    /// Does what was decided, and returns what later steps need.
    async fn apply(&self, tools: &Tools<'_>, spec: &Spec, facts: &Facts) -> Result<Facts, Failure>;
}

/// The one list; its order is the order on screen.
static STEPS: &[&dyn Step] = &[
    &provider_registration::ProviderRegistrationStep,
    &resource_group::ResourceGroupStep,
    &workspace::WorkspaceStep,
    &token_issuer::TokenIssuerStep,
    &identity::IdentityStep,
    &application::ApplicationStep,
    &client_secret::ClientSecretStep,
    &node_identity::NodeIdentityStep,
    &federated_credential::FederatedCredentialStep,
    &role_assignment::RoleAssignmentStep,
];

/// The steps that this connection has.
pub(crate) fn steps_for(spec: &Spec) -> Vec<&'static dyn Step> {
    let all = STEPS.iter().copied();
    all.filter(|step| step.applies(spec)).collect()
}

/// The steps that must have looked before this one can look.
fn observes_after(step: &dyn Step) -> Vec<&'static str> {
    let is_needed = |other: &&&dyn Step| {
        let mut seen = other.observes().iter();
        other.id() != step.id() && seen.any(|observation| step.needs().contains(observation))
    };
    STEPS
        .iter()
        .filter(is_needed)
        .map(|other| other.id())
        .collect()
}

/// The names of all steps, for `--only`.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    STEPS.iter().map(|step| step.id())
}

#[cfg(test)]
pub(crate) mod examples;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Fact, HeldSecret};

    #[test]
    fn every_step_has_its_heading_in_the_docs() {
        let docs = include_str!("../../docs/steps.md");

        for id in ids() {
            assert!(
                docs.contains(&format!("\n## {id}\n")),
                "docs/steps.md lacks {id}"
            );
        }
    }

    #[test]
    fn each_sign_in_method_has_its_own_steps() {
        let common = ["provider-registration", "resource-group", "workspace"];
        for (spec, own) in [
            (
                examples::spec(),
                &["token-issuer", "identity", "federated-credential"][..],
            ),
            (
                examples::spec_with_secret(),
                &["application", "client-secret"],
            ),
            (
                examples::spec_with_machine_identity(),
                &["identity", "node-identity"],
            ),
        ] {
            let steps: Vec<&str> = steps_for(&spec).iter().map(|step| step.id()).collect();
            let expected = [&common, own, &["role-assignment"]].concat();
            assert_eq!(steps, expected, "{}", spec.credential.sign_in);
        }
    }

    #[test]
    fn a_step_that_applies_decides_from_any_facts() {
        for spec in [
            examples::spec(),
            examples::spec_with_secret(),
            examples::spec_with_machine_identity(),
        ] {
            for facts in [Facts::default(), examples::everything_in_place()] {
                let steps = steps_for(&spec);
                assert_eq!(plan(&steps, &spec, &facts).steps.len(), steps.len());
                for step in steps {
                    step.requires(&spec, &facts);
                }
            }
        }
    }

    #[test]
    fn a_step_waits_only_for_steps_that_stand_before_it() {
        for (place, step) in STEPS.iter().enumerate() {
            let before: Vec<&str> = STEPS[..place].iter().map(|step| step.id()).collect();
            for id in step.applies_after() {
                assert!(before.contains(id), "{} waits for {id}", step.id());
            }
        }
    }

    /// Facts in which each observation makes a difference to some step.
    fn telling_facts() -> Vec<Facts> {
        let unregistered = examples::provider("Microsoft.Monitor", false);
        let held = HeldSecret {
            value: "held".into(),
            key_id: None,
            replaced_key_id: None,
            expires: None,
        };
        vec![
            examples::everything_in_place(),
            Facts {
                providers: Fact::Known(vec![unregistered]),
                client_secret: Fact::Known(held),
                ..examples::everything_in_place()
            },
        ]
    }

    #[test]
    fn a_step_decides_from_what_it_declares_and_from_nothing_else() {
        for spec in [
            examples::spec(),
            examples::spec_with_secret(),
            examples::spec_with_machine_identity(),
        ] {
            for step in steps_for(&spec) {
                let decision =
                    |facts: &Facts| (step.plan(&spec, facts), step.requires(&spec, facts));
                for observation in Observation::ALL {
                    let matters = telling_facts().into_iter().any(|facts| {
                        decision(&facts) != decision(&facts.clone().without(observation))
                    });
                    let is_declared = step.needs().contains(&observation);
                    assert_eq!(matters, is_declared, "{} {observation:?}", step.id());
                }
            }
        }
    }

    #[test]
    fn each_step_looks_after_those_that_see_what_it_needs() {
        let after = observes_after(&role_assignment::RoleAssignmentStep);

        assert_eq!(after, ["workspace", "identity", "application"]);
        assert!(
            observes_after(&application::ApplicationStep)
                .iter()
                .all(|id| *id == "identity")
        );
    }
}
