//! What `doctor` does: signs in, finds out what the connection is, fixes it where that was asked for, and looks at it.
//! Nothing is asked: what is missing is a finding.

use std::time::Duration;

use crate::checks::diagnosis_failure::{DiagnosisFailure, DiagnosisStage};
use crate::checks::report::CheckReport;
use crate::error::{ExitCode, Failure, StepRecord};
use crate::spec::file::SpecFile;
use crate::spec::method_on_platform::MethodOnPlatform;
use crate::workflow::diagnosis::{self, Diagnosis};
use crate::workflow::file_alone;
use crate::workflow::plan_document::step_records;
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

/// What doctor ends with: always a list of checks, and with `--fix` what became of each step.
#[derive(Debug)]
pub(crate) struct DoctorResult {
    pub(crate) checks: Vec<CheckReport>,
    pub(crate) steps: Vec<StepRecord>,
    /// Why the fix did not come to its end.
    pub(crate) fix_failure: Option<Failure>,
}

impl DoctorResult {
    fn of_checks(checks: Vec<CheckReport>) -> Self {
        Self {
            checks,
            steps: Vec::new(),
            fix_failure: None,
        }
    }

    /// A fix that the command line did not allow is wrong usage, whatever the checks found.
    pub(crate) fn exit_code(&self) -> ExitCode {
        let of_checks = diagnosis::exit_code(&self.checks);
        match self.fix_failure.as_ref().map(Failure::exit_code) {
            Some(code) if code == ExitCode::Usage || of_checks == ExitCode::Done => code,
            _ => of_checks,
        }
    }

    /// Reports a failed fix at once; the checks then show what is still broken. Ctrl-C ends the command.
    fn record_fix(
        &mut self,
        printer: &impl Printer,
        fixed: Result<Vec<StepRecord>, Failure>,
        wait: bool,
    ) -> Result<(), Failure> {
        match fixed {
            Ok(steps) => self.steps = steps,
            Err(failure) if failure.is_interruption() => return Err(failure),
            Err(failure) => {
                let heading = format!("the fix failed: cannot {}", failure.doing());
                printer.warn_of(&heading, &failure);
                if wait {
                    printer.warn("checking once, without --wait: waiting does not complete a fix that failed");
                }
                self.steps = failure.steps().to_vec();
                self.fix_failure = Some(failure);
            }
        }
        Ok(())
    }
}

/// Fixes where that was asked for, and looks. `again` is called before each wait.
pub(crate) async fn run(
    console: &(impl Printer + Dialog + Sync),
    request: impl FnOnce(Option<&SpecFile>) -> Result<ConnectionRequest, Failure>,
    open_session: impl AsyncFnOnce(Option<&SpecFile>) -> Result<Session, Failure>,
    options: &DoctorOptions<'_>,
    again: impl Fn(&[CheckReport], Duration),
) -> Result<DoctorResult, Failure> {
    let (session, resolved) = match open(console, request, open_session, options).await {
        Ok(opened) => opened,
        // A connection that cannot be found out is a failed check too, so that a script reads one form of result.
        Err(failure) => return failure.reports(options.only).map(DoctorResult::of_checks),
    };
    let mut result = DoctorResult::of_checks(Vec::new());
    if options.fix {
        let fixed = fix(console, &session, &resolved, options.consent).await;
        result.record_fix(console, fixed, options.wait)?;
    }
    let diagnosis = Diagnosis {
        session: &session,
        resolved: &resolved,
        only: options.only,
        progress: console.progress(),
    };
    // Nothing that a fix did not make appears by waiting.
    let wait = options.wait && result.fix_failure.is_none();
    result.checks = diagnosis.look(wait, again).await?;
    Ok(result)
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
            file: None,
        }
    };
    let of_answers = at(DiagnosisStage::Answers, options.connection);
    let file = options.consent.spec_file.read(false).map_err(of_answers)?;
    let request = request(file.as_ref()).and_then(ConnectionRequest::provisioned);
    let request = request.map_err(of_answers)?.for_diagnosis();
    let given = request.answers.given();
    let connection = given.method_on_platform();
    let with_file = |failure| DiagnosisFailure {
        file: file_alone::judged(&given),
        ..failure
    };
    let session = open_session(file.as_ref()).await;
    let session = session.map_err(|failure| match failure.exit_code() {
        // Such as endpoints of a spec file that were not approved.
        ExitCode::Usage => with_file(at(DiagnosisStage::Answers, connection)(failure)),
        _ => with_file(at(DiagnosisStage::SignIn, connection)(failure)),
    })?;
    match ResolvedConnection::open(console, &session, request, DOING).await {
        Ok(resolved) => Ok((session, resolved)),
        Err(failure) => {
            let failure = diagnosis::failed(&session, failure, connection).await;
            Err(with_file(failure))
        }
    }
}

/// Applies the plan; what it made is then looked at like everything else.
async fn fix(
    printer: &(impl Printer + Sync),
    session: &Session,
    resolved: &ResolvedConnection,
    consent: GivenConsent<'_>,
) -> Result<Vec<StepRecord>, Failure> {
    let mut planned = PlannedConnection::plan(session, resolved.clone()).await?;
    if planned.plan.changes() == 0 {
        return Ok(Vec::new());
    }
    let results = plan_run::run(printer, session, &mut planned, None, consent).await?;
    Ok(step_records(&results))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::report::{Category, VerdictKind};
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

    #[test]
    fn the_exit_code_of_a_failed_fix_is_that_of_the_checks_unless_they_pass() {
        let ends = |verdict, fix: Option<Failure>| {
            let check = CheckReport {
                id: "write",
                category: Category::Data,
                verdict,
                found: "200".into(),
                next: Vec::new(),
                because: None,
                took: Duration::ZERO,
            };
            let mut result = DoctorResult::of_checks(vec![check]);
            result.fix_failure = fix;
            result.exit_code()
        };
        let (failed, refused) = (|| Failure::new("apply"), || Failure::usage("apply"));

        assert_eq!(ends(VerdictKind::Fail, None), ExitCode::DoctorFoundFailure);
        assert_eq!(
            ends(VerdictKind::Fail, Some(failed())),
            ExitCode::DoctorFoundFailure
        );
        assert_eq!(ends(VerdictKind::Pass, Some(failed())), ExitCode::Failed);
        assert_eq!(ends(VerdictKind::Fail, Some(refused())), ExitCode::Usage);
        assert_eq!(ends(VerdictKind::Pass, None), ExitCode::Done);
    }

    #[test]
    fn a_failed_fix_is_reported_and_an_interrupted_one_ends_the_command() {
        let console = FakeConsole::silent();
        let mut result = DoctorResult::of_checks(Vec::new());

        let recorded = result.record_fix(&console, Err(Failure::new("apply")), true);

        assert!(recorded.is_ok() && result.fix_failure.is_some());
        assert_eq!(console.printed.borrow().len(), 2);
        let interrupted = result.record_fix(&console, Err(Failure::interrupted()), true);
        assert!(interrupted.unwrap_err().is_interruption());
    }
}
