//! What doctor does: looks at the whole data path, once or until nothing fails, and answers with one exit code.

use std::time::Duration;

use crate::checks;
use crate::checks::diagnosis_failure::{DiagnosisFailure, DiagnosisStage};
use crate::checks::gather::{EvidenceRequest, gather};
use crate::checks::report::{CheckReport, VerdictKind};
use crate::error::{ExitCode, Failure};
use crate::facts::Observation;
use crate::network::retry_policy::{RetryPolicy, RunningWait, WaitMode};
use crate::problem::Problem;
use crate::progress::Progress;
use crate::spec::method_on_platform::MethodOnPlatform;
use crate::workflow::resolve::ResolvedConnection;
use crate::workflow::session::Session;
use crate::workflow::unread_account;
use crate::workflow::{configured, running_writers};

/// How long a written sample may take to be visible before doctor reports it.
const VISIBLE_WITHIN: Duration = Duration::from_secs(60);

/// The connection that is checked, and by which checks.
pub(crate) struct Diagnosis<'a> {
    pub(crate) session: &'a Session,
    pub(crate) resolved: &'a ResolvedConnection,
    /// None means all.
    pub(crate) only: &'a [String],
    pub(crate) progress: &'a dyn Progress,
}

/// Which check fails with a connection that could not be found out. The sign-in has worked.
pub(crate) async fn failed(
    session: &Session,
    failure: Failure,
    connection: MethodOnPlatform,
) -> DiagnosisFailure {
    // A subscription that this sign-in does not see proves nothing about the cluster: the user names another one.
    let is_usable = match &session.subscription {
        Some(wanted) => session.find_subscription(wanted).await.is_ok(),
        None => true,
    };
    let is_answer = !is_usable || failure.exit_code() == ExitCode::Usage;
    let (caller, method_of_caller) = (session.azure.caller(), session.azure.signed_in_with());
    DiagnosisFailure {
        place: match is_answer {
            true => DiagnosisStage::Answers,
            false => DiagnosisStage::Cluster,
        },
        failure,
        connection,
        signed_in: Some(format!("signed in as {caller} ({method_of_caller})")),
        file: None,
    }
}

/// What doctor ends with.
pub(crate) fn exit_code(reports: &[CheckReport]) -> ExitCode {
    match has_failure(reports) {
        // A code of its own: scripts must distinguish a failed check from a command that failed.
        true => ExitCode::DoctorFoundFailure,
        false => ExitCode::Done,
    }
}

fn has_failure(reports: &[CheckReport]) -> bool {
    reports
        .iter()
        .any(|report| report.verdict == VerdictKind::Fail)
}

impl Diagnosis<'_> {
    /// Looks once, or with `wait` again until nothing fails, for as long as a role may take to propagate. `again` is
    /// called before each wait.
    pub(crate) async fn look(
        &self,
        wait: bool,
        again: impl Fn(&[CheckReport], Duration),
    ) -> Result<Vec<CheckReport>, Failure> {
        if !wait {
            return self.look_once().await;
        }
        // Microsoft names 30 minutes until a new role counts for data.
        let waiting = RunningWait::new(RetryPolicy::DOCTOR, WaitMode::Real);
        until_nothing_fails(waiting, async || self.look_once().await, again).await
    }

    async fn look_once(&self) -> Result<Vec<CheckReport>, Failure> {
        let resolved = self.resolved;
        let (held, recorded) = (resolved.held_secret()?, resolved.recorded_secret()?);
        let workspace = resolved.spec.workspace.name();
        let possible = match resolved.has_unread_account() {
            true => unread_account::possible(self.only),
            false => self.only.to_vec(),
        };
        if resolved.has_unread_account() && possible.is_empty() {
            return Ok(unread_account::with_skipped(Vec::new(), self.only));
        }
        let running = match checks::looks_at(&possible, Observation::RunningEntries) {
            true => running_writers::look(resolved).await,
            false => Err(Problem::new("it was not looked at")),
        };
        let question = EvidenceRequest {
            azure: &self.session.azure,
            spec: &resolved.spec,
            discovered: &resolved.found,
            installation: &resolved.installation,
            accepts_known_issues: resolved.force,
            held_secret: held.as_ref(),
            recorded_secret: recorded.as_ref(),
            secret_file: resolved.secret_file.path(),
            configured: configured::entry(
                &resolved.answers.given(),
                &resolved.installation,
                workspace,
            ),
            running,
            prometheus_is_named: resolved.answers.given().prometheus.is_some(),
            only: &possible,
            sample: RetryPolicy::VISIBILITY.lasting(VISIBLE_WITHIN),
        };
        let seen = gather(&question, self.progress).await;
        let reports = checks::judge(&seen, &possible);
        Ok(match resolved.has_unread_account() {
            true => unread_account::with_skipped(reports, self.only),
            false => reports,
        })
    }
}

async fn until_nothing_fails(
    mut waiting: RunningWait,
    look: impl AsyncFn() -> Result<Vec<CheckReport>, Failure>,
    again: impl Fn(&[CheckReport], Duration),
) -> Result<Vec<CheckReport>, Failure> {
    loop {
        let reports = look().await?;
        if !has_failure(&reports) {
            return Ok(reports);
        }
        let Some(wait) = waiting.next_wait(None) else {
            return Ok(reports);
        };
        // Told before the wait, so `pause`, which chooses and waits in one, does not do.
        again(&reports, wait);
        waiting.sleep(wait).await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::checks::report::Category;

    fn report(verdict: VerdictKind) -> CheckReport {
        CheckReport {
            id: "write",
            category: Category::Data,
            verdict,
            found: "403".into(),
            next: Vec::new(),
            because: None,
            took: Duration::ZERO,
        }
    }

    /// Looks at a connection that fails `failures` times, with at most two waits. Returns how often it looked, and the result.
    async fn looks(failures: u32) -> (u32, ExitCode) {
        let policy = RetryPolicy {
            first: Duration::from_secs(10),
            longest: Duration::from_secs(10),
            total: Duration::from_secs(20),
            named: Duration::from_secs(20),
        };
        let (looked, waits) = (Cell::new(0), Cell::new(0));
        let look = async || {
            looked.set(looked.get() + 1);
            let verdict = match looked.get() > failures {
                true => VerdictKind::Pass,
                false => VerdictKind::Fail,
            };
            Ok(vec![report(VerdictKind::Skip), report(verdict)])
        };
        let waiting = RunningWait::new(policy, WaitMode::Skipped);

        let reports = until_nothing_fails(waiting, look, |_, _| waits.set(waits.get() + 1)).await;

        assert_eq!(waits.get(), looked.get() - 1);
        (looked.get(), exit_code(&reports.unwrap()))
    }

    #[tokio::test]
    async fn it_looks_again_until_nothing_fails() {
        assert_eq!(looks(0).await, (1, ExitCode::Done));
        assert_eq!(looks(1).await, (2, ExitCode::Done));
    }

    #[tokio::test]
    async fn a_failure_that_outlasts_the_wait_is_the_answer() {
        let (looked, exit_code) = looks(100).await;

        assert!((2..10).contains(&looked), "{looked}");
        assert_eq!(exit_code, ExitCode::DoctorFoundFailure);
    }

    #[test]
    fn what_could_not_be_looked_at_is_no_failure() {
        let reports = [report(VerdictKind::Skip), report(VerdictKind::Warn)];

        assert_eq!(exit_code(&reports), ExitCode::Done);
    }
}
