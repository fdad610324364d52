//! Shows how a file changes, and writes it or prints it.

use std::fmt;
use std::path::PathBuf;

use crate::cli::CommandContext;
use crate::error::{ExitCode, Failure};
use crate::next_step::NextStep;
use crate::render::sandbox_mark::marked;
use crate::render::{self, Companion};
use crate::ui;
use crate::workflow::planned_connection::PlannedConnection;
use crate::workflow::preview::Preview;
use crate::workflow::proposal::Proposal;
use crate::workflow::rendering::{CompanionsDocument, RenderProduct, RenderView, Rendering};
use crate::workflow::secret_manifest;

/// Prints each note as a line on stderr.
fn show_notes(context: &CommandContext, notes: &[impl fmt::Display]) {
    for note in notes {
        context.note(note);
    }
}

/// Shows the change before it is made.
pub(crate) fn show_diff(context: &CommandContext, preview: &Preview) {
    if preview.written_file().is_some() {
        context.say(&ui::diff::coloured(
            &preview.diff(),
            context.message_palette(),
        ));
    }
    show_notes(context, preview.notices());
}

/// Writes the file, unless the resource that it would change is up to date. Returns the backup.
pub(crate) fn deliver(
    context: &CommandContext,
    proposal: &Proposal,
) -> Result<Option<PathBuf>, Failure> {
    match proposal.unneeded() {
        Some(reason) => {
            context.say(&reason);
            Ok(None)
        }
        None => write_or_print(context, proposal),
    }
}

/// Writes the file, even a patch without operations, or prints the text without its secret. Returns the backup.
fn write_or_print(
    context: &CommandContext,
    proposal: &Proposal,
) -> Result<Option<PathBuf>, Failure> {
    let Some(delivered) = proposal.write()? else {
        // The JSON document has the text.
        if !context.wants_json() {
            print_text(context, proposal)?;
        }
        return Ok(None);
    };
    context.say(&delivered.outcome);
    if let Some(warning) = &delivered.warning {
        context.warn(warning);
    }
    Ok(delivered.backup)
}

/// Prints or writes what `render` made, in the form that was asked for.
pub(crate) fn rendering(
    context: &CommandContext,
    rendering: &Rendering,
    view: RenderView,
) -> Result<ExitCode, Failure> {
    for warning in &rendering.warnings {
        context.warn(warning);
    }
    show_notes(context, &rendering.notes);
    let output = rendering.output(view)?;
    show_notes(context, &output.notes);
    product(context, &output.product)?;
    show_notes(context, &output.hints);
    context.say_next(&output.next);
    Ok(output.exit_code)
}

fn product(context: &CommandContext, product: &RenderProduct) -> Result<(), Failure> {
    let proposal = match product {
        RenderProduct::Companions(companions) => return print_companions(context, companions),
        RenderProduct::JsonPatch(proposal) => return print_text(context, proposal),
        RenderProduct::Written(proposal) => {
            write_or_print(context, proposal)?;
            proposal
        }
        RenderProduct::Compared { proposal, printed } => {
            if *printed && !context.wants_json() {
                context.print_diff(&proposal.diff())?;
            }
            proposal
        }
    };
    match context.wants_json() {
        true => context.print_json(&proposal.render_document()),
        false => Ok(()),
    }
}

fn print_companions(context: &CommandContext, companions: &[Companion]) -> Result<(), Failure> {
    let is_trial = context.azure.sandbox;
    let companions: Vec<Companion> = match is_trial {
        true => companions
            .iter()
            .cloned()
            .map(Companion::of_trial)
            .collect(),
        false => companions.to_vec(),
    };
    match context.wants_json() {
        true => context.print_json(&CompanionsDocument::new(&companions)),
        false => {
            let text = render::companion_text(&companions);
            context.print(&marked(text, is_trial))
        }
    }
}

fn print_text(context: &CommandContext, proposal: &Proposal) -> Result<(), Failure> {
    if proposal.carries_secret() {
        context.warn("secrets are left out below; to get them, write a file: --out FILE");
    }
    context.print(&proposal.public_text())
}

/// Writes the manifest of the client secret, and returns the steps that bring it to the cluster.
pub(crate) async fn secret_manifest(
    context: &CommandContext,
    planned: &PlannedConnection,
) -> Result<Vec<NextStep>, Failure> {
    let Some(manifest) = secret_manifest::deliver(planned).await? else {
        return Ok(Vec::new());
    };
    if manifest.is_new {
        context.say(&format!(
            "Wrote {}, which only you can read.",
            manifest.path.display()
        ));
    }
    Ok(manifest.next)
}
