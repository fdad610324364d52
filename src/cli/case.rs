//! What is wanted, what is there, and what would change? The part that plan, apply, init and render share.

use std::path::PathBuf;

use clap::Args;
use url::Url;

use crate::cli::helm_values::RunningRelease;
use crate::cli::live_resource::{self, ResourceState};
use crate::cli::target_file::{TargetFile, Unread};
use crate::cli::{Context, definitions, shared_account, sources, spec_file, target_file};
use crate::cluster::Kubernetes;
use crate::cluster::server::PrometheusServer;
use crate::compat::Installation;
use crate::connection;
use crate::delivery::LiveResource;
use crate::discover::prometheus::{NoServer, UnreadableReason};
use crate::discover::{self, Discovered};
use crate::error::{ExitCode, Failure};
use crate::facts::{Fact, Facts, HeldSecret, RecordedSecret};
use crate::plan::change::Plan;
use crate::preflight;
use crate::render::{self, Companion, RemoteWrite, Surroundings, Unwritable};
use crate::secret_file::SecretFile;
use crate::spec::Spec;
use crate::spec::answers::{Answers, ConnectionAnswers, Source};
use crate::spec::complete::{self, Incomplete};
use crate::spec::file::SpecFile;
use crate::spec::ids::SubscriptionId;
use crate::spec::interview::Asking;
use crate::steps::{self, Step};
use crate::workflow::session::Session;
use crate::workflow::wizard_choices::{self, Dialog};

/// What every command about one connection is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct Wish {
    /// Go on with a version of Prometheus that has a known flaw
    #[arg(long)]
    pub(crate) force: bool,
    /// Folder with templates of your own for new files
    #[arg(long, value_name = "FOLDER")]
    pub(crate) template_dir: Option<PathBuf>,
    #[command(flatten, next_help_heading = "Connection")]
    pub(crate) connection: ConnectionAnswers,
}

/// One connection as it is wanted, with what was found in the cluster; nothing of ours in Azure is looked at yet.
pub(crate) struct Settled {
    pub(crate) answers: Answers,
    /// As it was named or chosen; `None` where it made no difference.
    pub(crate) subscription: Option<String>,
    pub(crate) found: Discovered,
    pub(crate) spec: Spec,
    pub(crate) installation: Installation,
    pub(crate) secret_file: SecretFile,
    /// Known flaws of the installation are accepted.
    force: bool,
}

/// One connection, looked at and planned.
pub(crate) struct Case {
    pub(crate) settled: Settled,
    pub(crate) steps: Vec<&'static dyn Step>,
    pub(crate) facts: Facts,
    pub(crate) plan: Plan,
    /// The Helm release whose values are written.
    pub(crate) release: RunningRelease,
    /// The resource that is written for, as the cluster has it.
    pub(crate) resource: ResourceState,
    /// What upgrades the Helm release by itself, and what to do with values instead of giving them to Helm.
    pub(crate) controller: Option<String>,
}

/// What was said, before anything is looked at.
pub(crate) struct Answered {
    pub(crate) answers: Answers,
    pub(crate) force: bool,
}

/// Flags first, then the spec file. What does not go together, or cannot be provisioned, is refused at once.
pub(crate) fn answers(wish: &Wish, file: Option<&SpecFile>) -> Result<Answered, Failure> {
    let answered = said(wish, file)?;
    complete::supported(&answered.answers.given())
        .map_err(|incomplete| refusal(DOING, incomplete))?;
    Ok(answered)
}

/// The same where nothing is provisioned, so that more can be said.
pub(crate) fn said(wish: &Wish, file: Option<&SpecFile>) -> Result<Answered, Failure> {
    let mut answers = Answers::from_flags(&wish.connection);
    if let Some(file) = file {
        answers.add(file.connection(), Source::SpecFile);
    }
    complete::consistent(&answers.given()).map_err(|incomplete| refusal(DOING, incomplete))?;
    Ok(Answered {
        answers,
        force: wish.force,
    })
}

const DOING: &str = "connect this Prometheus";

fn refusal(doing: &str, incomplete: Incomplete) -> Failure {
    match incomplete {
        Incomplete::Missing(answers) => Failure::missing(doing, &answers),
        Incomplete::Refused { answer, why, next } => Failure::usage(doing)
            .reason(format!("{answer}: {why}"))
            .next(next),
    }
}

