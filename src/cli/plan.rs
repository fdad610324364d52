//! `plan`: what would change in Azure and in the target file?

use clap::Args;

use crate::cli::case::{self, Case, Wish};
use crate::cli::target_file::Proposal;
use crate::cli::{Context, session, spec_file};
use crate::error::{ExitCode, Failure};
use crate::spec::visible::one_line;
use crate::ui;

/// Show what would change in Azure and in the target file; changes nothing
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  amw-rw plan --cluster aks-prod --input values.yaml --exit-code"
)]
pub(crate) struct Arguments {
    /// Exit with 3 when something would change in Azure or in a file that is named
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    wish: Wish,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<ExitCode, Failure> {
    let file = spec_file::read(context, false)?;
    let answers = case::answers(&arguments.wish, file.as_ref())?;
    let session = session::open(context, file.as_ref()).await?;
    let mut case = Case::open(context, &session, answers, "plan this connection").await?;
    let target = case
        .target_file(&arguments.wish, true)
        .or_else(|_| case.target_file(&arguments.wish, false))?;
    // A plan is worth something without the file, unless the file is what was asked for.
    let (proposal, obstacle) = match target.obstacle() {
        None => {
            let remote_write = case.remote_write();
            let proposal = target.propose(&remote_write, &case.settled.installation)?;
            (Some(proposal), None)
        }
        Some(obstacle) if target.is_written() => (None, Some(obstacle)),
        Some(obstacle) => {
            let warning = format!("no file is written as it is: {obstacle}");
            case.plan.warnings.push(warning);
            (None, None)
        }
    };
    let preflight = case.preflight(&session).await;
    show(context, &case, proposal.as_ref())?;
    if context.globals.manner.verbose > 0 {
        context.say(&format!("{} requests to Azure.", session.azure.requests()));
    }
    preflight?;
    if let Some(obstacle) = obstacle {
        return Err(obstacle);
    }
    let changes_a_file = proposal.is_some_and(|proposal| proposal.changes_a_file());
    Ok(
        if arguments.exit_code && (case.plan.changes() > 0 || changes_a_file) {
            ExitCode::PlanHasChanges
        } else {
            ExitCode::Done
        },
    )
}

fn show(context: &Context, case: &Case, proposal: Option<&Proposal>) -> Result<(), Failure> {
    if context.wants_json() {
        return context.print_json(&ui::plan::PlanDocument::new(
            &case.plan,
            proposal.map(Proposal::document),
        ));
    }
    let (palette, window) = (context.palette(), context.terminal.product_width);
    context.show(&format!(
        "{}\n",
        ui::plan::text(&case.plan, palette, window)
    ))?;
    let Some(proposal) = proposal else {
        return Ok(());
    };
    if !proposal.is_up_to_date() {
        context.show("\n")?;
        context.print_diff(&proposal.diff())?;
    }
    for notice in &proposal.notices {
        context.show(&format!("note: {}\n", one_line(&notice.to_string())))?;
    }
    Ok(())
}
