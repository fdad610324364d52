//! The result of `init`: where samples go, which identity sends them, whether one arrived, and what is left to do.

use serde::Serialize;
use serde_json::Value;

use crate::checks::report::Mark;
use crate::error::{ExitCode, Failure};
use crate::next_step::{CurrentRun, NextStep, PrintedStep, Touches};
use crate::probe::stage::{ProbeReport, ProbeVerdict};
use crate::render::Companion;
use crate::spec::command_line::{CommandLine, KubeContext, own};
use crate::steps::StepResult;
use crate::workflow::azure_settings::AzureSettings;
use crate::workflow::plan_document::step_records;
use crate::workflow::planned_connection::PlannedConnection;
use crate::workflow::proposal::{Proposal, TargetDocument};
use crate::workflow::repeat;
use crate::workflow::session::Session;

/// Completes "cannot …".
pub(crate) const DOING: &str = "connect this Prometheus";

/// `amw-rw/init/v1`.
#[derive(Debug, Serialize)]
pub(crate) struct InitReport {
    pub(crate) schema: &'static str,
    pub(crate) verdict: ConnectionVerdict,
    /// Such as `aks-prod → amw-aks-prod`.
    pub(crate) connection: String,
    pub(crate) steps: Vec<Value>,
    pub(crate) target: Option<TargetDocument>,
    pub(crate) endpoint: WriteEndpoint,
    pub(crate) verify: Verify,
    /// The command that repeats the connection without questions.
    pub(crate) repeat: String,
    /// What is left for the user to do, such as `helm upgrade …`.
    pub(crate) next: Vec<PrintedStep>,
}

/// How far the connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ConnectionVerdict {
    /// A sample arrived, and the resource of Prometheus in the cluster has everything already.
    Connected,
    /// A sample arrived, and Prometheus has to be given the file.
    Ready,
    /// No sample was seen to arrive.
    Unproved,
    /// Azure refused the sample.
    Failed,
}

impl ConnectionVerdict {
    fn of(sample: Mark, is_in_place: bool) -> Self {
        match (sample, is_in_place) {
            (Mark::Pass, true) => Self::Connected,
            (Mark::Pass, false) => Self::Ready,
            (Mark::Warn | Mark::Skip, _) => Self::Unproved,
            (Mark::Fail, _) => Self::Failed,
        }
    }
}

/// Where samples go, and which identity sends them.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct WriteEndpoint {
    pub(crate) url: String,
    pub(crate) scope: String,
    pub(crate) client_id: String,
    pub(crate) tenant_id: String,
}

/// Whether a sample was written and read back.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Verify {
    pub(crate) verdict: Mark,
    pub(crate) found: String,
    pub(crate) next: Vec<PrintedStep>,
}

/// What `init` did.
pub(crate) struct InitResult<'a> {
    pub(crate) session: &'a Session,
    pub(crate) planned: &'a PlannedConnection,
    pub(crate) settings: &'a AzureSettings,
    /// The input was patched in place.
    pub(crate) in_place: bool,
    /// The file could be written without a proof.
    pub(crate) accept_unproved: bool,
    pub(crate) steps: &'a [StepResult],
    pub(crate) proposal: &'a Proposal,
    /// How the client secret reaches the cluster.
    pub(crate) secret: Vec<NextStep>,
    pub(crate) verify: Verify,
    pub(crate) run: &'a CurrentRun,
}

impl InitReport {
    pub(crate) const SCHEMA: &'static str = "amw-rw/init/v1";

    pub(crate) fn new(result: InitResult<'_>) -> Result<Self, Failure> {
        let InitResult {
            session,
            planned,
            settings,
            in_place,
            accept_unproved,
            steps,
            proposal,
            secret,
            verify,
            run,
        } = result;
        let resolved = &planned.resolved;
        let context = planned.kube_context();
        let azure = settings.repeated(resolved.subscription.as_deref());
        let answers = repeat::all_answers(&resolved.answers, &resolved.spec);
        let needed = planned
            .companions()
            .map_err(|problem| Failure::new(DOING).problem(problem))?;
        let print_all = || own::render_companions(&azure, &answers);
        let companions = companion_steps(&needed, print_all);
        let file = proposal.left_to_do(resolved.spec.target, &planned.release, context);
        let file: Vec<NextStep> = file
            .into_iter()
            .map(|step| planned.guarded_by_account(step))
            .collect();
        let before = planned.release.preparation().filter(|_| !file.is_empty());
        let companions = companions.into_iter().chain(before).collect();
        let controller = planned.controller.as_deref();
        let next = next_steps(secret, companions, file, controller, context);
        Ok(Self {
            schema: Self::SCHEMA,
            verdict: ConnectionVerdict::of(
                verify.verdict,
                next.is_empty() && proposal.is_in_place(),
            ),
            connection: connection(planned),
            steps: step_records(steps)
                .iter()
                .map(|step| step.document(run))
                .collect(),
            target: Some(proposal.document()),
            endpoint: endpoint(session, planned),
            verify,
            repeat: own::init(
                &azure,
                &answers,
                own::Repetition {
                    in_place,
                    accept_unproved,
                },
            )
            .to_string(),
            next: run.print(&next),
        })
    }
}

