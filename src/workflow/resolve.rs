//! From answers to a complete, valid connection: asks, discovers, and refuses what cannot work.

use crate::spec::choices::{ClusterChoice, PrometheusChoice};
use crate::spec::explained::explained;
use crate::workflow::connection_folder::ConnectionFolder;
use crate::workflow::{described_file, file_kind, installation};

use crate::cluster::kubeconfig::Kubeconfig;
use crate::cluster::server::PrometheusServer;
use crate::compat::Installation;
use crate::discover::prometheus::DiscoveryError;
use crate::discover::{self, Discovered};
use crate::error::{ExitCode, Failure};
use crate::facts::{Facts, HeldSecret, RecordedSecret};
use crate::remote_write;
use crate::secret_file::SecretFile;
use crate::spec::Spec;
use crate::spec::answers::{Answers, ConnectionAnswers, Source};
use crate::spec::file::SpecFile;
use crate::spec::ids::SubscriptionId;
use crate::spec::interview::InterviewMode;
use crate::spec::{CredentialSource, Incomplete, Purpose, rules};
use crate::workflow::live_resource::ResourceState;
use crate::workflow::named_release;
use crate::workflow::session::Session;
use crate::workflow::standard_streams;
use crate::workflow::unread_account;
use crate::workflow::wizard_choices::{self, Dialog};

/// A complete, valid connection, with what was discovered in the cluster. Azure has not been observed yet.
#[derive(Clone)]
pub(crate) struct ResolvedConnection {
    pub(crate) answers: Answers,
    /// As named or chosen; `None` if every visible subscription was searched.
    pub(crate) subscription: Option<String>,
    pub(crate) found: Discovered,
    pub(crate) spec: Spec,
    pub(crate) installation: Installation,
    /// The file names a service account that the chart does not make.
    pub(crate) has_own_account: bool,
    pub(crate) secret_file: SecretFile,
    pub(crate) folder: ConnectionFolder,
    /// Known issues of the installation are accepted.
    pub(super) force: bool,
}

/// What the user answered about a connection, before anything is looked at.
pub(crate) struct ConnectionRequest {
    pub(crate) answers: Answers,
    /// Accept known issues of the version of Prometheus.
    pub(crate) force: bool,
    pub(crate) folder: ConnectionFolder,
    /// What this command asks for at most.
    pub(crate) asks: InterviewMode,
    pub(crate) purpose: Purpose,
}

impl ConnectionRequest {
    /// Flags come first, then the spec file. Refuses contradictions at once.
    pub(crate) fn new(
        flags: &ConnectionAnswers,
        file: Option<&SpecFile>,
        force: bool,
        folder: ConnectionFolder,
    ) -> Result<Self, Failure> {
        let flags = ConnectionAnswers {
            input: flags.input.clone().map(standard_streams::input),
            prometheus: flags.prometheus.clone().map(standard_streams::prometheus),
            ..flags.clone()
        };
        let mut answers = Answers::from_flags(&flags);
        if let Some(file) = file {
            answers.add(file.connection(), Source::SpecFile);
        }
        // A file of no kind is refused where it is patched: doctor still has other findings.
        if let Ok(Some(target)) = file_kind::target_of(&answers.given(), DOING) {
            let layer = ConnectionAnswers {
                target: Some(target),
                ..ConnectionAnswers::default()
            };
            answers.add(&layer, Source::Discovered);
        }
        let is_context = matches!(answers.given().cluster, Some(ClusterChoice::Context(_)));
        if folder.in_sandbox && is_context {
            return Err(Failure::usage(DOING)
                .reason("a context of your kubeconfig leads to no cluster of the sandbox")
                .next("leave out --cluster, or name the sandbox's own: --cluster aks-prod"));
        }
        rules::consistent(&answers.given()).map_err(|incomplete| refusal(DOING, incomplete))?;
        Ok(Self {
            answers,
            force,
            folder,
            asks: InterviewMode::OnlyNeeded,
            purpose: Purpose::Connection,
        })
    }

