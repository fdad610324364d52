//! What `plan` shows, and whether what `apply` would refuse ends it.

use crate::error::Failure;
use crate::plan::change::Plan;
use crate::preflight::{Blocker, waits_for_others};
use crate::workflow::plan_document::PlanDocument;
use crate::workflow::planned_file::PlannedFile;
use crate::workflow::preview::Preview;
use crate::workflow::printer::Printer;

/// Prints the plan, and how the file would change.
pub(crate) fn show(
    printer: &impl Printer,
    plan: &Plan,
    blockers: &[Blocker],
    file: &PlannedFile,
) -> Result<(), Failure> {
    let preview = file.preview.as_ref();
    if printer.wants_document() {
        let (file, run) = (preview.map(Preview::document), printer.current_run());
        return printer.print_document(&PlanDocument::new(plan, blockers, file, &run));
    }
    printer.print_plan(plan)?;
    preview.map_or(Ok(()), |preview| printer.print_preview(preview))
}

/// A plan that only waits for another person is valid: that person can apply it, or remove what is in its way.
pub(crate) fn check(
    printer: &impl Printer,
    preflight: Result<(), Failure>,
    blockers: &[Blocker],
) -> Result<(), Failure> {
    match preflight {
        Err(failure) if waits_for_others(blockers) => {
            printer.warn_of("apply would stop before the first change", &failure);
            Ok(())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;
    use crate::workflow::fake_console::FakeConsole;
    use crate::workflow::proposal::Proposal;

    fn blocker(problem: Problem) -> Blocker {
        Blocker {
            step: "role-assignment",
            problem,
        }
    }

    fn refused() -> Result<(), Failure> {
        Err(Failure::new("apply 1 change"))
    }

    #[test]
    fn missing_rights_are_a_warning_and_anything_else_ends_the_command() {
        let (rights, other) = (
            blocker(Problem::new("no right").of_permission(true)),
            blocker(Problem::new("no region")),
        );
        for (blockers, is_warning) in [
            (vec![rights.clone()], true),
            (vec![rights, other.clone()], false),
            (vec![other], false),
            (vec![], false),
        ] {
            let console = FakeConsole::silent();

            let checked = check(&console, refused(), &blockers);

            assert_eq!(checked.is_ok(), is_warning, "{blockers:?}");
            assert_eq!(console.printed.borrow().is_empty(), !is_warning);
        }
    }

    #[test]
    fn a_script_gets_one_document_and_a_person_the_plan_and_the_difference() {
        let changed = Proposal::new(None, "a: 1\n".into(), "a: 2\n".into(), false);
        let file = PlannedFile {
            preview: Some(Preview::new(changed)),
            blocker: None,
        };
        let (script, person) = (FakeConsole::with_documents(), FakeConsole::silent());

        for console in [&script, &person] {
            show(console, &Plan::default(), &[], &file).unwrap();
        }

        let document = &script.printed.borrow()[..];
        assert_eq!(document.len(), 1);
        assert!(document[0].starts_with("{\"schema\":\"amw-rw/plan/v1\""));
        let text = &person.printed.borrow()[..];
        assert_eq!(text[0], "0 changes");
        assert!(text[1].contains("+a: 2"), "{text:?}");
    }
}
