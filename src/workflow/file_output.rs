//! Writes a file, or prints it, and shows how it changes.

use std::path::PathBuf;

use crate::error::Failure;
use crate::next_step::NextStep;
use crate::workflow::planned_connection::PlannedConnection;
use crate::workflow::preview::Preview;
use crate::workflow::printer::Printer;
use crate::workflow::proposal::Proposal;
use crate::workflow::secret_manifest;

/// Shows the change before it is made.
pub(crate) fn show_preview(printer: &impl Printer, preview: &Preview) {
    if preview.written_file().is_some() {
        printer.say_diff(&preview.diff());
    }
    printer.note_all(&preview.notes());
}

/// Writes the file, unless the resource that it would change is up to date. Returns the backup.
pub(crate) fn write_if_needed(
    printer: &impl Printer,
    proposal: &Proposal,
) -> Result<Option<PathBuf>, Failure> {
    match proposal.unneeded() {
        Some(reason) => {
            printer.say(&reason);
            Ok(None)
        }
        None => write_or_print(printer, proposal),
    }
}

/// Writes the file, even a patch without operations, or prints the text without its secret. Returns the backup.
pub(crate) fn write_or_print(
    printer: &impl Printer,
    proposal: &Proposal,
) -> Result<Option<PathBuf>, Failure> {
    let Some(delivered) = proposal.write()? else {
        // The document has the text.
        if !printer.wants_document() {
            print_text(printer, proposal)?;
        }
        return Ok(None);
    };
    printer.say(&delivered.outcome);
    if let Some(warning) = &delivered.warning {
        printer.warn(warning);
    }
    Ok(delivered.backup)
}

/// Prints the text without its secrets.
pub(crate) fn print_text(printer: &impl Printer, proposal: &Proposal) -> Result<(), Failure> {
    if proposal.carries_secret() {
        // stdout often ends in the log of a pipeline, which many can read.
        printer.warn("secrets are left out below; to get them, write a file: --out FILE");
    }
    printer.print(&proposal.public_text())
}

/// Writes the manifest of the client secret, and returns the steps that bring it to the cluster.
pub(crate) async fn secret_manifest(
    printer: &impl Printer,
    planned: &PlannedConnection,
) -> Result<Vec<NextStep>, Failure> {
    let Some(manifest) = secret_manifest::deliver(planned).await? else {
        return Ok(Vec::new());
    };
    if manifest.is_new {
        let path = manifest.path.display();
        printer.say(&format!("Wrote {path}, which only you can read."));
    }
    Ok(manifest.next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::fake_console::FakeConsole;

    #[test]
    fn without_a_file_the_text_is_printed_and_not_in_addition_to_a_document() {
        let proposal = || Proposal::new(None, String::new(), "a: 1\n".into(), false);
        let (text, document) = (FakeConsole::silent(), FakeConsole::with_documents());

        write_or_print(&text, &proposal()).unwrap();
        write_or_print(&document, &proposal()).unwrap();

        assert_eq!(*text.printed.borrow(), ["a: 1\n"]);
        assert!(document.printed.borrow().is_empty());
    }

    #[test]
    fn a_text_with_a_secret_gets_a_warning() {
        let console = FakeConsole::silent();
        let proposal = Proposal::new(None, String::new(), "client_secret: x\n".into(), true);

        print_text(&console, &proposal).unwrap();

        let printed = console.printed.borrow();
        assert!(printed[0].contains("--out FILE"), "{printed:?}");
        assert!(!printed[1].contains('x'), "{printed:?}");
    }
}
