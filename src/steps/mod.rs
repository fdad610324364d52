//! What do we own in Azure? One file per thing: look at it, decide, and make it so.

mod application;
pub(crate) mod application_choice;
mod application_trust;
mod client_secret;
mod concurrent_secret;
#[cfg(test)]
pub(crate) mod examples;
mod federated_credential;
mod identity;
mod list;
mod node_identity;
mod order;
mod provider_registration;
mod resource_group;
mod role_assignment;
mod run;
mod secret_name;
mod secret_recognition;
mod step;
mod token_issuer;
mod workspace;

pub(crate) use client_secret::{others_warning, removal_command};
pub(crate) use list::{earlier, ids, steps_for};
pub(crate) use role_assignment::was_granted;
pub(crate) use run::{StepOutcome, StepResult, apply, observe, plan};
pub(crate) use secret_recognition::{is_held, unheld};
pub(crate) use step::{Requirement, Step, Tools};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Fact, HeldSecret};
    use crate::facts::{Facts, Observation};
    use crate::steps::list::{STEPS, observes_after};

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
            let steps: Vec<&str> = steps_for(spec.method_on_platform())
                .iter()
                .map(|step| step.id())
                .collect();
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
                let steps = steps_for(spec.method_on_platform());
                assert_eq!(plan(&steps, &spec, &facts).steps.len(), steps.len());
                for step in steps {
                    step.requires(&spec, &facts);
                }
            }
        }
    }

    #[test]
    fn a_step_waits_only_for_earlier_steps() {
        for (place, step) in STEPS.iter().enumerate() {
            let before: Vec<&str> = STEPS[..place].iter().map(|step| step.id()).collect();
            for id in step.applies_after() {
                assert!(before.contains(id), "{} waits for {id}", step.id());
            }
        }
    }

    /// Facts in which each observation makes a difference to some step.
    fn decisive_facts() -> Vec<Facts> {
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
            for step in steps_for(spec.method_on_platform()) {
                let decision =
                    |facts: &Facts| (step.plan(&spec, facts), step.requires(&spec, facts));
                for observation in Observation::ALL {
                    let matters = decisive_facts().into_iter().any(|facts| {
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
