//! An application that was named by its client id and is not one of ours: who else controls it is always shown, and a
//! spec file that only lies in the current folder does not decide that it gets a role.

use std::path::Path;

use crate::error::Failure;
use crate::facts::{Application, Facts};
use crate::plan::change::{AdoptedApplication, Plan};
use crate::spec::answers::Source;
use crate::spec::command_line::path_word;
use crate::workflow::console::Console;
use crate::workflow::resolve::ResolvedConnection;

/// Warns of it, and notes it in the plan where the user has to approve it.
pub(crate) fn note(plan: &mut Plan, resolved: &ResolvedConnection, facts: &Facts) {
    let Some((application, about)) = controlled_by_others(facts) else {
        return;
    };
    let recorded = facts.recorded_secret.known();
    let was_used_here = recorded.is_some_and(|one| one.is_of(&application.object_id));
    let is_named_by_file = resolved.answers.source("identity") == Some(Source::SpecFile);
    plan.warnings.push(format!(
        "{about}. Whoever controls it can write to the workspace"
    ));
    // A file that came with a folder names what its author wants. A secret of ours for it shows an earlier consent.
    if is_named_by_file && !resolved.folder.is_named && !was_used_here {
        plan.adopted = Some(AdoptedApplication {
            client_id: application.client_id.clone(),
            about,
        });
    }
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

/// Asks for consent to give it a role or a credential. `--yes` is none: it answers what the user has decided.
pub(crate) fn approve(
    console: &impl Console,
    adopted: &AdoptedApplication,
    spec_file: &Path,
) -> Result<bool, Failure> {
    let AdoptedApplication { client_id, about } = adopted;
    if console.can_ask() && !console.answers_yes() {
        return console.ask(&format!("{about}. Give it access?"), false);
    }
    let file = path_word(spec_file);
    Err(Failure::usage(
        "give access to an application that only a file in the current folder names",
    )
    .reason(format!("{} names it", spec_file.display()))
    .reason(about)
    .next(format!(
        "if you trust it and its owners, add: --identity {client_id}"
    ))
    .next(format!(
        "or name the file, if you trust all of it: -f {file}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::console::fake::FakeConsole;

    const ID: &str = "55555555-5555-5555-5555-555555555555";

    fn adopted() -> AdoptedApplication {
        AdoptedApplication {
            client_id: ID.parse().unwrap(),
            about: "application `x` is owned by mallory".into(),
        }
    }

    fn decide(console: &FakeConsole) -> Result<bool, Failure> {
        approve(console, &adopted(), Path::new("amw-rw.yaml"))
    }

    #[test]
    fn yes_adopts_no_application_and_the_flags_that_do_are_named() {
        for console in [FakeConsole::with_yes(), FakeConsole::silent()] {
            let failure = decide(&console).unwrap_err();

            let expected = [
                format!("if you trust it and its owners, add: --identity {ID}"),
                "or name the file, if you trust all of it: -f amw-rw.yaml".to_owned(),
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
}
