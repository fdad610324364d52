//! An identity that is not one of ours and that only a spec file in the current folder names: such a file does not decide
//! who gets access. Who else controls an application that was named by its client id is always shown.

use std::path::Path;

use crate::azure::Reader;
use crate::error::Failure;
use crate::facts::{Application, Facts};
use crate::next_step::NextStep;
use crate::plan::change::{AdoptedIdentity, FoundTrust, Plan};
use crate::spec::Spec;
use crate::spec::command_line::own;
use crate::spec::credential::default_identity;
use crate::steps;
use crate::text::path_text;
use crate::workflow::console::Console;
use crate::workflow::found_trust;
use crate::workflow::resolve::ResolvedConnection;

/// Warns of it, and notes it in the plan where the user has to approve it.
pub(crate) async fn note(
    azure: &Reader,
    plan: &mut Plan,
    resolved: &ResolvedConnection,
    facts: &Facts,
) {
    let is_found = resolved
        .folder
        .is_of_spec_file_alone(&resolved.answers, "identity");
    if let Some((application, about)) = controlled_by_others(facts) {
        plan.warnings.push(format!(
            "{about}. Everyone who controls it can write to the workspace"
        ));
        // A secret of ours for it shows an earlier consent.
        let recorded = facts.recorded_secret.known();
        let was_used_here = recorded.is_some_and(|one| one.is_of(&application.object_id));
        if is_found && !was_used_here {
            plan.adopted = Some(AdoptedIdentity {
                kind: "application",
                identity: application.client_id.to_string(),
                about,
            });
        }
    }
    if is_found && let Some(adopted) = foreign_identity(&resolved.spec, facts) {
        plan.warnings.push(adopted.about.clone());
        plan.adopted = Some(adopted);
    }
    found_trust::note(azure, plan, resolved, facts).await;
}

/// A managed identity that we would not choose and that no earlier run gave access. Pods and nodes that may sign in as it get
/// every right that it has.
fn foreign_identity(spec: &Spec, facts: &Facts) -> Option<AdoptedIdentity> {
    let identity = spec.credential.identity()?;
    let group = spec.resource_group();
    // The name is computed from the cluster's, so every machine finds the same identity.
    let is_ours = *identity == default_identity(&group, spec.platform.name());
    // An identity in our resource group that is not there yet is made by the plan.
    let is_new =
        facts.principal.known().is_none() && identity.resource_group().as_ref() == Some(&group);
    if is_ours || is_new || steps::was_granted(spec, facts) {
        return None;
    }
    Some(AdoptedIdentity {
        kind: "managed identity",
        identity: identity.to_string(),
        about: format!(
            "managed identity `{}` ({identity}) is named by the spec file alone, and amw-rw has not given it access before",
            identity.name()
        ),
    })
}

fn controlled_by_others(facts: &Facts) -> Option<(&Application, String)> {
    let application = facts.application.known()?;
    let doubts = facts.application_doubts.known()?;
    let about = format!(
        "application `{}` (client id {}) is used because it was named: {}",
        application.name,
        application.client_id,
        doubts.join("; ")
    );
    (!doubts.is_empty()).then_some((application, about))
}

/// Asks for consent to give it access. `--yes` is none: it answers what the user has decided. The printed command also names
/// the pods of `trust`, so that it is not refused in its turn.
pub(crate) fn approve(
    console: &impl Console,
    adopted: &AdoptedIdentity,
    trust: Option<&FoundTrust>,
    spec_file: &Path,
) -> Result<bool, Failure> {
    let AdoptedIdentity {
        kind,
        identity,
        about,
    } = adopted;
    if console.can_ask() && !console.answers_yes() {
        // Enter alone means no, so that no right is given by mistake.
        return console.ask(&format!("{about}. Give it access?"), false);
    }
    let mut options = vec![("--identity", identity.clone())];
    let of_trust = trust.into_iter().flat_map(|trust| trust.options.clone());
    options.extend(of_trust.filter(|(option, _)| *option != "--identity"));
    let by_flag = own::again(&options);
    let by_file = own::again(&[("-f", path_text::encode(spec_file))]);
    let doing = format!("give access to the {kind}: only the spec file in this folder names it");
    Err(Failure::usage(doing)
        .reason(format!("{} names it", spec_file.display()))
        .reason(about)
        .next(NextStep::run(
            "if you trust it and everyone who controls it, name it",
            by_flag,
        ))
        .next(NextStep::run(
            "or name the file, if you trust all of it",
            by_file,
        )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Fact;
    use crate::spec::credential::PrincipalChoice;
    use crate::steps::examples;
    use crate::workflow::fake_console::FakeConsole;

    const ID: &str = "55555555-5555-5555-5555-555555555555";

    fn adopted() -> AdoptedIdentity {
        AdoptedIdentity {
            kind: "application",
            identity: ID.into(),
            about: "application `x` is owned by mallory".into(),
        }
    }

    fn decide(console: &FakeConsole) -> Result<bool, Failure> {
        approve(console, &adopted(), None, Path::new("amw-rw.yaml"))
    }

    #[test]
    fn yes_adopts_no_application_and_whole_commands_are_printed_to_continue() {
        for console in [FakeConsole::with_yes(), FakeConsole::silent()] {
            let failure = decide(&console).unwrap_err();

            let expected = [
                format!(
                    "if you trust it and everyone who controls it, name it: amw-rw apply --identity {ID}"
                ),
                "or name the file, if you trust all of it: amw-rw apply -f amw-rw.yaml".to_owned(),
            ];
            assert_eq!(failure.next_steps(), expected);
        }
    }

    #[test]
    fn at_a_terminal_the_person_decides_and_sees_the_owners() {
        for answer in [true, false] {
            let console = FakeConsole::answering(answer);

            assert_eq!(decide(&console).unwrap(), answer);
            assert!(console.asked.borrow()[0].contains("mallory"));
        }
    }

    #[test]
    fn a_managed_identity_is_foreign_unless_we_would_choose_it_make_it_or_gave_it_access() {
        let mut spec = examples::spec();
        let facts = examples::everything_in_place();
        let ungranted = Facts {
            grants: Fact::Known(Vec::new()),
            ..facts.clone()
        };
        assert_eq!(foreign_identity(&spec, &ungranted), None, "our own name");

        let other = default_identity(&spec.resource_group(), "other");
        spec.credential.principal = PrincipalChoice::UserAssignedIdentity(other);

        let foreign = foreign_identity(&spec, &ungranted).unwrap();
        assert!(foreign.identity.ends_with("/amw-rw-other"), "{foreign:?}");
        assert!(foreign_identity(&spec, &facts).is_some(), "by another hand");
        let absent = Facts {
            principal: Fact::Absent,
            ..ungranted
        };
        assert_eq!(foreign_identity(&spec, &absent), None, "it is made");
    }
}