    /// With `in_place`, which is `--write`, the input is the file to write, whatever `out` of the spec file says.
    pub(crate) fn writing(mut self, in_place: bool) -> Self {
        let given = self.answers.given();
        let is_file = matches!(given.prometheus, Some(PrometheusChoice::File(_)));
        let has_input = given.input.is_some() || is_file;
        if in_place && has_input && self.answers.source("out") == Some(Source::SpecFile) {
            self.answers.forget("out");
        }
        self
    }

    pub(crate) fn asking(self, asks: InterviewMode) -> Self {
        Self { asks, ..self }
    }

    /// Asks nothing, and goes on without a service account.
    pub(crate) fn for_diagnosis(self) -> Self {
        Self {
            purpose: Purpose::Diagnosis,
            ..self.asking(InterviewMode::Nothing)
        }
    }

    /// Refuses what cannot be provisioned, and a file that no connection can be put into: before anybody signs in.
    pub(crate) fn provisioned(self) -> Result<Self, Failure> {
        file_kind::check_program(&self.answers.given())?;
        rules::supported(&self.answers.given()).map_err(|incomplete| refusal(DOING, incomplete))?;
        Ok(self)
    }
}

/// Everything about the connection with its source, including discoveries and defaults.
fn all_sources(answers: &Answers, spec: &Spec, found: &Discovered) -> Answers {
    let server = found.prometheus.as_ref().ok();
    let server = server.map(|server| PrometheusChoice::Workload {
        namespace: server.namespace.clone(),
        name: server.name.clone(),
    });
    explained(answers, spec, server)
}

const DOING: &str = "connect this Prometheus";

fn refusal(doing: &str, incomplete: Incomplete) -> Failure {
    match incomplete {
        Incomplete::Missing(answers) => Failure::missing(doing, &answers),
        Incomplete::Refused(problem) => Failure::usage(doing).problem(problem),
    }
}

/// A failed read of the cluster is a failure, and no answer that the user left out.
fn incomplete_by(
    prometheus: &Result<PrometheusServer, DiscoveryError>,
    doing: &str,
    incomplete: Incomplete,
) -> Failure {
    let (Err(DiscoveryError::Unreadable { problem, .. }), Incomplete::Missing(answers)) =
        (prometheus, &incomplete)
    else {
        return refusal(doing, incomplete);
    };
    if !answers
        .iter()
        .any(|(flag, _)| *flag == unread_account::FLAG)
    {
        return refusal(doing, incomplete);
    }
    let failure = Failure::new(doing)
        .reason("cannot read from the cluster which service account Prometheus runs as")
        .problem(problem.clone());
    answers.iter().fold(failure, |failure, (flag, what)| {
        failure.next(if *flag == unread_account::FLAG {
            "or name it: --service-account NAMESPACE/NAME".to_owned()
        } else {
            format!("add {flag}  {what}")
        })
    })
}

impl ResolvedConnection {
    /// Completes the answers, and asks for missing ones at a terminal. `doing` completes "cannot …".
    pub(crate) async fn open(
        dialog: &impl Dialog,
        session: &Session,
        request: ConnectionRequest,
        doing: &str,
    ) -> Result<Self, Failure> {
        let ConnectionRequest {
            answers,
            force,
            folder,
            asks,
            purpose,
        } = request;
        let given = answers.clone();
        let mode = asks.min(dialog.asking());
        let choice = choose(dialog, mode, session, answers, doing).await;
        let InterviewResult {
            answers,
            subscription,
            mut found,
        } = choice.inspect_err(|_| dialog.explain(&given))?;
        if !folder.in_sandbox {
            check_kubeconfig(&found)?;
            found.warnings.extend(Kubeconfig::missing());
        }
        named_release::check(&found, answers.given().prometheus.as_ref()).await?;
        let described = described_file::described(&answers.given(), found.inputs.target);
        found.inputs = described_file::corrected(found.inputs, &described);
        let operator = described.operator.as_ref().map(ToString::to_string);
        let spec = Spec::complete(&answers.given(), &found.inputs, purpose)
            .inspect_err(|_| dialog.explain(&answers))
            .map_err(|incomplete| incomplete_by(&found.prometheus, doing, incomplete))?;
        dialog.explain(&all_sources(&answers, &spec, &found));
        let installation = installation::installation(
            spec.target,
            spec.prometheus_version.as_deref(),
            operator.as_deref().or(found.operator()),
        )?;
        let secret_file = folder.secret_file(&spec);
        Ok(Self {
            answers,
            subscription,
            found,
            spec,
            installation,
            has_own_account: described.has_own_account,
            secret_file,
            folder,
            force,
        })
    }

