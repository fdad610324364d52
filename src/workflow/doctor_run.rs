//! What `doctor` does: signs in, finds out what the connection is, fixes it where that was asked for, and looks at it.
//! Nothing is asked: what is missing is a finding.

use std::time::Duration;

use crate::checks::diagnosis_failure::{DiagnosisFailure, DiagnosisStage};
use crate::checks::report::CheckReport;
use crate::error::{ExitCode, Failure};
use crate::sign_in::SignIn;
use crate::spec::file::SpecFile;
use crate::workflow::diagnosis::{self, Diagnosis};
use crate::workflow::plan_run::{self, GivenConsent};
use crate::workflow::planned_connection::PlannedConnection;
use crate::workflow::printer::Printer;
use crate::workflow::resolve::{ConnectionRequest, ResolvedConnection};
use crate::workflow::session::Session;
use crate::workflow::wizard_choices::Dialog;

const DOING: &str = "check this connection";

/// Which checks are made, and how often.
pub(crate) struct DoctorOptions<'a> {
    /// None means all.
    pub(crate) only: &'a [String],
    /// Run the steps that fix what a step can fix.
    pub(crate) fix: bool,
    /// Check again until nothing fails.
    pub(crate) wait: bool,
    /// The method that the flags say.
    pub(crate) sign_in: SignIn,
    pub(crate) consent: GivenConsent<'a>,
}

/// The report of each check. `again` is called before each wait.
pub(crate) async fn reports(
    console: &(impl Printer + Dialog + Sync),
    request: impl FnOnce(Option<&SpecFile>) -> Result<ConnectionRequest, Failure>,
    open_session: impl AsyncFnOnce(Option<&SpecFile>) -> Result<Session, Failure>,
    options: &DoctorOptions<'_>,
    again: impl Fn(&[CheckReport], Duration),
) -> Result<Vec<CheckReport>, Failure> {
    let (session, mut resolved) = match open(console, request, open_session, options).await {
        Ok(opened) => opened,
        // A connection that cannot be found out is a failed check too, so that a script reads one form of result.
        Err(failure) => return failure.reports(options.only),
    };
    if options.fix {
        resolved = fix(console, &session, resolved, options.consent).await?;
    }
    let diagnosis = Diagnosis {
        session: &session,
        resolved: &resolved,
        only: options.only,
        progress: console.progress(),
    };
    diagnosis.look(options.wait, again).await
}

/// Signs in, and finds out what the connection is.
async fn open(
    console: &impl Dialog,
    request: impl FnOnce(Option<&SpecFile>) -> Result<ConnectionRequest, Failure>,
    open_session: impl AsyncFnOnce(Option<&SpecFile>) -> Result<Session, Failure>,
    options: &DoctorOptions<'_>,
) -> Result<(Session, ResolvedConnection), DiagnosisFailure> {
    let at = |place, method| {
        move |failure| DiagnosisFailure {
            place,
            failure,
            method,
            signed_in: None,
        }
    };
    let of_answers = at(DiagnosisStage::Answers, options.sign_in);
    let file = options.consent.spec_file.read(false).map_err(of_answers)?;
    let request = request(file.as_ref()).and_then(ConnectionRequest::provisioned);
    let request = request.map_err(of_answers)?.for_diagnosis();
    let method = request.answers.given().sign_in();
    let session = open_session(file.as_ref()).await;
    let session = session.map_err(|failure| match failure.exit_code() {
        // Such as endpoints of a spec file that were not approved.
        ExitCode::Usage => at(DiagnosisStage::Answers, method)(failure),
        _ => at(DiagnosisStage::SignIn, method)(failure),
    })?;
    match ResolvedConnection::open(console, &session, request, DOING).await {
        Ok(resolved) => Ok((session, resolved)),
        Err(failure) => Err(diagnosis::failed(&session, failure, method).await),
    }
}

/// Does what the plan says; what it made is then looked at like everything else.
async fn fix(
    printer: &(impl Printer + Sync),
    session: &Session,
    resolved: ResolvedConnection,
    consent: GivenConsent<'_>,
) -> Result<ResolvedConnection, Failure> {
    let mut planned = PlannedConnection::plan(session, resolved).await?;
    if planned.plan.changes() > 0 {
        plan_run::run(printer, session, &mut planned, None, consent).await?;
    }
    Ok(planned.resolved)
}
