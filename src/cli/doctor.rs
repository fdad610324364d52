//! `doctor`: which stage of the data path is broken, why, and what to type?

use std::time::Duration;

use clap::Args;

use crate::checks;
use crate::checks::diagnosis_failure::{DiagnosisFailure, DiagnosisStage};
use crate::checks::report::CheckReport;
use crate::cli::apply::{self, Consent};
use crate::cli::connection_args::ConnectionArgs;
use crate::cli::{CommandContext, session};
use crate::error::{ExitCode, Failure};
use crate::ui;
use crate::workflow::diagnosis::{self, Diagnosis};
use crate::workflow::planned_connection::PlannedConnection;
use crate::workflow::resolve::{ConnectionRequest, ResolvedConnection};
use crate::workflow::session::Session;

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

const DOING: &str = "check this connection";

pub(crate) async fn run(
    arguments: &DoctorArgs,
    context: &CommandContext,
) -> Result<ExitCode, Failure> {
    let reports = match open(arguments, context).await {
        Ok((session, resolved)) => look(arguments, context, &session, resolved).await?,
        Err(failure) => failure.reports(&arguments.only)?,
    };
    if context.wants_json() {
        context.print_json(&ui::doctor::DoctorDocument::new(&reports, &context.run()))?;
    } else {
        let text = ui::doctor::text(
            &reports,
            &context.run(),
            context.palette(),
            context.terminal.product_width,
        );
        context.show(&format!("{text}\n"))?;
    }
    Ok(diagnosis::exit_code(&reports))
}

/// Signs in, and finds out what the connection is. Nothing is asked: what is missing is a finding.
async fn open(
    arguments: &DoctorArgs,
    context: &CommandContext,
) -> Result<(Session, ResolvedConnection), DiagnosisFailure> {
    let at = |place, method| {
        move |failure| DiagnosisFailure {
            place,
            failure,
            method,
            signed_in: None,
        }
    };
    let of_answers = at(DiagnosisStage::Answers, arguments.connection.sign_in());
    let file = context.spec_file.read(false).map_err(of_answers)?;
    let request = arguments.connection.request(context, file.as_ref());
    let request = request.and_then(ConnectionRequest::provisioned);
    let request = request.map_err(of_answers)?.for_diagnosis();
    let method = request.answers.given().sign_in();
    let session = session::open(context, file.as_ref()).await;
    let session = session.map_err(|failure| match failure.exit_code() {
        // Such as endpoints of a spec file that were not approved.
        ExitCode::Usage => at(DiagnosisStage::Answers, method)(failure),
        _ => at(DiagnosisStage::SignIn, method)(failure),
    })?;
    match ResolvedConnection::open(context, &session, request, DOING).await {
        Ok(resolved) => Ok((session, resolved)),
        Err(failure) => Err(diagnosis::failed(&session, failure, method).await),
    }
}

async fn look(
    arguments: &DoctorArgs,
    context: &CommandContext,
    session: &Session,
    mut resolved: ResolvedConnection,
) -> Result<Vec<CheckReport>, Failure> {
    if arguments.fix {
        resolved = fix(arguments, context, session, resolved).await?;
    }
    let diagnosis = Diagnosis {
        session,
        resolved: &resolved,
        only: &arguments.only,
        progress: &*context.progress,
    };
    let again = |reports: &[_], wait: Duration| {
        let summary = ui::doctor::summary(reports);
        context.say(&format!(
            "{summary}; looking again in {} s.",
            wait.as_secs()
        ));
    };
    diagnosis.look(arguments.wait, again).await
}

/// Does what the plan says; what it made is then looked at like everything else.
async fn fix(
    arguments: &DoctorArgs,
    context: &CommandContext,
    session: &Session,
    resolved: ResolvedConnection,
) -> Result<ResolvedConnection, Failure> {
    let mut planned = PlannedConnection::plan(session, resolved).await?;
    if planned.plan.changes() > 0 {
        apply::change(context, session, &mut planned, None, &arguments.consent).await?;
    }
    Ok(planned.resolved)
}
