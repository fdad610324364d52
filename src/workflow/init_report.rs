//! The result of `init`: where samples go, which identity sends them, whether one arrived, and what is left to do.

use serde::Serialize;
use serde_json::Value;

use crate::checks::report::VerdictKind;
use crate::error::{ExitCode, Failure};
use crate::next_step::{ChangeScope, CurrentRun, NextStep, PrintedStep};
use crate::patch;
use crate::probe::ProbeRoute;
use crate::probe::read_back::own_series;
use crate::probe::stage::{ProbeReport, ProbeVerdict, StageOutcome};
use crate::render::Companion;
use crate::spec::command_line::{CommandLine, KubeContext, own};
use crate::steps::StepResult;
use crate::target::Target;
use crate::workflow::azure_settings::AzureSettings;
use crate::workflow::plan_document::step_records;
use crate::workflow::planned_connection::PlannedConnection;
use crate::workflow::proposal::Proposal;
use crate::workflow::proposal_document::TargetDocument;
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
    /// Whether samples of Prometheus itself arrive; looked for where nothing is left to do.
    pub(crate) arrival: Option<Verify>,
    #[serde(skip)]
    pub(crate) left: RemainingWork,
    /// The command that repeats the connection without questions.
    pub(crate) repeat: String,
    /// What is left for the user to do, such as `helm upgrade …`.
    pub(crate) next: Vec<PrintedStep>,
}

/// How far the connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ConnectionVerdict {
    /// Samples of Prometheus itself arrive, and its resource in the cluster has everything already.
    Connected,
    /// The test sample arrived, and Prometheus has to be given the file, or does not send yet.
    Ready,
    /// No sample was seen to arrive.
    Unproved,
    /// Azure refused the sample.
    Failed,
}

impl ConnectionVerdict {
    fn of(sample: VerdictKind, arrival: Option<VerdictKind>) -> Self {
        match (sample, arrival) {
            (VerdictKind::Pass, Some(VerdictKind::Pass)) => Self::Connected,
            (VerdictKind::Pass, _) => Self::Ready,
            // Azure accepts samples before it can be queried for them, so being accepted is no proof.
            (VerdictKind::Warn | VerdictKind::Skip, _) => Self::Unproved,
            (VerdictKind::Fail, _) => Self::Failed,
        }
    }
}

/// What is left to do until Prometheus sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RemainingWork {
    /// Prometheus has to be given the file.
    File,
    /// The resource in the cluster has the remote write, and other steps are left.
    OtherSteps,
    Nothing,
}

impl RemainingWork {
    fn of(proposal: &Proposal, next: &[NextStep]) -> Self {
        match (proposal.is_in_place(), next) {
            (false, _) => Self::File,
            (true, []) => Self::Nothing,
            (true, _) => Self::OtherSteps,
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
    pub(crate) verdict: VerdictKind,
    pub(crate) found: String,
    /// Azure took the sample, and only reading it back failed.
    #[serde(skip)]
    pub(crate) is_accepted: bool,
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
        let controller = planned.controller.as_deref();
        let controller = undoing(controller, proposal, resolved.spec.target);
        let next = all_next_steps(planned, secret, companions, file, controller);
        Ok(Self {
            schema: Self::SCHEMA,
            verdict: ConnectionVerdict::of(verify.verdict, None),
            connection: connection(planned),
            steps: step_records(steps)
                .iter()
                .map(|step| step.document(run))
                .collect(),
            target: Some(proposal.document()),
            endpoint: endpoint(session, planned),
            verify,
            arrival: None,
            left: RemainingWork::of(proposal, &next),
            repeat: own::init(
                &azure,
                &answers,
                own::RepeatOptions {
                    in_place,
                    accept_unproved,
                    force: resolved.force,
                },
            )
            .to_string(),
            next: run.print(&next),
        })
    }
}

/// What the user does after the run, in its order.
fn all_next_steps(
    planned: &PlannedConnection,
    secret: Vec<NextStep>,
    companions: Vec<NextStep>,
    file: Vec<NextStep>,
    controller: Option<&str>,
) -> Vec<NextStep> {
    let guarded = file
        .into_iter()
        .map(|step| planned.guarded_by_account(step));
    let file: Vec<NextStep> = guarded.collect();
    // Helm refuses an upgrade while another one is pending, so this comes before the file.
    let before = planned.release.preparation().filter(|_| !file.is_empty());
    let companions = companions.into_iter().chain(before).collect();
    let mut next = next_steps(secret, companions, file, controller, planned.kube_context());
    let inaction = planned.resolved.found.inaction.iter();
    next.extend(inaction.flat_map(|problem| problem.next_steps().to_vec()));
    next.extend(unmanaged(planned));
    next
}

/// What is printed in place of the command that a controller would undo: nothing for a file that the controller itself reads.
fn undoing<'a>(
    controller: Option<&'a str>,
    proposal: &Proposal,
    target: Target,
) -> Option<&'a str> {
    controller.filter(|_| patch::controller_of_release(&proposal.after, target).is_none())
}

