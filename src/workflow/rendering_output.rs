//! Prints or writes what `render` made, in the form that was asked for.

use crate::error::{ExitCode, Failure};
use crate::workflow::file_output;
use crate::workflow::printer::Printer;
use crate::workflow::rendering::{CompanionsDocument, RenderResult, RenderView, Rendering};

/// The result goes to stdout or to its file, and all that is to know about it to stderr.
pub(crate) fn deliver(
    printer: &impl Printer,
    rendering: &Rendering,
    view: RenderView,
) -> Result<ExitCode, Failure> {
    for warning in &rendering.warnings {
        printer.warn(warning);
    }
    printer.note_all(&rendering.notes);
    let output = rendering.output(view)?;
    printer.note_all(&output.notes);
    result(printer, &output.result)?;
    printer.note_all(&output.hints);
    printer.say_next(&output.next);
    Ok(output.exit_code)
}

fn result(printer: &impl Printer, result: &RenderResult) -> Result<(), Failure> {
    let proposal = match result {
        RenderResult::Companions { objects, text } => {
            return match printer.wants_document() {
                true => printer.print_document(&CompanionsDocument::new(objects)),
                false => printer.print(text),
            };
        }
        RenderResult::JsonPatch(proposal) => return file_output::print_text(printer, proposal),
        RenderResult::Written(proposal) => {
            file_output::write_or_print(printer, proposal)?;
            proposal
        }
        RenderResult::Compared { proposal, printed } => {
            if *printed && !printer.wants_document() {
                printer.print_diff(&proposal.diff())?;
            }
            proposal
        }
    };
    match printer.wants_document() {
        true => printer.print_document(&proposal.render_document()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::fake_console::FakeConsole;
    use crate::workflow::proposal::Proposal;

    fn printed(console: &FakeConsole, of: &RenderResult) -> String {
        result(console, of).unwrap();
        console.printed.borrow().join("\n")
    }

    fn proposal() -> Proposal {
        Proposal::new(None, "a: 1\n".to_owned(), "a: 2\n".to_owned(), false)
    }

    #[test]
    fn people_get_the_text_the_objects_or_the_difference() {
        let compared = |printed| RenderResult::Compared {
            proposal: proposal(),
            printed,
        };
        let companions = RenderResult::Companions {
            objects: Vec::new(),
            text: "kind: Secret".to_owned(),
        };
        let people = |of: &RenderResult| printed(&FakeConsole::silent(), of);

        assert_eq!(people(&RenderResult::Written(proposal())), "a: 2\n");
        assert_eq!(people(&RenderResult::JsonPatch(proposal())), "a: 2\n");
        assert_eq!(people(&companions), "kind: Secret");
        assert!(people(&compared(true)).ends_with("-a: 1\n+a: 2\n"));
        assert_eq!(people(&compared(false)), "");
    }

    #[test]
    fn a_script_gets_one_document_and_a_json_patch_as_it_is() {
        let scripts = |of: &RenderResult| {
            let console = FakeConsole::with_documents();
            let printed = printed(&console, of);
            assert_eq!(console.printed.borrow().len(), 1, "{printed}");
            printed
        };
        let compared = RenderResult::Compared {
            proposal: proposal(),
            printed: true,
        };
        let companions = RenderResult::Companions {
            objects: Vec::new(),
            text: "kind: Secret".to_owned(),
        };

        for of in [RenderResult::Written(proposal()), compared, companions] {
            assert!(scripts(&of).starts_with("{\"schema\":\"amw-rw/"));
        }
        assert_eq!(scripts(&RenderResult::JsonPatch(proposal())), "a: 2\n");
    }
}
