//! Shows the plan with the draft of the file, asks, and applies the plan.

use crate::error::Failure;
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
    // The plan and its warnings come last, so that a long difference does not push them off the screen.
    if let (Some(draft), Ok(())) = (draft, &cleared) {
        file_output::show_preview(printer, draft);
    }
    printer.say_plan(&planned.plan);
    let (plan, blockers) = (&planned.plan, &planned.blockers);
    let not_run = |failure: Failure| failure.with_steps(records_not_run(plan, blockers));
    cleared.map_err(not_run)?;
    let approved = apply_plan::approve(
        printer,
        plan,
        consent.enable_oidc_issuer,
        consent.spec_file.path(),
        draft.and_then(Preview::written_file).as_deref(),
    )
    .map_err(not_run)?;
    // Cut off between Azure's answer and our record, a step would leave a resource or a secret that no file names.
    let hold = printer.hold_interrupt();
    let interrupted = || printer.is_interrupted();
    let progress = printer.progress();
    let applied = apply_plan::apply(session, planned, &approved, progress, &interrupted).await;
    drop(hold);
    let applied = applied.map_err(|failure| apply_plan::continued(failure, printer, planned))?;
    for sentence in applied.summary() {
        printer.say(&sentence);
    }
    Ok(applied.results)
}
