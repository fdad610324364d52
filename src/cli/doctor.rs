//! `doctor`: which hop of the data path is broken, why, and what to type?

use std::time::Duration;

use clap::Args;

use crate::checks;
use crate::checks::gather::{Question, gather};
use crate::checks::report::{CheckReport, Mark};
use crate::cli::apply::{self, Consent};
use crate::cli::connection_args::ConnectionArgs;
use crate::cli::{Context, session};
use crate::error::{ExitCode, Failure};
use crate::network::retry_policy::{RetryPolicy, WaitMode, Waiting};
use crate::ui;
use crate::workflow::configured;
use crate::workflow::planned_connection::PlannedConnection;
use crate::workflow::resolve::ResolvedConnection;
use crate::workflow::session::Session;

/// Check the data path, hop by hop: what is broken, why, and what to type
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  amw-rw doctor\n  amw-rw doctor --only role-assignment --only write\n  amw-rw doctor --wait"
)]
pub(crate) struct Arguments {
    /// Make only this check; may be repeated
    #[arg(long, value_name = "CHECK", value_parser = clap::builder::PossibleValuesParser::new(checks::ids()))]
    #[arg(hide_possible_values = true)]
    only: Vec<String>,
    /// Run the steps that fix what a step can fix, then check again
    #[arg(long)]
    fix: bool,
    /// Check again until nothing fails, for as long as a role may take to propagate
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    connection: ConnectionArgs,
}

const DOING: &str = "check this connection";
/// How long a written sample may take to be visible before doctor says so.
const VISIBLE_WITHIN: Duration = Duration::from_secs(60);

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<ExitCode, Failure> {
    let file = context.spec_file.read(false)?;
    let answers = arguments
        .connection
        .request(context, file.as_ref())?
        .provisioned()?;
    let session = session::open(context, file.as_ref()).await?;
    let mut resolved = ResolvedConnection::open(context, &session, answers, DOING).await?;
    if arguments.fix {
        resolved = fix(arguments, context, &session, resolved).await?;
    }
    let reports = look_until_well(arguments, context, &session, &resolved).await?;
    if context.wants_json() {
        context.print_json(&ui::doctor::DoctorDocument::new(&reports))?;
    } else {
        let text = ui::doctor::text(&reports, context.palette(), context.terminal.product_width);
        context.show(&format!("{text}\n"))?;
    }
    Ok(if has_failure(&reports) {
        ExitCode::DoctorFoundFailure
    } else {
        ExitCode::Done
    })
}

fn has_failure(reports: &[CheckReport]) -> bool {
    reports.iter().any(|report| report.verdict == Mark::Fail)
}

/// Does what the plan says; what it made is then looked at like everything else.
async fn fix(
    arguments: &Arguments,
    context: &Context,
    session: &Session,
    resolved: ResolvedConnection,
) -> Result<ResolvedConnection, Failure> {
    let mut planned = PlannedConnection::plan(session, resolved).await?;
    if planned.plan.changes() > 0 {
        apply::change(context, session, &mut planned, None, &arguments.consent).await?;
    }
    Ok(planned.resolved)
}

/// One look, or with `--wait` as many as it takes within the time of a propagation.
async fn look_until_well(
    arguments: &Arguments,
    context: &Context,
    session: &Session,
    resolved: &ResolvedConnection,
) -> Result<Vec<CheckReport>, Failure> {
    let mut waiting = Waiting::new(RetryPolicy::DOCTOR, WaitMode::Real);
    loop {
        let reports = look(arguments, context, session, resolved).await?;
        if !arguments.wait || !has_failure(&reports) {
            return Ok(reports);
        }
        let Some(wait) = waiting.next_wait(None) else {
            return Ok(reports);
        };
        context.say(&format!(
            "{}; looking again in {} s.",
            ui::doctor::summary(&reports),
            wait.as_secs()
        ));
        waiting.sleep(wait).await;
    }
}

async fn look(
    arguments: &Arguments,
    context: &Context,
    session: &Session,
    resolved: &ResolvedConnection,
) -> Result<Vec<CheckReport>, Failure> {
    let (held, recorded) = (resolved.held_secret()?, resolved.recorded_secret()?);
    let workspace = resolved.spec.workspace.name();
    let question = Question {
        azure: &session.azure,
        spec: &resolved.spec,
        discovered: &resolved.found,
        held_secret: held.as_ref(),
        recorded_secret: recorded.as_ref(),
        secret_file: resolved.secret_file.path(),
        configured: configured::entry(
            &resolved.answers.given(),
            resolved.installation.target,
            workspace,
        ),
        only: &arguments.only,
        sample: RetryPolicy::VISIBILITY.lasting(VISIBLE_WITHIN),
    };
    let seen = gather(&question, &*context.progress).await;
    Ok(checks::judge(&seen, &arguments.only))
}
