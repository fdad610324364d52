//! `apply`: applies the plan in Azure.

use clap::Args;

use crate::cli::connection_args::ConnectionArgs;
use crate::cli::{CommandContext, deliver, plan};
use crate::error::{ExitCode, Failure};
use crate::next_step::NextStep;
use crate::plan::change::Plan;
use crate::spec::command_line::own;
use crate::steps::{self, StepResult};
use crate::ui;
use crate::workflow::apply_plan;
use crate::workflow::plan_document::{ApplyDocument, records_not_run};
use crate::workflow::planned_connection::PlannedConnection;
use crate::workflow::preview::Preview;
use crate::workflow::repeat;
use crate::workflow::session::Session;

/// Make Azure match; a second run changes nothing
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  amw-rw apply --cluster aks-prod\n  amw-rw apply --only role-assignment"
)]
pub(crate) struct ApplyArgs {
    /// Do one step of the plan only
    #[arg(long, value_name = "STEP", value_parser = clap::builder::PossibleValuesParser::new(steps::ids()))]
    #[arg(hide_possible_values = true)]
    only: Option<String>,
    /// Show the plan and change nothing, as `amw-rw plan` does
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Consents that `--yes` does not give.
#[derive(Debug, Clone, Args)]
pub(crate) struct Consent {
    /// Consent to turn on the OIDC issuer, which cannot be undone
    #[arg(long)]
    pub(crate) enable_oidc_issuer: bool,
}

pub(crate) async fn run(
    arguments: &ApplyArgs,
    context: &CommandContext,
) -> Result<ExitCode, Failure> {
    let shown = plan::PlanArgs::of(arguments.connection.clone(), arguments.only.clone());
    if arguments.dry_run {
        return plan::run(&shown, context).await;
    }
    let (session, mut planned) = plan::open(&shown, context, "apply this connection").await?;
    let results = change(context, &session, &mut planned, None, &arguments.consent).await?;
    if context.wants_json() {
        context.print_json(&ApplyDocument::new(&results, &context.run()))?;
    }
    if planned.is_complete() && arguments.only.is_none() {
        context.say_next(&next_steps(context, &planned));
    }
    Ok(ExitCode::Done)
}

fn next_steps(context: &CommandContext, planned: &PlannedConnection) -> [NextStep; 2] {
    let resolved = &planned.resolved;
    let azure = context.azure.repeated(resolved.subscription.as_deref());
    let answers = repeat::all_answers(&resolved.answers, &resolved.spec);
    let (render, doctor) = (own::render(&azure, &answers), own::doctor(&azure, &answers));
    [
        NextStep::run("render the configuration of Prometheus", render),
        NextStep::run("test that data arrives", doctor),
    ]
}

/// Shows the plan and the draft of the file, asks, and applies the plan.
pub(crate) async fn change(
    context: &CommandContext,
    session: &Session,
    planned: &mut PlannedConnection,
    draft: Option<&Preview>,
    consent: &Consent,
) -> Result<Vec<StepResult>, Failure> {
    planned.check_server("change Azure for this connection")?;
    apply_plan::check_secret_file(planned)?;
    let cleared = planned.preflight(session).await;
    // The plan and its warnings come last, so that a long difference does not push them off the screen.
    if let (Some(draft), Ok(())) = (draft, &cleared) {
        deliver::show_diff(context, draft);
    }
    show_plan(context, &planned.plan);
    let (plan, blockers) = (&planned.plan, &planned.blockers);
    let not_run = |failure: Failure| failure.with_steps(records_not_run(plan, blockers));
    cleared.map_err(not_run)?;
    let approved = apply_plan::approve(
        context,
        &planned.plan,
        consent.enable_oidc_issuer,
        context.spec_file.path(),
        draft.and_then(Preview::written_file).as_deref(),
    )
    .map_err(not_run)?;
    let hold = context.interrupt.hold_to_finish();
    let interrupted = || context.interrupt.is_set();
    let progress = &*context.progress;
    let applied = apply_plan::apply(session, planned, &approved, progress, &interrupted).await;
    drop(hold);
    let applied = applied.map_err(|failure| apply_plan::continued(failure, context, planned))?;
    for sentence in applied.summary() {
        context.say(&sentence);
    }
    Ok(applied.results)
}

/// With `--quiet` only the warnings.
fn show_plan(context: &CommandContext, plan: &Plan) {
    context.say(&format!(
        "\n{}\n",
        ui::plan::above_question(
            plan,
            context.message_palette(),
            context.terminal.width,
            context.terminal.height
        )
    ));
    if context.globals.manner.quiet {
        plan.warnings.iter().for_each(|each| context.warn(each));
    }
}
