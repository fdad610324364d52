//! `doctor`: which stage of the data path is broken, why, and what to type?

use std::time::Duration;

use clap::Args;

use crate::checks;
use crate::checks::report::CheckReport;
use crate::cli::apply::Consent;
use crate::cli::connection_args::ConnectionArgs;
use crate::cli::{CommandContext, session};
use crate::error::{ExitCode, Failure};
use crate::spec::file::SpecFile;
use crate::ui;
use crate::workflow::doctor_run::{self, DoctorOptions, DoctorResult};

/// Check the data path, stage by stage: what is broken, why, and what to type
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  amw-rw doctor\n  amw-rw doctor --only role-assignment --only write\n  amw-rw doctor --wait"
)]
pub(crate) struct DoctorArgs {
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

pub(crate) async fn run(
    arguments: &DoctorArgs,
    context: &CommandContext,
) -> Result<ExitCode, Failure> {
    let connection = &arguments.connection;
    let options = DoctorOptions {
        only: &arguments.only,
        fix: arguments.fix,
        wait: arguments.wait,
        connection: connection.method_on_platform(),
        consent: arguments.consent.given(context),
    };
    let request = |file: Option<&SpecFile>| connection.request(context, file);
    let open_session = async |file: Option<&SpecFile>| session::open(context, file).await;
    let again = |reports: &[CheckReport], wait: Duration| {
        let summary = ui::doctor::summary(reports);
        let seconds = wait.as_secs();
        context.say(&format!("{summary}; looking again in {seconds} s."));
    };
    let result = doctor_run::run(context, request, open_session, &options, again).await?;
    show(context, &result)?;
    Ok(result.exit_code())
}

fn show(context: &CommandContext, result: &DoctorResult) -> Result<(), Failure> {
    let run = context.run();
    if context.wants_json() {
        let document = ui::doctor::DoctorDocument::new(&result.checks, &run);
        let document = document.with_fix(&result.steps, result.fix_failure.as_ref(), &run);
        return context.print_json(&document);
    }
    let (palette, window) = (context.palette(), context.terminal.result_width);
    let text = ui::doctor::text(&result.checks, &run, palette, window);
    context.show(&format!("{text}\n"))
}