    pub(super) fn has_unread_account(&self) -> bool {
        self.spec.credential.source == CredentialSource::UnreadPodToken
    }

    /// Nothing is planned for an account that is not known.
    pub(super) fn check_account(&self) -> Result<(), Failure> {
        if !self.has_unread_account() {
            return Ok(());
        }
        let failure = Failure::new("plan changes for this connection")
            .reason("the service account of Prometheus could not be read from the cluster");
        let failure = match &self.found.prometheus {
            Err(DiscoveryError::Unreadable { problem, .. }) => failure.problem(problem.clone()),
            _ => failure,
        };
        Err(failure.next("name it: --service-account NAMESPACE/NAME"))
    }

    /// Refuses an unsuitable version of Prometheus, or returns warnings about it.
    pub(super) fn check_version(&self) -> Result<Vec<String>, Failure> {
        let remote_write = remote_write::planned(&self.spec, &Facts::default());
        let requirements = self.installation.requirements(&remote_write);
        installation::advice(&self.installation, requirements, self.force)
    }

    /// What the cluster has of the resource that is written for.
    pub(super) async fn resource(&self) -> ResourceState {
        let answers = self.answers.given();
        let (choice, input) = (answers.prometheus.as_ref(), answers.input.as_deref());
        ResourceState::look(&self.found, choice, input, self.spec.target).await
    }

    /// The client secret that is kept here, whether or not it is still accepted.
    pub(crate) fn held_secret(&self) -> Result<Option<HeldSecret>, Failure> {
        if self.spec.credential.application().is_none() {
            return Ok(None);
        }
        let value = self.secret_file.read()?;
        let key_id = self.secret_file.record()?.and_then(|record| record.key_id);
        let replaced_key_id = match key_id {
            Some(_) => None,
            None => self.secret_file.record_of_this_place()?,
        };
        Ok(value.map(|value| HeldSecret {
            value,
            key_id,
            replaced_key_id: replaced_key_id.and_then(|record| record.key_id),
            expires: None,
        }))
    }

    /// What was recorded about the client secret.
    pub(crate) fn recorded_secret(&self) -> Result<Option<RecordedSecret>, Failure> {
        if self.spec.credential.application().is_none() {
            return Ok(None);
        }
        let here = self.secret_file.record_of_this_place()?;
        let here = here.unwrap_or_default();
        Ok(Some(RecordedSecret {
            application: (!here.application.is_empty()).then_some(here.application),
            requested: here.requested,
            last_kept: here.key_id,
            place: self.secret_file.place(),
        }))
    }
}

/// Refuses a kubeconfig that the user named and that cannot be used, where it is needed.
fn check_kubeconfig(found: &Discovered) -> Result<(), Failure> {
    match &found.kubernetes {
        Err(problem) if problem.is_of_named_file() => {
            let named_by = Kubeconfig::named_by();
            let doing = format!("use the kubeconfig that {named_by} names");
            Err(Failure::new(doing).problem(problem.clone()))
        }
        _ => Ok(()),
    }
}

/// What was answered, and what was found with it.
struct InterviewResult {
    answers: Answers,
    subscription: Option<String>,
    found: Discovered,
}

