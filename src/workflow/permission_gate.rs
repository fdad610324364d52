//! Lets a file be written only after Azure has accepted a sample from the identity of Prometheus. Prometheus drops a sample
//! that is refused with 403 and never sends it again.

use std::time::Duration;

use crate::error::Failure;
use crate::network::retry_policy::RetryPolicy;
use crate::next_step::{CommandLine, NextStep};
use crate::probe::ProbeRoute;
use crate::probe::identity::ProbeIdentity;
use crate::probe::permission::{AcceptedSample, wait_for_permission};
use crate::probe::run::{follow, send};
use crate::probe::stage::{ProbeReport, StageOutcome};
use crate::problem::Problem;
use crate::progress::Progress;
use crate::spec::command_line::own;
use crate::workflow::console::Console;
use crate::workflow::init_report::ConnectionVerdict;
use crate::workflow::planned_connection::PlannedConnection;
use crate::workflow::proposal::Proposal;
use crate::workflow::session::Session;
use crate::workflow::target_file::TargetFile;

/// The permission to write the file. Only `pass` makes one.
pub(crate) struct WritePermission {
    /// `None` where only Prometheus itself can send as this identity, and the user wants the file now.
    accepted: Option<AcceptedSample>,
}

/// The way of the test sample. `doing` completes "cannot …".
pub(crate) fn route<'a>(
    session: &'a Session,
    planned: &'a PlannedConnection,
    doing: &str,
) -> Result<ProbeRoute<'a>, Failure> {
    let workspace = planned.facts.workspace.known().ok_or_else(|| {
        Failure::new(doing)
            .reason("the workspace does not exist after the plan was applied")
            .next(own::apply())
    })?;
    let spec = &planned.resolved.spec;
    Ok(ProbeRoute {
        azure: &session.azure,
        tenant: &spec.tenant,
        workspace,
        cluster_label: &spec.cluster_label,
        identity: identity(planned),
    })
}

fn identity(planned: &PlannedConnection) -> ProbeIdentity {
    let Some(principal) = planned.facts.principal.known() else {
        return ProbeIdentity::Unavailable(Problem::new("the identity does not exist"));
    };
    let kubernetes = planned.resolved.found.kubernetes.as_ref();
    ProbeIdentity::choose(
        &planned.resolved.spec,
        &principal.client_id,
        planned.facts.client_secret.known(),
        kubernetes.map_err(Clone::clone),
    )
}

/// What happens where only Prometheus itself can send as this identity.
pub(crate) struct WithoutProof {
    /// The file is written all the same.
    pub(crate) is_accepted: bool,
    /// The command that writes it without a proof.
    pub(crate) command: CommandLine,
}

/// Waits at most `total` until a sample is accepted.
pub(crate) async fn pass(
    console: &impl Console,
    route: &ProbeRoute<'_>,
    total: Duration,
    without_proof: WithoutProof,
    progress: &dyn Progress,
) -> Result<WritePermission, Failure> {
    let policy = RetryPolicy::PERMISSION.lasting(total);
    // The one place that repeats after 403: here it can mean that a role is not active yet.
    let tried = wait_for_permission(route, policy, progress, "permission").await;
    let accepted = tried.map(Some);
    let accepted =
        accepted.or_else(|outcome| decide(console, outcome, without_proof).map(|()| None))?;
    Ok(WritePermission { accepted })
}

/// Whether the file may be written although no sample was accepted.
fn decide(
    console: &impl Console,
    outcome: StageOutcome,
    without_proof: WithoutProof,
) -> Result<(), Failure> {
    let refused = |why: &str, verdict: ConnectionVerdict, problem| {
        let reason = format!("{why}, so no file was written");
        Err(Failure::new("write the file")
            .reason(reason)
            .problem(problem)
            .with_verdict(verdict))
    };
    match outcome {
        StageOutcome::Late(problem) => {
            let why = "Azure does not accept this identity yet";
            return refused(why, ConnectionVerdict::Unproved, problem);
        }
        StageOutcome::Refused(problem) => {
            let why = "the test sample was not accepted";
            return refused(why, ConnectionVerdict::Failed, problem);
        }
        StageOutcome::Passed(_) | StageOutcome::NotTried(_) => {}
    }
    let why = format!(
        "cannot test this identity from this machine: {}. A new role can take 30 minutes; samples that Prometheus sends \
         before the role is active are lost",
        outcome.found()
    );
    if without_proof.is_accepted {
        console.warn(&why);
        return Ok(());
    }
    if !console.can_ask() || console.answers_yes() {
        let next = NextStep::run(ACCEPT, without_proof.command);
        let problem = Problem::new(AZURE_IS_READY).next(next);
        return refused(&why, ConnectionVerdict::Unproved, problem);
    }
    console.warn(&why);
    // The risky answer is not the one of an empty line.
    match console.ask("Write the file now?", false)? {
        true => Ok(()),
        false => Err(declined(without_proof.command)),
    }
}

