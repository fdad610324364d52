//! What a workflow reports to the user, and how it asks for confirmation.

use crate::error::Failure;
use crate::next_step::NextStep;
use crate::spec::command_line::own;

/// The person or script that runs a command. `cli` implements it; tests answer by themselves.
pub(crate) trait Console {
    /// Prints a warning, even with `--quiet`.
    fn warn(&self, text: &str);

    /// Whether `--yes` answers the questions that can be undone.
    fn answers_yes(&self) -> bool;

    /// Whether a terminal is attached and questions are allowed.
    fn can_ask(&self) -> bool;

    /// Asks a yes-or-no question; called only where `can_ask`. `preferred` is the answer of an empty line.
    fn ask(&self, question: &str, preferred: bool) -> Result<bool, Failure>;
}

/// Asks before something is done. `--yes` answers it. `doing` completes "cannot … without confirmation".
pub(crate) fn confirm(
    console: &impl Console,
    doing: &str,
    question: &str,
) -> Result<bool, Failure> {
    if console.answers_yes() {
        return Ok(true);
    }
    if console.can_ask() {
        // No on Enter: a key that was pressed by mistake changes nothing.
        return console.ask(question, false);
    }
    Err(Failure::usage(format!("{doing} without confirmation"))
        .reason("no terminal is attached, or --no-input")
        .next(own::again_with("--yes")))
}

/// Asks for consent to a permanent change. `--yes` is not enough: without a terminal, only `flag` gives it.
pub(crate) fn consent(
    console: &impl Console,
    warning: &str,
    flag: &'static str,
) -> Result<bool, Failure> {
    if console.can_ask() && !console.answers_yes() {
        // No on Enter, as nothing undoes it.
        return console.ask(&format!("{warning}. Do it?"), false);
    }
    Err(Failure::usage("make a permanent change without consent")
        .reason(warning)
        .next(NextStep::from(own::again_with(flag)).only_if("that change may be made")))
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::error::ExitCode;
    use crate::workflow::fake_console::FakeConsole;

    #[test]
    fn yes_confirms_and_never_consents_to_a_permanent_change() {
        let console = FakeConsole::with_yes();

        let confirmed = confirm(&console, "apply 2 changes", "Make these 2 changes?");
        let consented = consent(&console, "it is permanent", "--enable-oidc-issuer");

        assert!(confirmed.unwrap());
        assert_eq!(
            consented.unwrap_err().next_steps(),
            ["only if that change may be made: amw-rw apply --enable-oidc-issuer"]
        );
        assert!(console.asked.borrow().is_empty());
    }

    #[test]
    fn without_a_terminal_the_missing_flag_is_named() {
        let failure = confirm(&FakeConsole::silent(), "apply 2 changes", "?").unwrap_err();

        assert_eq!(failure.doing(), "apply 2 changes without confirmation");
        assert_eq!(failure.next_steps(), ["amw-rw apply --yes"]);
        assert_eq!(failure.exit_code(), ExitCode::Usage);
    }

    #[test]
    fn at_a_terminal_the_person_decides() {
        for answer in [true, false] {
            let console = FakeConsole::answering(answer);

            assert_eq!(confirm(&console, "a", "Go on?").unwrap(), answer);
            assert_eq!(consent(&console, "Permanent", "--x").unwrap(), answer);
            assert_eq!(*console.asked.borrow(), ["Go on?", "Permanent. Do it?"]);
        }
    }

    #[test]
    fn an_empty_line_approves_nothing() {
        let console = FakeConsole::pressing_enter();

        assert!(!confirm(&console, "apply 2 changes", "Make these 2 changes?").unwrap());
        assert!(!consent(&console, "Permanent", "--x").unwrap());
        assert_eq!(console.asked.borrow().len(), 2);
    }
}
