//! `plan`: what would change in Azure and in the target file?

use clap::Args;

use crate::cli::connection_args::ConnectionArgs;
use crate::cli::{CommandContext, session};
use crate::error::{ExitCode, Failure};
use crate::workflow::plan_output;
use crate::workflow::planned_connection::PlannedConnection;
use crate::workflow::planned_file::PlannedFile;
use crate::workflow::printer::Printer;
use crate::workflow::session::Session;

/// Show what would change in Azure and in the target file; changes nothing
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  amw-rw plan --cluster aks-prod --input values.yaml --exit-code"
)]
pub(crate) struct PlanArgs {
    /// Exit with 3 when something would change in Azure or in a file that is named
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    connection: ConnectionArgs,
    /// The step of `apply --only --dry-run`.
    #[arg(skip)]
    only: Option<String>,
}

impl PlanArgs {
    /// What `--dry-run` of another command shows.
    pub(super) fn of(connection: ConnectionArgs, only: Option<String>) -> Self {
        Self {
            exit_code: false,
            connection,
            only,
        }
    }
}

/// Signs in, completes the answers and plans. `doing` completes "cannot …".
pub(crate) async fn open(
    arguments: &PlanArgs,
    context: &CommandContext,
    doing: &str,
) -> Result<(Session, PlannedConnection), Failure> {
    let file = context.spec_file.read(false)?;
    let request = arguments.connection.request(context, file.as_ref())?;
    let request = request.provisioned()?;
    let session = session::open(context, file.as_ref()).await?;
    let mut planned = PlannedConnection::open(context, &session, request, doing).await?;
    if let Some(step) = &arguments.only {
        planned.keep_only(step)?;
    }
    Ok((session, planned))
}

pub(crate) async fn run(
    arguments: &PlanArgs,
    context: &CommandContext,
) -> Result<ExitCode, Failure> {
    let (session, mut planned) = open(arguments, context, "plan this connection").await?;
    let templates = arguments.connection.template_dir.as_deref();
    let file = PlannedFile::of(&mut planned, templates)?;
    let preflight = planned.preflight(&session).await;
    plan_output::show(context, &planned.plan, &planned.blockers, &file)?;
    context.say_detail(&format!("{} requests to Azure.", session.azure.requests()));
    plan_output::check(context, preflight, &planned.blockers)?;
    file.exit_code(planned.plan.changes(), arguments.exit_code)
}
