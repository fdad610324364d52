//! What `doctor` does: signs in, finds out what the connection is, fixes it where that was asked for, and looks at it.
//! Nothing is asked: what is missing is a finding.

use std::time::Duration;

use crate::checks::diagnosis_failure::{DiagnosisFailure, DiagnosisStage};
use crate::checks::report::CheckReport;
use crate::error::{ExitCode, Failure};
use crate::spec::file::SpecFile;
use crate::spec::method_on_platform::MethodOnPlatform;
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
    /// What the flags say of the method and the platform.
    pub(crate) connection: MethodOnPlatform,
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
    let at = |place, connection| {
        move |failure| DiagnosisFailure {
            place,
            failure,
            connection,
            signed_in: None,
        }
    };
    let of_answers = at(DiagnosisStage::Answers, options.connection);
    let file = options.consent.spec_file.read(false).map_err(of_answers)?;
    let request = request(file.as_ref()).and_then(ConnectionRequest::provisioned);
    let request = request.map_err(of_answers)?.for_diagnosis();
    let connection = request.answers.given().method_on_platform();
    let session = open_session(file.as_ref()).await;
    let session = session.map_err(|failure| match failure.exit_code() {
        // Such as endpoints of a spec file that were not approved.
        ExitCode::Usage => at(DiagnosisStage::Answers, connection)(failure),
        _ => at(DiagnosisStage::SignIn, connection)(failure),
    })?;
    match ResolvedConnection::open(console, &session, request, DOING).await {
        Ok(resolved) => Ok((session, resolved)),
        Err(failure) => Err(diagnosis::failed(&session, failure, connection).await),
    }
}

/// Applies the plan; what it made is then looked at like everything else.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::report::VerdictKind;
    use crate::spec::answers::ConnectionAnswers;
    use crate::workflow::fake_console::FakeConsole;
    use crate::workflow::spec_file::SpecFilePath;

    type Opened = Result<Session, Failure>;

    /// Sign-in is refused with `refusal`, after `request` was read.
    async fn diagnose(
        spec_file: &SpecFilePath,
        only: &[String],
        request: impl FnOnce(Option<&SpecFile>) -> Result<ConnectionRequest, Failure>,
        refusal: Failure,
    ) -> Result<Vec<CheckReport>, Failure> {
        let console = FakeConsole::silent();
        let options = DoctorOptions {
            only,
            fix: false,
            wait: false,
            connection: ConnectionAnswers::default().method_on_platform(),
            consent: GivenConsent {
                enable_oidc_issuer: false,
                spec_file,
            },
        };
        let open_session = async |_: Option<&SpecFile>| -> Opened { Err(refusal) };
        let opened = open(&console, request, open_session, &options).await;
        opened.err().expect("refused").reports(only)
    }

    fn request(file: Option<&SpecFile>) -> Result<ConnectionRequest, Failure> {
        let folder = SpecFilePath::new(None).connection_folder(true);
        ConnectionRequest::new(&ConnectionAnswers::default(), file, false, folder)
    }

    fn failed(reports: &[CheckReport]) -> Vec<&'static str> {
        let failed = reports
            .iter()
            .filter(|one| one.verdict == VerdictKind::Fail);
        failed.map(|one| one.id).collect()
    }

    #[tokio::test]
    async fn answers_that_cannot_be_read_are_a_failed_check() {
        let (missing, none) = (
            SpecFilePath::new(Some("/nowhere/amw-rw.yaml".into())),
            SpecFilePath::new(None),
        );
        let refused = |_: Option<&SpecFile>| Err(Failure::usage("connect this Prometheus"));

        let of_file = diagnose(&missing, &[], request, Failure::new("sign in"));
        let of_flags = diagnose(&none, &[], refused, Failure::new("sign in"));

        assert_eq!(failed(&of_file.await.unwrap()), ["connection"]);
        assert_eq!(failed(&of_flags.await.unwrap()), ["connection"]);
    }

    #[tokio::test]
    async fn a_refused_sign_in_fails_its_check_whatever_was_named() {
        let (none, only) = (SpecFilePath::new(None), ["write".to_owned()]);

        let reports = diagnose(&none, &only, request, Failure::new("sign in")).await;

        let reports = reports.unwrap();
        assert_eq!(failed(&reports), ["sign-in"]);
        assert_eq!(reports.len(), 2);
    }

    #[tokio::test]
    async fn endpoints_that_were_not_approved_are_a_matter_of_the_answers() {
        let refusal = Failure::usage("use the endpoints of the spec file");

        let reports = diagnose(&SpecFilePath::new(None), &[], request, refusal).await;

        assert_eq!(failed(&reports.unwrap()), ["connection"]);
    }

    #[tokio::test]
    async fn an_interruption_is_no_finding() {
        let none = SpecFilePath::new(None);

        let reports = diagnose(&none, &[], request, Failure::interrupted()).await;

        assert!(reports.unwrap_err().is_interruption());
    }
}