impl InitReport {
    /// Only samples of Prometheus itself show that it sends; they are worth a look where nothing is left to do.
    pub(crate) async fn look_for_samples(&mut self, route: &ProbeRoute<'_>, run: &CurrentRun) {
        if self.left == RemainingWork::Nothing && self.verify.verdict == VerdictKind::Pass {
            self.set_arrival(&own_series(route).await, run);
        }
    }

    fn set_arrival(&mut self, seen: &StageOutcome, run: &CurrentRun) {
        let arrival = Verify {
            verdict: match seen {
                StageOutcome::Passed(_) => VerdictKind::Pass,
                // Not seen is no fault of the connection: Prometheus may only just have been given the file.
                StageOutcome::Late(_) | StageOutcome::Refused(_) | StageOutcome::NotTried(_) => {
                    VerdictKind::Skip
                }
            },
            found: seen.found(),
            is_accepted: false,
            next: run.print(seen.next()),
        };
        self.verdict = ConnectionVerdict::of(self.verify.verdict, Some(arrival.verdict));
        self.arrival = Some(arrival);
    }
}

/// A remote write that the resource has and the Operator ignores.
fn unmanaged(planned: &PlannedConnection) -> Option<NextStep> {
    let server = planned.resolved.found.prometheus.as_ref().ok()?;
    let is_operated = planned.resolved.spec.target.is_operated();
    let why = server.unmanaged().filter(|_| is_operated)?;
    Some(NextStep::from(why).with_scope(ChangeScope::Cluster))
}

fn connection(planned: &PlannedConnection) -> String {
    let spec = &planned.resolved.spec;
    format!("{} → {}", spec.platform.name(), spec.workspace.name())
}

fn endpoint(session: &Session, planned: &PlannedConnection) -> WriteEndpoint {
    let principal = planned.facts.principal.known();
    WriteEndpoint {
        url: planned.remote_write().url.to_string(),
        // As Prometheus asks for it, with two slashes before `.default` in the public cloud.
        scope: session.azure.cloud().ingestion_scope.clone(),
        client_id: principal.map_or_else(String::new, |one| one.client_id.to_string()),
        tenant_id: planned.resolved.spec.tenant.to_string(),
    }
}

impl Verify {
    /// A sample that Azure refused fails the command, although everything was created.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self.verdict {
            VerdictKind::Fail => ExitCode::Failed,
            VerdictKind::Pass | VerdictKind::Warn | VerdictKind::Skip => ExitCode::Done,
        }
    }

    pub(crate) fn of(probe: &ProbeReport, run: &CurrentRun) -> Self {
        let stage = probe.deciding_stage();
        Self {
            verdict: match probe.verdict() {
                ProbeVerdict::Proven => VerdictKind::Pass,
                ProbeVerdict::Accepted => VerdictKind::Warn,
                ProbeVerdict::Refused => VerdictKind::Fail,
                ProbeVerdict::Unprovable => VerdictKind::Skip,
            },
            found: stage.outcome.found(),
            is_accepted: probe.verdict() == ProbeVerdict::Accepted,
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
/// reverts manual changes is printed in place of the command that makes the change.
fn next_steps(
    secret: Vec<NextStep>,
    companions: Vec<NextStep>,
    file: Vec<NextStep>,
    controller: Option<&str>,
    context: Option<&KubeContext>,
) -> Vec<NextStep> {
    let file = match controller {
        Some(controller) if !file.is_empty() => {
            vec![NextStep::from(controller).with_scope(ChangeScope::Cluster)]
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
            line: None,
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
    fn connected_is_printed_only_for_samples_of_prometheus() {
        let cases = [
            (
                VerdictKind::Pass,
                Some(VerdictKind::Pass),
                ConnectionVerdict::Connected,
            ),
            (
                VerdictKind::Pass,
                Some(VerdictKind::Skip),
                ConnectionVerdict::Ready,
            ),
            (VerdictKind::Pass, None, ConnectionVerdict::Ready),
            (VerdictKind::Warn, None, ConnectionVerdict::Unproved),
            (VerdictKind::Fail, None, ConnectionVerdict::Failed),
        ];

        for (sample, arrival, expected) in cases {
            assert_eq!(ConnectionVerdict::of(sample, arrival), expected);
        }
    }

    #[test]
    fn no_command_is_printed_that_a_controller_would_undo() {
        let with = |file| next_steps(Vec::new(), Vec::new(), file, Some("commit"), None);

        assert_eq!(with(vec![helm::list(None).into()]), ["commit"]);
        assert!(with(Vec::new()).is_empty());
    }

    #[test]
    fn a_file_that_the_controller_reads_keeps_its_own_step() {
        let text = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec:\n  chart: {spec: {chart: kube-prometheus-stack}}\n  values: {}\n";
        let of = |text: &str| {
            let out = Some("hr.yaml".into());
            let proposal = Proposal::new(out, String::new(), text.to_owned(), false);
            undoing(Some("Flux"), &proposal, Target::KubePrometheusStack)
        };

        assert_eq!(of(text), None);
        assert_eq!(of("prometheus: {}\n"), Some("Flux"));
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