/// The one answer that is read from the cluster where the user does not give it.
const READ_FROM_CLUSTER: &str = "--service-account";

/// A failed read of the cluster is a failure, and no answer that the user left out.
fn incomplete_by(
    prometheus: &Result<PrometheusServer, NoServer>,
    doing: &str,
    incomplete: Incomplete,
) -> Failure {
    let (Err(NoServer::Unreadable { problem, .. }), Incomplete::Missing(answers)) =
        (prometheus, &incomplete)
    else {
        return refusal(doing, incomplete);
    };
    if !answers.iter().any(|(flag, _)| *flag == READ_FROM_CLUSTER) {
        return refusal(doing, incomplete);
    }
    let failure = Failure::new(doing)
        .reason("cannot read from the cluster which service account Prometheus runs as")
        .problem(problem.clone());
    answers.iter().fold(failure, |failure, (flag, what)| {
        failure.next(if *flag == READ_FROM_CLUSTER {
            "or name it: --service-account NAMESPACE/NAME".to_owned()
        } else {
            format!("add {flag}  {what}")
        })
    })
}

impl Settled {
    /// From answers to a complete wish; asks for what is missing where somebody is there to answer. Refuses a version of
    /// Prometheus that cannot do it before anything is made. `doing` completes "cannot …".
    pub(crate) async fn open(
        context: &Context,
        session: &Session,
        answered: Answered,
        doing: &str,
    ) -> Result<Self, Failure> {
        let Answered { answers, force } = answered;
        let said = answers.clone();
        let choice = choose(context, session, answers, doing).await;
        let Choice {
            answers,
            subscription,
            mut found,
        } = choice.inspect_err(|_| context.explain(&said))?;
        let spec = Spec::complete(&answers.given(), &found.surroundings)
            .inspect_err(|_| context.explain(&answers))
            .map_err(|incomplete| incomplete_by(&found.prometheus, doing, incomplete))?;
        context.explain(&sources::all(&answers, &spec, &found));
        let installation = target_file::installation(
            spec.target,
            spec.prometheus_version.as_deref(),
            found.operator(),
        )?;
        let remote_write = connection::remote_write(&spec, &Facts::default());
        found.warnings.extend(target_file::advice(
            &installation,
            installation.demand(&remote_write),
            force,
        )?);
        let secret_file = secret_file(context, &spec);
        Ok(Self {
            answers,
            subscription,
            found,
            spec,
            installation,
            secret_file,
            force,
        })
    }

    /// What the cluster has of the resource that is written for.
    async fn resource(&self) -> ResourceState {
        let choice = self.answers.given().prometheus;
        ResourceState::look(&self.found, choice.as_ref(), self.spec.target).await
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
        let application = self.secret_file.record()?.map(|record| record.application);
        let here = self.secret_file.record_of_this_place()?.unwrap_or_default();
        Ok(Some(RecordedSecret {
            application,
            requested: here.requested,
            last_kept: here.key_id,
            place: self.secret_file.place(),
        }))
    }
}

/// Refuses a workspace whose endpoint is none of this cloud: whoever changed it would get the metrics, and a token.
pub(crate) fn own_endpoint(session: &Session, facts: &Facts) -> Result<(), Failure> {
    let Some(workspace) = facts.workspace.known() else {
        return Ok(());
    };
    let Ok(url) = Url::parse(&workspace.rule.write_url()) else {
        return Ok(());
    };
    session.azure.metrics_host(&url).map_err(|error| {
        Failure::new("use the ingestion endpoint that the workspace names").azure(error)
    })
}

impl Case {
    /// Looks at everything that is ours in Azure, and plans.
    pub(crate) async fn open(
        context: &Context,
        session: &Session,
        answered: Answered,
        doing: &str,
    ) -> Result<Self, Failure> {
        Self::plan(
            session,
            Settled::open(context, session, answered, doing).await?,
        )
        .await
    }