/// From answers to a complete spec. A user at a terminal is asked first. Otherwise what is discovered is used, and when
/// that leaves a choice, everything that is missing is listed.
async fn choose(
    dialog: &impl Dialog,
    mode: InterviewMode,
    session: &Session,
    answers: Answers,
    doing: &str,
) -> Result<InterviewResult, Failure> {
    let (answers, subscription) = match mode {
        InterviewMode::Everything | InterviewMode::AllButOutput => {
            wizard_choices::interview(dialog, mode, session, answers, doing).await?
        }
        InterviewMode::OnlyNeeded | InterviewMode::Nothing => {
            (answers, session.subscription.clone())
        }
    };
    match discover(session, answers.clone(), subscription.clone()).await {
        // Only what another answer can settle ends with this code, so that a question helps.
        Err(failure) if failure.exit_code() == ExitCode::Usage => {
            let (asked, chosen) =
                wizard_choices::interview(dialog, mode, session, answers.clone(), doing).await?;
            if asked.given() == answers.given() && chosen == subscription {
                return Err(failure);
            }
            discover(session, asked, chosen).await
        }
        Ok(choice) => match &choice.found.prometheus {
            Err(DiscoveryError::Several(why)) if mode == InterviewMode::Nothing => {
                let missing = [(
                    "--prometheus",
                    format!("which Prometheus to connect: {why}"),
                )];
                Err(Failure::missing(doing, &missing))
            }
            Err(DiscoveryError::Several(_)) => {
                let (answers, subscription) =
                    wizard_choices::interview(dialog, mode, session, choice.answers, doing).await?;
                discover(session, answers, subscription).await
            }
            _ => Ok(choice),
        },
        failed => failed,
    }
}

async fn discover(
    session: &Session,
    answers: Answers,
    subscription: Option<String>,
) -> Result<InterviewResult, Failure> {
    let given = answers.given();
    let found = match subscription
        .as_deref()
        .map(|wanted| (wanted, SubscriptionId::parse(wanted)))
    {
        None => discover::discover(&session.azure, &session.api_servers, &given, None).await?,
        Some((wanted, Err(_))) => {
            let only = [session.find_subscription(wanted).await?];
            discover::discover(&session.azure, &session.api_servers, &given, Some(&only)).await?
        }
        // The search needs the id alone, so the subscription itself is looked up at the same time.
        Some((wanted, Ok(id))) => {
            let only = [id];
            let (usable, found) = tokio::join!(
                session.find_subscription(wanted),
                discover::discover(&session.azure, &session.api_servers, &given, Some(&only))
            );
            usable.and(found)?
        }
    };
    Ok(InterviewResult {
        answers,
        subscription,
        found,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::prometheus::UnreadableReason;
    use crate::problem::Problem;

    fn failed_read(reason: UnreadableReason) -> Result<PrometheusServer, DiscoveryError> {
        Err(DiscoveryError::Unreadable {
            problem: Problem::new(
                "cannot list Prometheus: https://api.example.com cannot be reached: no answer within 10 s",
            )
            .next("check the API server")
            .of_permission(reason == UnreadableReason::Denied),
            reason,
        })
    }

    fn missing(flag: &'static str) -> Incomplete {
        Incomplete::Missing(vec![(flag, "what it is".to_owned())])
    }

    #[test]
    fn a_failed_read_that_decides_a_missing_answer_is_a_failure_and_no_wrong_usage() {
        let cases = [
            (UnreadableReason::OutOfReach, ExitCode::Failed),
            (UnreadableReason::Fault, ExitCode::Failed),
            (UnreadableReason::Denied, ExitCode::SignInOrPermission),
        ];

        for (reason, exit) in cases {
            let failure = incomplete_by(&failed_read(reason), DOING, missing(unread_account::FLAG));

            assert_eq!(failure.exit_code(), exit, "{reason:?}");
            let text = crate::ui::failure::text(
                &failure,
                &crate::next_step::CurrentRun::default(),
                crate::ui::palette::Palette::plain(),
            );
            assert!(
                text.contains("https://api.example.com cannot be reached"),
                "{text}"
            );
            assert!(text.contains("check the API server"), "{text}");
            assert!(text.contains("or name it: --service-account"), "{text}");
        }
    }

    #[test]
    fn an_answer_that_no_cluster_gives_is_still_a_missing_answer() {
        let failed = failed_read(UnreadableReason::OutOfReach);

        let failure = incomplete_by(&failed, DOING, missing("--resource-group"));

        assert_eq!(failure.exit_code(), ExitCode::Usage);
    }

    #[test]
    fn a_cluster_that_was_read_and_left_the_answer_open_is_a_missing_answer() {
        let absent = Err(DiscoveryError::Absent("no Prometheus is seen".to_owned()));

        let failure = incomplete_by(&absent, DOING, missing(unread_account::FLAG));

        assert_eq!(failure.exit_code(), ExitCode::Usage);
    }
}
