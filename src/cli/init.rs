//! `init`: discovers, asks, shows the plan, applies it, writes the file, and tests the connection with one sample.

use std::time::Duration;

use clap::Args;

use crate::cli::apply::Consent;
use crate::cli::connection_args::ConnectionArgs;
use crate::cli::{CommandContext, duration, plan, session};
use crate::error::{ExitCode, Failure};
use crate::ui;
use crate::workflow::init_report::InitReport;
use crate::workflow::new_connection::{self, InitOptions};

/// Connect a Prometheus: discover, ask, plan, provision, write, prove
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  amw-rw init\n  amw-rw init --sandbox --yes\n  amw-rw init --cluster aks-prod --auth workload-identity --input values.yaml --write --yes"
)]
pub(crate) struct InitArgs {
    /// Patch the input in place, with a backup
    #[arg(long)]
    write: bool,
    /// Save the answers to the spec file
    #[arg(long)]
    save: bool,
    /// How long to wait until Azure honours the role
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = duration::parse)]
    wait: Duration,
    /// Write the file although no sample could be tested as the identity of Prometheus; --yes does not imply it
    #[arg(long)]
    accept_unproved: bool,
    /// Show the plan and change nothing, as `amw-rw plan` does
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    connection: ConnectionArgs,
}

pub(crate) async fn run(
    arguments: &InitArgs,
    context: &CommandContext,
) -> Result<ExitCode, Failure> {
    if arguments.dry_run {
        let dry_run = plan::PlanArgs::of(arguments.connection.clone(), None);
        return plan::run(&dry_run, context).await;
    }
    let file = context.spec_file.read(arguments.save)?;
    let request = arguments.connection.request(context, file.as_ref())?;
    let options = InitOptions {
        template_folder: arguments.connection.template_dir.as_deref(),
        in_place: arguments.write,
        wait: arguments.wait,
        accept_unproved: arguments.accept_unproved,
        consent: arguments.consent.given(context),
        settings: &context.azure,
        file: file.as_ref(),
        saves: arguments.save,
    };
    // Before the sign-in: what is wrong with the answers is reported without asking Azure.
    let request = options.checked(context, request)?;
    let session = session::open(context, file.as_ref()).await?;
    let report = new_connection::connect(context, &session, request, &options).await?;
    show(context, &report)?;
    Ok(report.verify.exit_code())
}

fn show(context: &CommandContext, report: &InitReport) -> Result<(), Failure> {
    if context.wants_json() {
        return context.print_json(report);
    }
    let text = ui::summary::text(report, context.message_palette(), context.terminal.width);
    context.say(&format!("\n{text}"));
    Ok(())
}
