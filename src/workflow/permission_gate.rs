//! Lets a file be written only after Azure has accepted a sample from the identity of Prometheus. Prometheus drops a sample
//! that is refused with 403 and never sends it again.

use std::time::Duration;

use crate::error::Failure;
use crate::network::retry_policy::RetryPolicy;
use crate::probe::ProbeRoute;
use crate::probe::identity::ProbeIdentity;
use crate::probe::permission::{AcceptedSample, wait_for_permission};
use crate::probe::run::{follow, send};
use crate::probe::stage::{ProbeReport, StageOutcome};
use crate::problem::Problem;
use crate::progress::Progress;
use crate::spec::command_line::own;
use crate::workflow::console::Console;
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

/// Waits at most `total` until a sample is accepted. `accept_unproved` lets the file be written where none can be sent.
pub(crate) async fn pass(
    console: &impl Console,
    route: &ProbeRoute<'_>,
    total: Duration,
    accept_unproved: bool,
    progress: &dyn Progress,
) -> Result<WritePermission, Failure> {
    let policy = RetryPolicy::PERMISSION.lasting(total);
    let tried = wait_for_permission(route, policy, progress, "permission").await;
    let accepted = tried.map(Some);
    let accepted =
        accepted.or_else(|outcome| decide(console, outcome, accept_unproved).map(|()| None))?;
    Ok(WritePermission { accepted })
}

/// Whether the file may be written although no sample was accepted.
fn decide(
    console: &impl Console,
    outcome: StageOutcome,
    accept_unproved: bool,
) -> Result<(), Failure> {
    let refused = |why: &str, problem| {
        let reason = format!("{why}, so no file was written");
        Err(Failure::new("write the file")
            .reason(reason)
            .problem(problem))
    };
    match outcome {
        StageOutcome::Late(problem) => {
            return refused("Azure does not accept this identity yet", problem);
        }
        StageOutcome::Refused(problem) => {
            return refused("the test sample was not accepted", problem);
        }
        StageOutcome::Passed(_) | StageOutcome::NotTried(_) => {}
    }
    let why = format!(
        "cannot test this identity from this machine: {}. A new role can take 30 minutes; samples that Prometheus sends \
         before the role is active are lost",
        outcome.found()
    );
    if accept_unproved {
        console.warn(&why);
        return Ok(());
    }
    if !console.can_ask() || console.answers_yes() {
        return refused(&why, Problem::default().next(ACCEPT));
    }
    console.warn(&why);
    // The risky answer is not the one of an empty line.
    match console.ask("Write the file now?", false)? {
        true => Ok(()),
        false => Err(Failure::interrupted()
            .reason("the file was not written; run the same command again later")),
    }
}

/// What lets a file be written without a proof; `--yes` does not.
const ACCEPT: &str = "to write the file without a test, add --accept-unproved";

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

    #[test]
    fn no_file_is_written_before_azure_accepts_and_yes_changes_nothing_about_that() {
        for outcome in [
            StageOutcome::Late(denied()),
            StageOutcome::Refused(denied()),
        ] {
            let console = FakeConsole::with_yes();

            let failure = decide(&console, outcome, true).unwrap_err();

            assert_eq!(failure.exit_code(), ExitCode::SignInOrPermission);
            assert!(failure.causes()[0].ends_with("so no file was written"));
            assert_eq!(failure.causes()[1], "Azure answered 403");
        }
    }

    #[test]
    fn an_identity_that_cannot_be_tested_here_needs_consent_and_yes_is_none() {
        let untested = || StageOutcome::NotTried(Problem::new("only Prometheus can use it"));
        let accepting = FakeConsole::silent();
        assert!(decide(&accepting, untested(), true).is_ok());
        assert!(accepting.printed.borrow()[0].starts_with(
            "! cannot test this identity from this machine: only Prometheus can use it."
        ));
        for console in [FakeConsole::silent(), FakeConsole::with_yes()] {
            let failure = decide(&console, untested(), false).unwrap_err();
            assert_eq!(failure.next_steps(), [ACCEPT]);
            assert_eq!(failure.exit_code(), ExitCode::Failed);
        }
        let declined = decide(&FakeConsole::answering(false), untested(), false).unwrap_err();
        assert!(declined.is_interruption());
    }
}