    pub(crate) async fn plan(session: &Session, settled: Settled) -> Result<Self, Failure> {
        let spec = &settled.spec;
        let known = Facts {
            cluster: Fact::Known(steps::cluster_state(&settled.found.cluster)),
            client_secret: Fact::from(settled.held_secret()?),
            recorded_secret: Fact::from(settled.recorded_secret()?),
            ..Facts::default()
        };
        let steps = steps::steps_for(spec);
        let choice = settled.answers.given().prometheus;
        let remote_write = connection::remote_write(spec, &Facts::default());
        let (facts, release, resource, controller, unfit) = tokio::join!(
            steps::observe(&steps, &session.azure, spec, known),
            RunningRelease::look(&settled.found, choice.as_ref(), spec.target),
            settled.resource(),
            live_resource::controller_of_release(&settled.found, spec.target),
            definitions::check(
                &settled.found,
                &settled.installation,
                &remote_write,
                settled.force
            )
        );
        let facts = facts?;
        own_endpoint(session, &facts)?;
        let mut plan = steps::plan(&steps, spec, &facts);
        plan.warnings.clone_from(&settled.found.warnings);
        plan.warnings.extend(match (unfit, &resource) {
            // That the resource itself cannot be read says more.
            (Err(_), ResourceState::Unknown(unknown)) => return Err(unknown.refusal()),
            (unfit, _) => unfit?,
        });
        let owned = resource.live().and_then(LiveResource::warning);
        plan.warnings.extend(owned);
        plan.warnings.extend(controller.clone());
        plan.warnings.extend(steps::others_warning(&facts));
        let shared = shared_account::warning(&settled.found, spec, &facts);
        plan.warnings.extend(shared.await);
        Ok(Self {
            settled,
            steps,
            facts,
            plan,
            release,
            resource,
            controller,
        })
    }

    /// Finds out, before the first write, whether every planned step can succeed.
    pub(crate) async fn preflight(&mut self, session: &Session) -> Result<(), Failure> {
        let findings = preflight::check(
            &self.steps,
            &self.plan,
            &session.azure,
            &self.settled.spec,
            &self.facts,
        )
        .await?;
        self.plan.warnings.extend(findings.warnings.iter().cloned());
        findings.into_failure().map_or(Ok(()), Err)
    }

    /// The file that is read, and the one that is written.
    pub(crate) fn target_file(&self, wish: &Wish, write: bool) -> Result<TargetFile, Failure> {
        let answers = self.settled.answers.given();
        let file = TargetFile::new(&answers, write, wish.template_dir.as_deref())?;
        let file = file.of(&self.release, self.unread());
        Ok(file.for_resource(&self.resource, self.local_context()))
    }

    /// The same file after another look at the resource or release, which others may have changed meanwhile.
    pub(crate) async fn after_another_look(&self, file: TargetFile) -> TargetFile {
        let settled = &self.settled;
        let choice = settled.answers.given().prometheus;
        let (resource, release) = tokio::join!(
            settled.resource(),
            RunningRelease::look(&settled.found, choice.as_ref(), settled.spec.target)
        );
        let file = file.of(&release, self.unread());
        file.for_resource(&resource, self.local_context())
    }

    /// What kubectl needs to reach the cluster that was looked at.
    pub(crate) fn local_context(&self) -> Option<&str> {
        let kubernetes = self.settled.found.kubernetes.as_ref().ok();
        kubernetes.and_then(Kubernetes::local_context)
    }

    /// What of the cluster decides the file's text and could not be read. What may not be read is told as a warning where
    /// no answer can take its place.
    fn unread(&self) -> Option<Unread> {
        let found = &self.settled.found;
        if let (Err(NoServer::Unreadable { problem, .. }), None) =
            (&found.prometheus, &self.settled.spec.prometheus_version)
        {
            return Some(Unread {
                what: "the version of Prometheus, which decides what is written",
                problem: problem
                    .clone()
                    .next("or give the version: --prometheus-version VERSION"),
            });
        }
        let operator = found.operator_version.as_ref().err();
        let operator = operator.filter(|error| !error.is_denied())?;
        // Nothing of a cluster out of reach is known, and no answer can take the place of this.
        let is_out_of_reach = matches!(
            found.prometheus,
            Err(NoServer::Unreadable {
                reason: UnreadableReason::OutOfReach,
                ..
            })
        );
        let decides = self.settled.installation.target.is_operated() && !is_out_of_reach;
        decides.then(|| Unread {
            what: "the version of the Prometheus Operator, which decides what is written",
            problem: operator.into(),
        })
    }

    pub(crate) fn remote_write(&self) -> RemoteWrite {
        connection::remote_write(&self.settled.spec, &self.facts)
    }

    /// What Prometheus needs beside the file.
    pub(crate) fn companions(&self) -> Result<Vec<Companion>, Unwritable> {
        render::companions(
            &self.settled.installation,
            &self.remote_write(),
            &self.surroundings(),
        )
    }

