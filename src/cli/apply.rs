//! `apply`: does the plan, in Azure. Only here, in `init` and in `doctor --fix` is a `Writer` made.

use std::time::Instant;

use clap::Args;
use serde::Serialize;

use crate::azure::Writer;
use crate::cli::case::{self, Case, Wish};
use crate::cli::target_file::Proposal;
use crate::cli::{Context, session, spec_file};
use crate::error::{ExitCode, Failure};
use crate::plan::approval::{ApprovalQuestion, Approved};
use crate::plan::change::{Plan, PlannedStep};
use crate::steps::{self, Outcome, StepResult, Tools};
use crate::ui;
use crate::ui::plan::StepDocument;
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
    wish: Wish,
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
    let answers = case::answers(&arguments.wish, file.as_ref())?;
    let session = session::open(context, file.as_ref()).await?;
    let mut case = Case::open(context, &session, answers, "apply this connection").await?;
    if let Some(step) = &arguments.only {
        case.keep_only(step)?;
    }
    let results = change(context, &session, &mut case, None, &arguments.consent).await?;
    if context.wants_json() {
        context.print_json(&ApplyDocument {
            schema: "amw-rw/apply/v1",
            steps: documents(&results),
        })?;
    }
    if case.is_complete() && arguments.only.is_none() {
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
    case: &mut Case,
    draft: Option<&Proposal>,
    consent: &Consent,
) -> Result<Vec<StepResult>, Failure> {
    if case.plan.steps.iter().any(makes_secret) {
        let warning = case.settled.secret_file.check()?;
        case.plan.warnings.extend(warning);
    }
    let cleared = case.preflight(session).await;
    context.say(&format!(
        "\n{}\n",
        ui::plan::text(&case.plan, context.story_palette(), context.terminal.width)
    ));
    cleared?;
    if let Some(draft) = draft {
        draft.show_diff(context);
    }
    let changes = case.plan.changes();
    let approved = approve(context, &case.plan, consent)?;
    let began = Instant::now();
    let writer = Writer::new(session.azure.clone(), &approved);
    let tools = Tools {
        azure: &writer,
        secret_file: &case.settled.secret_file,
        progress: &*context.progress,
    };
    let hold = context.interrupt.hold_to_finish();
    let interrupted = || context.interrupt.is_set();
    let applied = steps::apply(
        &case.steps,
        &approved,
        &tools,
        &case.settled.spec,
        case.facts.clone(),
        &interrupted,
    )
    .await;
    drop(hold);
    match applied {
        Ok(mut applied) => {
            case.facts = applied.facts;
            name_what_was_made(case, &mut applied.results);
            if changes > 0 {
                let plural = if changes == 1 { "" } else { "s" };
                context.say(&format!(
                    "Done: {changes} change{plural} in {:.1} s.",
                    began.elapsed().as_secs_f64()
                ));
            }
            if let Some(kept) = new_secret(case, &applied.results) {
                context.say(&kept);
            }
            Ok(applied.results)
        }
        Err(stopped) => Err(told(stopped.failure, &stopped.results)),
    }
}

/// What a plan could only describe has an id once it is made.
fn name_what_was_made(case: &Case, results: &mut [StepResult]) {
    let after = steps::plan(&case.steps, &case.settled.spec, &case.facts);
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
fn new_secret(case: &Case, results: &[StepResult]) -> Option<String> {
    let is_new = |result: &StepResult| {
        result.planned.id == "client-secret" && result.outcome == Outcome::Done
    };
    results.iter().any(is_new).then(|| {
        case.settled.secret_file.path().map_or_else(
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
