//! Prints what a migration changes, and writes the file.

use super::document::MigrateDocument;
use super::source::MigrationSource;
use super::{Migration, MigrationRequest};
use crate::error::{ExitCode, Failure};
use crate::workflow::file_output;
use crate::workflow::printer::Printer;

/// What is shown of a migration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MigrationView {
    /// The difference is printed, and no file is written.
    pub(crate) diff: bool,
    /// Only the exit code counts, and no file is written.
    pub(crate) check: bool,
}

/// Writes or shows the migration; without one, reports it.
pub(crate) fn deliver(
    printer: &impl Printer,
    request: &MigrationRequest,
    source: &MigrationSource,
    view: MigrationView,
) -> Result<ExitCode, Failure> {
    match Migration::plan(request, source)? {
        Some(migration) => deliver_migration(printer, &migration, view),
        None => {
            printer.say(&source.nothing_to_migrate());
            if printer.wants_document() {
                // A script gets one document, whatever there is to do.
                printer.print_document(&MigrateDocument::nothing(source, request))?;
            }
            Ok(ExitCode::Done)
        }
    }
}

fn deliver_migration(
    printer: &impl Printer,
    migration: &Migration,
    view: MigrationView,
) -> Result<ExitCode, Failure> {
    if !view.check {
        report(printer, migration, view);
    }
    let only_shows = view.diff || view.check;
    let backup = match only_shows {
        true => None,
        false => file_output::write_if_needed(printer, &migration.proposal)?,
    };
    let next = migration.next_steps(backup);
    if printer.wants_document() {
        let next = printer.current_run().print(&next);
        printer.print_document(&MigrateDocument::of(migration, next))?;
    } else if view.diff {
        printer.print_diff(&migration.diff)?;
    }
    if !only_shows {
        printer.say_next(&next);
    }
    Ok(migration.exit_code(view.check))
}

fn report(printer: &impl Printer, migration: &Migration, view: MigrationView) {
    for sentence in migration.summary() {
        printer.say(&sentence);
    }
    // With the flag, the difference goes to stdout.
    if !view.diff {
        printer.say_diff(&migration.diff);
    }
    printer.note_all(&migration.notes);
}