    /// Where Prometheus runs, as far as it was seen.
    pub(crate) fn surroundings(&self) -> Surroundings {
        let account = self.settled.found.surroundings.service_account.as_ref();
        Surroundings::of(account.ok(), self.settled.spec.tenant.as_str())
    }

    /// Whether everything that the remote write names exists.
    pub(crate) fn is_complete(&self) -> bool {
        connection::is_complete(&self.settled.spec, &self.facts)
    }

    /// Leaves one step in the plan, for `--only`.
    pub(crate) fn keep_only(&mut self, id: &str) -> Result<(), Failure> {
        if !self.steps.iter().any(|step| step.id() == id) {
            let own: Vec<&str> = self.steps.iter().map(|step| step.id()).collect();
            return Err(Failure::usage(format!("do only step `{id}`"))
                .reason(format!(
                    "signing in by {} has no such step",
                    self.settled.spec.credential.kind()
                ))
                .next(format!("its steps are: {}", own.join(", "))));
        }
        self.steps.retain(|step| step.id() == id);
        self.plan.steps.retain(|step| step.id == id);
        Ok(())
    }
}

/// What was answered, and what was found with it.
struct Choice {
    answers: Answers,
    subscription: Option<String>,
    found: Discovered,
}

/// From answers to a complete spec. Somebody who can be asked is asked first; otherwise what can be found by looking is
/// taken, and only when that leaves a choice is everything that is open listed.
async fn choose(
    context: &Context,
    session: &Session,
    answers: Answers,
    doing: &str,
) -> Result<Choice, Failure> {
    let (answers, subscription) = match context.asking() {
        Asking::Everything => wizard_choices::interview(context, session, answers, doing).await?,
        Asking::OnlyNeeded | Asking::Nothing => (answers, session.subscription.clone()),
    };
    match discover(session, answers.clone(), subscription.clone()).await {
        Err(failure) if failure.exit_code() == ExitCode::Usage => {
            let (asked, chosen) =
                wizard_choices::interview(context, session, answers.clone(), doing).await?;
            if asked.given() == answers.given() && chosen == subscription {
                return Err(failure);
            }
            discover(session, asked, chosen).await
        }
        Ok(choice) => match &choice.found.prometheus {
            Err(NoServer::Several(why)) if context.asking() == Asking::Nothing => {
                let missing = [("--prometheus", format!("which one is meant: {why}"))];
                Err(Failure::missing(doing, &missing))
            }
            Err(NoServer::Several(_)) => {
                let (answers, subscription) =
                    wizard_choices::interview(context, session, choice.answers, doing).await?;
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
) -> Result<Choice, Failure> {
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
        // An id can be searched in while it is still being found out whether it may be used.
        Some((wanted, Ok(id))) => {
            let only = [id];
            let (usable, found) = tokio::join!(
                session.find_subscription(wanted),
                discover::discover(&session.azure, &session.api_servers, &given, Some(&only))
            );
            usable.and(found)?
        }
    };
    Ok(Choice {
        answers,
        subscription,
        found,
    })
}

fn secret_file(context: &Context, spec: &Spec) -> SecretFile {
    // This sandbox ends with the command, and so does the worth of its secrets.
    if context.globals.azure.sandbox {
        return SecretFile::in_memory();
    }
    let name = match spec.credential.application() {
        Some(application) => application.to_string(),
        None => spec.platform.name().to_owned(),
    };
    SecretFile::beside(&spec_file::folder(context), &name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;

    fn failed_read(reason: UnreadableReason) -> Result<PrometheusServer, NoServer> {
        Err(NoServer::Unreadable {
            problem: Problem::new(
                "https://api.example.com cannot be reached to list Prometheus: no answer within 10 s",
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
            let failure = incomplete_by(&failed_read(reason), DOING, missing(READ_FROM_CLUSTER));

            assert_eq!(failure.exit_code(), exit, "{reason:?}");
            let text = crate::ui::failure::text(&failure, crate::ui::palette::Palette::plain());
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
        let absent = Err(NoServer::Absent("no Prometheus is seen".to_owned()));

        let failure = incomplete_by(&absent, DOING, missing(READ_FROM_CLUSTER));

        assert_eq!(failure.exit_code(), ExitCode::Usage);
    }
}
