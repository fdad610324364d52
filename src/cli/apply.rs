//! `apply`: does the plan, in Azure. Only here, in `init` and in `doctor --fix` is a `Writer` made.

use std::time::Instant;

use clap::Args;
use serde::Serialize;

use crate::azure::Writer;
use crate::cli::connection_args::ConnectionArgs;
use crate::cli::{Context, deliver, session, spec_file};
use crate::error::{ExitCode, Failure};
use crate::plan::approval::{ApprovalQuestion, Approved};
use crate::plan::change::{Plan, PlannedStep};
use crate::steps::{self, Outcome, StepResult, Tools};
use crate::ui;
use crate::ui::plan::StepDocument;
use crate::workflow::planned_connection::PlannedConnection;
use crate::workflow::proposal::Preview;
use crate::workflow::session::Session;

/// Make Azure match; a second run changes nothing
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  amw-rw apply --cluster aks-prod\n  amw-rw apply --only role-assignment"
)]
pub(crate) struct Arguments {
    /// Do one step of the plan only
    #[arg(long, value_name = "STEP", value_parser = clap::builder::PossibleValuesParser::new(steps::ids()))]
    #[arg(hide_possible_values = true)]
    only: Option<String>,
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

#[derive(Debug, Serialize)]
struct ApplyDocument {
    schema: &'static str,
    steps: Vec<StepDocument>,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<ExitCode, Failure> {
    let file = spec_file::read(context, false)?;
    let answers = arguments
        .connection
        .request(context, file.as_ref())?
        .provisioned()?;
    let session = session::open(context, file.as_ref()).await?;
    let mut planned =
        PlannedConnection::open(context, &session, answers, "apply this connection").await?;
    if let Some(step) = &arguments.only {
        planned.keep_only(step)?;
    }
    let results = change(context, &session, &mut planned, None, &arguments.consent).await?;
    if context.wants_json() {
        context.print_json(&ApplyDocument {
            schema: "amw-rw/apply/v1",
            steps: documents(&results),
        })?;
    }
    if planned.is_complete() && arguments.only.is_none() {
        context.say(
            "Next: amw-rw render writes the remote write, amw-rw doctor proves that data arrives.",
        );
    }
    Ok(ExitCode::Done)
}

/// Shows the plan and the draft of the file, asks, and does the plan; afterwards the case's facts hold what was made.
pub(crate) async fn change(
    context: &Context,
    session: &Session,
    planned: &mut PlannedConnection,
    draft: Option<&Preview>,
    consent: &Consent,
) -> Result<Vec<StepResult>, Failure> {
    if planned.plan.steps.iter().any(makes_secret) {
        let warning = planned.resolved.secret_file.check()?;
        planned.plan.warnings.extend(warning);
    }
    let cleared = planned.preflight(session).await;
    show_plan(context, &planned.plan);
    cleared?;
    if let Some(draft) = draft {
        deliver::show_diff(context, draft);
    }
    let changes = planned.plan.changes();
    let approved = approve(context, &planned.plan, consent)?;
    let began = Instant::now();
    let writer = Writer::new(session.azure.clone(), &approved);
    let tools = Tools {
        azure: &writer,
        secret_file: &planned.resolved.secret_file,
        progress: &*context.progress,
    };
    let hold = context.interrupt.hold_to_finish();
    let interrupted = || context.interrupt.is_set();
    let applied = steps::apply(
        &planned.steps,
        &approved,
        &tools,
        &planned.resolved.spec,
        planned.facts.clone(),
        &interrupted,
    )
    .await;
    drop(hold);
    match applied {
        Ok(mut applied) => {
            planned.facts = applied.facts;
            name_what_was_made(planned, &mut applied.results);
            if changes > 0 {
                let plural = if changes == 1 { "" } else { "s" };
                context.say(&format!(
                    "Done: {changes} change{plural} in {:.1} s.",
                    began.elapsed().as_secs_f64()
                ));
            }
            if let Some(kept) = new_secret(planned, &applied.results) {
                context.say(&kept);
            }
            Ok(applied.results)
        }
        Err(stopped) => Err(told(stopped.failure, &stopped.results)),
    }
}

/// Shows the plan; with `--quiet` only what must not be missed of it.
fn show_plan(context: &Context, plan: &Plan) {
    context.say(&format!(
        "\n{}\n",
        ui::plan::text(plan, context.story_palette(), context.terminal.width)
    ));
    if context.globals.manner.quiet {
        plan.warnings.iter().for_each(|each| context.warn(each));
    }
}

/// What a plan could only describe has an id once it is made.
fn name_what_was_made(planned: &PlannedConnection, results: &mut [StepResult]) {
    let after = steps::plan(&planned.steps, &planned.resolved.spec, &planned.facts);
    for result in results {
        let made = after.steps.iter().find(|step| step.id == result.planned.id);
        if let Some(made) = made.filter(|_| result.outcome == Outcome::Done) {
            result
                .planned
                .change
                .resource
                .clone_from(&made.change.resource);
        }
    }
}

fn makes_secret(step: &PlannedStep) -> bool {
    step.id == "client-secret" && step.change.is_needed()
}

/// Where a secret that was just made is kept: Entra does not show it again.
fn new_secret(planned: &PlannedConnection, results: &[StepResult]) -> Option<String> {
    let is_new = |result: &StepResult| {
        result.planned.id == "client-secret" && result.outcome == Outcome::Done
    };
    results.iter().any(is_new).then(|| {
        planned.resolved.secret_file.path().map_or_else(
            || "The client secret ends with this command, like the sandbox.".to_owned(),
            |path| {
                format!(
                    "The client secret is in {}, which only you can read. Keep it: Entra does not show it again.",
                    path.display()
                )
            },
        )
    })
}

/// The flag `--enable-oidc-issuer` answers what cannot be undone, `--yes` the rest; what is left is asked.
fn approve(context: &Context, plan: &Plan, consent: &Consent) -> Result<Approved, Failure> {
    let approved = Approved::ask(plan, |question| match question {
        ApprovalQuestion::Irreversible(_) if consent.enable_oidc_issuer => Ok(true),
        ApprovalQuestion::Irreversible(warning) => context.consent(warning, "--enable-oidc-issuer"),
        ApprovalQuestion::Changes(1) => context.confirm("Make this change?"),
        ApprovalQuestion::Changes(changes) => {
            context.confirm(&format!("Make these {changes} changes?"))
        }
    })?;
    approved.ok_or_else(declined)
}

fn declined() -> Failure {
    Failure::interrupted().reason("nothing was changed")
}

/// Says what was done and what was not: each step that was planned is in one of the three lists.
fn told(failure: Failure, results: &[StepResult]) -> Failure {
    failure
        .reason(progress_of(results))
        .next("run the same command again: it goes on from here")
}

fn progress_of(results: &[StepResult]) -> String {
    let named = |outcome: Outcome, label: &str| {
        let ids: Vec<&str> = results
            .iter()
            .filter(|result| result.outcome == outcome)
            .map(|result| result.planned.id)
            .collect();
        (!ids.is_empty()).then(|| format!("{label}: {}", ids.join(", ")))
    };
    let done = named(Outcome::Done, "done").unwrap_or_else(|| "done: nothing".to_owned());
    let lists = [
        Some(done),
        named(Outcome::Failed, "failed"),
        named(Outcome::NotStarted, "not started"),
    ];
    lists.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

pub(crate) fn documents(results: &[StepResult]) -> Vec<StepDocument> {
    results
        .iter()
        .map(|result| StepDocument::new(&result.planned, Some(result.outcome.as_str())))
        .collect()
}