/// What lets a file be written without a proof; `--yes` does not.
const ACCEPT: &str = "to write the file without a test";
const AZURE_IS_READY: &str = "all steps in Azure are done; only the file is left";

/// The user wants the file later, when the role is active.
fn declined(command: CommandLine) -> Failure {
    Failure::new("write the file without a test")
        .reason("the answer was no")
        .reason(AZURE_IS_READY)
        .next(NextStep::run(
            "write the file later, for example in 30 minutes",
            command,
        ))
        .with_verdict(ConnectionVerdict::Unproved)
}

impl WritePermission {
    /// Whether the file is written although no sample was accepted.
    pub(crate) fn is_unproved(&self) -> bool {
        self.accepted.is_none()
    }

    /// The file as it is written, after another look at what others may have changed since the draft.
    pub(crate) async fn proposal(
        &self,
        planned: &PlannedConnection,
        draft: TargetFile,
        doing: &str,
    ) -> Result<Proposal, Failure> {
        let file = planned.after_another_look(draft).await;
        file.propose(&planned.complete(doing)?, &planned.resolved.installation)
    }

    /// Looks for the accepted sample, or sends one where none was sent yet.
    pub(crate) async fn read_back(
        self,
        route: &ProbeRoute<'_>,
        progress: &dyn Progress,
    ) -> ProbeReport {
        match self.accepted {
            Some(accepted) => follow(route, accepted, RetryPolicy::VISIBILITY, progress).await,
            None => send(route, RetryPolicy::VISIBILITY, progress).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ExitCode;
    use crate::workflow::fake_console::FakeConsole;

    fn denied() -> Problem {
        Problem::new("Azure answered 403").of_permission(true)
    }

    fn without_proof(is_accepted: bool) -> WithoutProof {
        WithoutProof {
            is_accepted,
            command: own::init_at_once(true),
        }
    }

    const COMMAND: &str = "amw-rw init --yes --accept-unproved";

    #[test]
    fn no_file_is_written_before_azure_accepts_and_yes_changes_nothing_about_that() {
        for outcome in [
            StageOutcome::Late(denied()),
            StageOutcome::Refused(denied()),
        ] {
            let console = FakeConsole::with_yes();

            let failure = decide(&console, outcome, without_proof(true)).unwrap_err();

            assert_eq!(failure.exit_code(), ExitCode::SignInOrPermission);
            assert!(failure.causes()[0].ends_with("so no file was written"));
            assert_eq!(failure.causes()[1], "Azure answered 403");
        }
    }

    #[test]
    fn an_identity_that_cannot_be_tested_here_needs_consent_and_yes_is_none() {
        let untested = || StageOutcome::NotTried(Problem::new("only Prometheus can use it"));
        let accepting = FakeConsole::silent();
        assert!(decide(&accepting, untested(), without_proof(true)).is_ok());
        assert!(accepting.printed.borrow()[0].starts_with(
            "! cannot test this identity from this machine: only Prometheus can use it."
        ));
        for console in [FakeConsole::silent(), FakeConsole::with_yes()] {
            let failure = decide(&console, untested(), without_proof(false)).unwrap_err();
            assert_eq!(failure.next_steps(), [format!("{ACCEPT}: {COMMAND}")]);
            assert_eq!(failure.exit_code(), ExitCode::Failed);
            assert_eq!(failure.verdict(), Some(&"unproved".into()));
        }
    }

    #[test]
    fn a_no_says_what_is_ready_and_which_command_remains() {
        let untested = StageOutcome::NotTried(Problem::new("only Prometheus can use it"));
        let console = FakeConsole::answering(false);

        let declined = decide(&console, untested, without_proof(false)).unwrap_err();

        assert_eq!(declined.exit_code(), ExitCode::Failed);
        assert_eq!(declined.causes(), ["the answer was no", AZURE_IS_READY]);
        assert_eq!(
            declined.next_steps(),
            [format!(
                "write the file later, for example in 30 minutes: {COMMAND}"
            )]
        );
        assert_eq!(declined.verdict(), Some(&"unproved".into()));
    }
}
