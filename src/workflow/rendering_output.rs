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
