//! Shows the plan with the draft of the file, asks, and applies the plan.

use crate::error::Failure;
use crate::plan::approval::ApprovedPlan;
use crate::plan::change::Plan;
use crate::steps::StepResult;
use crate::workflow::apply_plan;
use crate::workflow::file_output;
use crate::workflow::plan_document::records_not_run;
use crate::workflow::planned_connection::PlannedConnection;
use crate::workflow::preview::Preview;
use crate::workflow::printer::Printer;
use crate::workflow::session::Session;
use crate::workflow::spec_file::SpecFilePath;

/// What the user agreed to by flags and files, which `--yes` does not include.
#[derive(Clone, Copy)]
pub(crate) struct GivenConsent<'a> {
    /// To turn on the OIDC issuer, which is permanent.
    pub(crate) enable_oidc_issuer: bool,
    pub(crate) spec_file: &'a SpecFilePath,
}

/// Changes Azure as planned, after approval. The result of each step, also with a failure.
pub(crate) async fn run(
    printer: &(impl Printer + Sync),
    session: &Session,
    planned: &mut PlannedConnection,
    draft: Option<&Preview>,
    consent: GivenConsent<'_>,
) -> Result<Vec<StepResult>, Failure> {
    planned.check_server("change Azure for this connection")?;
    // Entra shows a client secret once, so the place for it must be writable before it is made.
    apply_plan::check_secret_file(planned)?;
    let cleared = planned.preflight(session).await;
    let (plan, blockers) = (&planned.plan, &planned.blockers);
    let approved = approved(printer, plan, cleared, draft, consent);
    let approved =
        approved.map_err(|failure| failure.with_steps(records_not_run(plan, blockers)))?;
    // Cut off between Azure's answer and our record, a step would leave a resource or a secret that no file names.
    let hold = printer.hold_interrupt();
    let interrupted = || printer.is_interrupted();
    let progress = printer.progress();
    let applied = apply_plan::apply(session, planned, &approved, progress, &interrupted).await;
    drop(hold);
    let applied = applied.map_err(|failure| apply_plan::continued(failure, planned))?;
    for sentence in applied.summary() {
        printer.say(&sentence);
    }
    Ok(applied.results)
}

/// Shows what will change, and asks. `cleared` is what the preflight found.
fn approved(
    printer: &impl Printer,
    plan: &Plan,
    cleared: Result<(), Failure>,
    draft: Option<&Preview>,
    consent: GivenConsent<'_>,
) -> Result<ApprovedPlan, Failure> {
    // The plan and its warnings come last, so that a long difference does not push them off the screen.
    if let (Some(draft), Ok(())) = (draft, &cleared) {
        file_output::show_preview(printer, draft);
    }
    printer.say_plan(plan);
    cleared?;
    apply_plan::approve(
        printer,
        plan,
        consent.enable_oidc_issuer,
        consent.spec_file.path(),
        draft.and_then(Preview::written_file).as_deref(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::change::{Change, GrantedAccess, PlannedStep};
    use crate::workflow::fake_console::FakeConsole;
    use crate::workflow::proposal::Proposal;

    fn plan() -> Plan {
        Plan {
            steps: vec![PlannedStep {
                id: "role-assignment",
                grants: GrantedAccess::None,
                change: Change::create("role", "missing"),
            }],
            ..Plan::default()
        }
    }

    fn ask(console: &FakeConsole, cleared: Result<(), Failure>) -> Result<ApprovedPlan, Failure> {
        let consent = GivenConsent {
            enable_oidc_issuer: false,
            spec_file: &SpecFilePath::new(None),
        };
        let (before, after) = ("a: 1\n".to_owned(), "a: 2\n".to_owned());
        let path = Some("values.yaml".into());
        let draft = Preview::new(Proposal::new(path, before, after, false));
        approved(console, &plan(), cleared, Some(&draft), consent)
    }

    #[test]
    fn the_question_follows_the_difference_and_the_plan() {
        let console = FakeConsole::answering(true);

        let approved = ask(&console, Ok(())).unwrap();

        assert_eq!(approved.plan().changes(), 1);
        let printed = console.printed.borrow();
        assert!(printed[0].contains("+a: 2"), "{printed:?}");
        assert_eq!(printed.last().unwrap(), "1 changes");
        let question = "Make this change and write values.yaml?";
        assert_eq!(*console.asked.borrow(), [question]);
    }

    #[test]
    fn a_plan_that_cannot_succeed_is_shown_and_not_asked_about() {
        let console = FakeConsole::answering(true);

        let failure = ask(&console, Err(Failure::new("apply 1 change"))).unwrap_err();

        assert_eq!(failure.doing(), "apply 1 change");
        assert_eq!(*console.printed.borrow(), ["1 changes"]);
        assert!(console.asked.borrow().is_empty());
    }

    #[test]
    fn a_no_is_an_interruption_that_changed_nothing() {
        let console = FakeConsole::answering(false);

        let failure = ask(&console, Ok(())).unwrap_err();

        assert!(failure.is_interruption());
        assert_eq!(failure.causes(), ["interrupted", "nothing was changed"]);
    }
}