fn connection(planned: &PlannedConnection) -> String {
    let spec = &planned.resolved.spec;
    format!("{} → {}", spec.platform.name(), spec.workspace.name())
}

fn endpoint(session: &Session, planned: &PlannedConnection) -> WriteEndpoint {
    let principal = planned.facts.principal.known();
    WriteEndpoint {
        url: planned.remote_write().url.to_string(),
        scope: session.azure.cloud().ingestion_scope.clone(),
        client_id: principal.map_or_else(String::new, |one| one.client_id.to_string()),
        tenant_id: planned.resolved.spec.tenant.to_string(),
    }
}

impl Verify {
    /// A sample that Azure refused fails the command, although everything was created.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self.verdict {
            Mark::Fail => ExitCode::Failed,
            Mark::Pass | Mark::Warn | Mark::Skip => ExitCode::Done,
        }
    }

    pub(crate) fn of(probe: &ProbeReport, run: &CurrentRun) -> Self {
        let stage = probe.deciding_stage();
        Self {
            verdict: match probe.verdict() {
                ProbeVerdict::Proven => Mark::Pass,
                ProbeVerdict::Accepted => Mark::Warn,
                ProbeVerdict::Refused => Mark::Fail,
                ProbeVerdict::Unprovable => Mark::Skip,
            },
            found: stage.outcome.found(),
            next: run.print(stage.outcome.next()),
        }
    }
}

/// The commands that bring the companions to the cluster. Those that need a file or a decision are printed by `print_all`.
fn companion_steps(needed: &[Companion], print_all: impl Fn() -> CommandLine) -> Vec<NextStep> {
    let commands = needed.iter().filter_map(|one| one.command.clone());
    let has_others = needed.iter().any(|one| one.command.is_none());
    has_others
        .then(print_all)
        .into_iter()
        .chain(commands)
        .map(NextStep::from)
        .collect()
}

/// What is left to do, in order: the Secret, what Prometheus needs apart from the file, then the file. A controller that
/// undoes a change by hand is printed in place of the command that makes the change.
fn next_steps(
    secret: Vec<NextStep>,
    companions: Vec<NextStep>,
    file: Vec<NextStep>,
    controller: Option<&str>,
    context: Option<&KubeContext>,
) -> Vec<NextStep> {
    let file = match controller {
        Some(controller) if !file.is_empty() => {
            vec![NextStep::from(controller).touching(Touches::Cluster)]
        }
        _ => file,
    };
    let steps = [secret, companions, file].concat();
    NextStep::with_preparation_once(steps, context.and_then(KubeContext::preparation).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::command_line::helm;

    fn companion(command: Option<CommandLine>) -> Companion {
        Companion {
            about: "an object".into(),
            yaml: String::new(),
            command,
        }
    }

    fn steps(of: &[&str]) -> Vec<NextStep> {
        of.iter().map(|one| NextStep::from(*one)).collect()
    }

    #[test]
    fn the_secret_comes_before_the_file_that_refers_to_it() {
        let all = next_steps(
            steps(&["secret"]),
            steps(&["label"]),
            steps(&["file"]),
            None,
            None,
        );

        assert_eq!(all, ["secret", "label", "file"]);
    }

    #[test]
    fn no_command_is_printed_that_a_controller_would_undo() {
        let with = |file| next_steps(Vec::new(), Vec::new(), file, Some("commit"), None);

        assert_eq!(with(vec![helm::list(None).into()]), ["commit"]);
        assert!(with(Vec::new()).is_empty());
    }

    #[test]
    fn companions_that_need_a_decision_are_printed_by_one_more_command() {
        let all = own::apply;
        let one = || companion(Some(helm::list(None)));

        let both = companion_steps(&[one(), companion(None)], all);

        assert_eq!(both, ["amw-rw apply", "helm list -A"]);
        assert_eq!(companion_steps(&[one()], all), ["helm list -A"]);
    }
}
