//! A connection that was observed in Azure and in the cluster, with the plan that creates it.

use crate::cluster::Kubernetes;
use crate::cluster::server::WorkloadKind;
use crate::discover::prometheus::{DiscoveryError, UnreadableReason};
use crate::error::Failure;
use crate::facts::{Fact, Facts};
use crate::files;
use crate::next_step::NextStep;
use crate::plan::change::Plan;
use crate::preflight::{self, Blocker};
use crate::problem::Problem;
use crate::remote_write::{self, CompleteRemoteWrite, RemoteWrite};
use crate::render::{self, Companion, PodEnvironment, PodWorkload};
use crate::spec::command_line::{KubeContext, own};
use crate::steps::{self, Step};
use crate::workflow::adoption;
use crate::workflow::definitions;
use crate::workflow::existing_proxy;
use crate::workflow::live_resource::{self, ResourceState};
use crate::workflow::own_file;
use crate::workflow::present_sign_in;
use crate::workflow::resolve::{ConnectionRequest, ResolvedConnection};
use crate::workflow::running_release::RunningRelease;
use crate::workflow::server_choice;
use crate::workflow::session::Session;
use crate::workflow::shared_account::{self, SharedAccount};
use crate::workflow::target_file::TargetFile;
use crate::workflow::target_fit;
use crate::workflow::unread_cluster_state::UnreadClusterState;
use crate::workflow::wizard_choices::Dialog;
use std::path::Path;
use url::Url;

/// A connection that was observed and planned.
pub(crate) struct PlannedConnection {
    pub(crate) resolved: ResolvedConnection,
    pub(crate) steps: Vec<&'static dyn Step>,
    pub(crate) facts: Facts,
    pub(crate) plan: Plan,
    /// Why steps of the plan cannot succeed, as found by `preflight`.
    pub(crate) blockers: Vec<Blocker>,
    /// The Helm release whose values are written.
    pub(crate) release: RunningRelease,
    /// The resource that is written for, as the cluster has it.
    pub(crate) resource: ResourceState,
    /// What upgrades the Helm release by itself, and what to do with values instead of giving them to Helm.
    pub(crate) controller: Option<String>,
    /// What the live service account shows of another identity.
    account: SharedAccount,
    /// What reverts a manual change of the pod template.
    pod_owner: Option<String>,
    /// Why it is not known which Prometheus to connect.
    unknown_server: Option<Problem>,
    /// The steps that the only one of this run needs, and that have not run.
    pub(super) left_out: Vec<&'static str>,
}

/// Refuses a workspace whose endpoint is none of this cloud: a foreign host would get the metrics, and a token.
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

/// What is known before Azure is asked.
fn known_facts(resolved: &ResolvedConnection) -> Result<Facts, Failure> {
    Ok(Facts {
        client_secret: Fact::from(resolved.held_secret()?),
        recorded_secret: Fact::from(resolved.recorded_secret()?),
        ..resolved.found.platform.facts.clone()
    })
}

/// What was found out about the definitions in the cluster. That the resource itself cannot be read is more useful.
fn of_definitions(
    unfit: Result<Vec<String>, Failure>,
    resource: &ResourceState,
) -> Result<Vec<String>, Failure> {
    match (unfit, resource) {
        (Err(_), ResourceState::Unknown(unknown)) => Err(unknown.refusal()),
        (unfit, _) => unfit,
    }
}

impl PlannedConnection {
    /// Resolves the request, observes, and plans.
    pub(crate) async fn open(
        dialog: &impl Dialog,
        session: &Session,
        request: ConnectionRequest,
        doing: &str,
    ) -> Result<Self, Failure> {
        let resolved = ResolvedConnection::open(dialog, session, request, doing).await?;
        let planned = Self::plan(session, resolved).await?;
        planned.check_sign_in()?;
        Ok(planned)
    }

    /// Refuses to change how a connection signs in unless an answer asks for it.
    fn check_sign_in(&self) -> Result<(), Failure> {
        let given = self.resolved.answers.given();
        if given.auth.is_some() {
            return Ok(());
        }
        let input = given.input.as_deref().map(own_file::read).transpose()?;
        let out = given.out.as_deref().filter(|out| !files::is_stream(out));
        // What cannot be read is refused where it would be replaced.
        let out = out.and_then(|out| files::read(out).ok());
        let unchosen = present_sign_in::UndecidedSignIn {
            target: self.resolved.spec.target,
            remote_write: &self.remote_write(),
            has_input: input.is_some(),
            files: input.into_iter().chain(out).collect(),
        };
        unchosen.check(&self.release, &self.resource)
    }

    pub(crate) async fn plan(
        session: &Session,
        resolved: ResolvedConnection,
    ) -> Result<Self, Failure> {
        resolved.check_account()?;
        let of_version = resolved.check_version()?;
        let spec = &resolved.spec;
        let known = known_facts(&resolved)?;
        let steps = steps::steps_for(spec.method_on_platform());
        let choice = resolved.answers.given().prometheus;
        let remote_write = remote_write::planned(spec, &Facts::default());
        let (facts, release, resource, controller, pod_owner, unfit, account) = tokio::join!(
            steps::observe(&steps, &session.azure, spec, known),
            RunningRelease::look(&resolved.found, choice.as_ref(), spec.target),
            resolved.resource(),
            live_resource::controller_of_release(&resolved.found, spec.target),
            live_resource::owner_of_pod(&resolved.found, spec.target),
            definitions::check(
                &resolved.found,
                &resolved.installation,
                &remote_write,
                resolved.force
            ),
            shared_account::look(&resolved.found, spec)
        );
        target_fit::check_chart(spec.target, &release)?;
        let facts = facts.and_then(|facts| own_endpoint(session, &facts).map(|()| facts))?;
        let mut plan = steps::plan(&steps, spec, &facts);
        let unknown_server = server_choice::unknown(&resolved);
        let of_server = unknown_server.as_ref().map(server_choice::warning);
        let of_cluster = resolved.found.warnings.iter().cloned();
        plan.warnings = of_cluster.chain(of_server).chain(of_version).collect();
        plan.warnings.extend(of_definitions(unfit, &resource)?);
        let has_file = resolved.answers.given().input.is_some();
        let pod_owner =
            pod_owner.filter(|_| render::changes_pod(&resolved.installation, &remote_write));
        plan.warnings.extend(resource.warnings(has_file));
        let of_proxy = existing_proxy::look(&resolved, &facts, &release, &resource).await?;
        let of_file = target_fit::warnings(&resolved, &remote_write);
        let owners = controller.iter().chain(&pod_owner).cloned().collect();
        plan.warnings.extend([of_proxy, of_file, owners].concat());
        plan.warnings.extend(steps::others_warning(&facts));
        adoption::note(&session.azure, &mut plan, &resolved, &facts).await;
        let account = SharedAccount::of(account, &facts);
        plan.warnings.extend(account.warnings());
        Ok(Self {
            resolved,
            steps,
            facts,
            plan,
            release,
            resource,
            controller,
            account,
            blockers: Vec::new(),
            pod_owner,
            unknown_server,
            left_out: Vec::new(),
        })
    }

    /// Refuses to change anything as long as it is not known which Prometheus to connect.
    pub(crate) fn check_server(&self, doing: &str) -> Result<(), Failure> {
        let unknown = self.unknown_server.clone();
        unknown.map_or(Ok(()), |problem| Err(Failure::new(doing).problem(problem)))
    }

    /// Finds out, before the first write, whether every planned step can succeed.
    pub(crate) async fn preflight(&mut self, session: &Session) -> Result<(), Failure> {
        let findings = preflight::check(
            &self.steps,
            &self.plan,
            &session.azure,
            &self.resolved.spec,
            &self.facts,
        )
        .await?;
        self.plan.warnings.extend(findings.warnings.iter().cloned());
        self.blockers.clone_from(&findings.blockers);
        findings.into_failure().map_or(Ok(()), Err)
    }

    /// The file that is read, and the one that is written.
    pub(crate) fn target_file(
        &self,
        template_dir: Option<&Path>,
        write: bool,
    ) -> Result<TargetFile, Failure> {
        let answers = self.resolved.answers.given();
        let file = TargetFile::new(&answers, write, template_dir)?;
        let file = file.in_sandbox(self.resolved.folder.in_sandbox);
        let file = file.guessed(!self.resolved.answers.is_from_user("target"));
        let file = file.forced(self.resolved.force);
        let file = file.of(&self.release, self.unread());
        Ok(file.for_resource(&self.resource, self.kube_context()))
    }

    /// The same file after another look at the resource or release, which others may have changed meanwhile.
    pub(crate) async fn after_another_look(&self, file: TargetFile) -> TargetFile {
        let resolved = &self.resolved;
        let choice = resolved.answers.given().prometheus;
        let (resource, release) = tokio::join!(
            resolved.resource(),
            RunningRelease::look(&resolved.found, choice.as_ref(), resolved.spec.target)
        );
        let file = file.of(&release, self.unread());
        file.for_resource(&resource, self.kube_context())
    }

    /// How kubectl reaches the cluster that was looked at.
    pub(crate) fn kube_context(&self) -> Option<&KubeContext> {
        let kubernetes = self.resolved.found.kubernetes.as_ref().ok();
        kubernetes.and_then(Kubernetes::kube_context)
    }

    /// What of the cluster decides the file's text and could not be read. What may not be read is a warning where
    /// no answer can take its place.
    fn unread(&self) -> Option<UnreadClusterState> {
        let found = &self.resolved.found;
        if let (Err(DiscoveryError::Unreadable { problem, .. }), None) =
            (&found.prometheus, &self.resolved.spec.prometheus_version)
        {
            return Some(UnreadClusterState {
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
            Err(DiscoveryError::Unreadable {
                reason: UnreadableReason::OutOfReach,
                ..
            })
        );
        let decides = self.resolved.installation.target.is_operated() && !is_out_of_reach;
        decides.then(|| UnreadClusterState {
            what: "the version of the Prometheus Operator, which decides what is written",
            problem: operator.into(),
        })
    }

    pub(crate) fn remote_write(&self) -> RemoteWrite {
        remote_write::planned(&self.resolved.spec, &self.facts)
    }

    /// What Prometheus needs in addition to the file.
    pub(crate) fn companions(&self) -> Result<Vec<Companion>, Problem> {
        render::companions(
            &self.resolved.installation,
            &self.remote_write(),
            &self.pod_environment(),
        )
    }

    /// The step that brings the file to the cluster; it can take the service account from another identity.
    pub(crate) fn guarded_by_account(&self, step: NextStep) -> NextStep {
        let resolved = &self.resolved;
        let pod = resolved.spec.target.pod();
        let annotates =
            !resolved.has_own_account && pod.is_some_and(|pod| pod.account_annotations.is_some());
        match self.account.doubt.as_ref().filter(|_| annotates) {
            Some(doubt) => step.only_if(doubt),
            None => step,
        }
    }

    /// Where Prometheus runs, as far as it was seen.
    pub(crate) fn pod_environment(&self) -> PodEnvironment {
        PodEnvironment {
            context: self.kube_context().cloned(),
            workload: self.pod_workload(),
            other_client: self.account.other_client.clone(),
            account_doubt: self.account.doubt.clone(),
            account_owner: self.account.owner.clone(),
            is_account_annotated: self.account.is_annotated,
            has_own_account: self.resolved.has_own_account,
            ..PodEnvironment::of(self.resolved.found.inputs.service_account.as_ref().ok())
        }
    }

    /// The workload that runs Prometheus, with who keeps its pod template.
    fn pod_workload(&self) -> Option<PodWorkload> {
        let server = self.resolved.found.prometheus.as_ref().ok()?;
        let kind = match server.kind {
            WorkloadKind::Deployment => "deployment",
            WorkloadKind::StatefulSet => "statefulset",
            WorkloadKind::CustomResource(_) => return None,
        };
        Some(PodWorkload {
            kind,
            name: server.name.clone(),
            container: server.container.clone(),
            owner: self.pod_owner.clone(),
        })
    }

    /// The remote write, if everything that it names exists, and the secret that a Kubernetes Secret will hold.
    fn existing(&self) -> Option<CompleteRemoteWrite> {
        let needs_secret = self.resolved.spec.credential.application().is_some();
        let has_secret = self.facts.client_secret.known().is_some();
        let complete = self.remote_write().complete();
        complete.filter(|_| has_secret || !needs_secret)
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.existing().is_some()
    }

    /// The remote write that is written to a file. `doing` completes "cannot …".
    pub(crate) fn complete(&self, doing: &str) -> Result<CompleteRemoteWrite, Failure> {
        self.existing().ok_or_else(|| {
            let missing = self
                .plan
                .steps
                .iter()
                .filter(|step| step.change.is_needed());
            let missing: Vec<&str> = missing.map(|step| step.id).collect();
            // A sandbox ends with its command, so nothing that `apply` makes in it is there afterwards.
            let next = match self.resolved.folder.in_sandbox {
                true => own::init_at_once(self.resolved.spec.credential.sign_in.is_of_machine()),
                false => own::apply_all(self.plan.has_permanent_change()),
            };
            Failure::new(doing)
                .reason(format!(
                    "not everything it names exists yet: {}",
                    missing.join(", ")
                ))
                .next(next)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::Installation;
    use crate::discover::Discovered;
    use crate::platform::FoundPlatform;
    use crate::secret_file::SecretFile;
    use crate::spec::answers::Answers;
    use crate::spec::{DiscoveredInputs, Spec};
    use crate::steps::examples;
    use crate::workflow::azure_settings::AzureSettings;
    use crate::workflow::connection_folder::ConnectionFolder;
    use crate::workflow::repeat;
    use std::time::Duration;

    fn found(spec: &Spec, prometheus: DiscoveryError) -> Discovered {
        Discovered {
            inputs: DiscoveredInputs {
                subscription: None,
                tenant: spec.tenant.clone(),
                cloud: spec.cloud,
                platform: spec.platform.clone(),
                service_account: Err("not read".to_owned()),
                prometheus_version: None,
                target: None,
            },
            platform: FoundPlatform {
                platform: spec.platform.clone(),
                api_server: None,
                facts: Facts::default(),
                warnings: Vec::new(),
            },
            kubernetes: Err(Problem::new("out of reach")),
            prometheus: Err(prometheus),
            operator_version: Ok(None),
            inaction: None,
            took: Duration::ZERO,
            warnings: Vec::new(),
        }
    }

    fn planned(facts: Facts, prometheus: DiscoveryError) -> PlannedConnection {
        let spec = Spec {
            prometheus_version: None,
            ..examples::spec()
        };
        let steps = steps::steps_for(spec.method_on_platform());
        let plan = steps::plan(&steps, &spec, &facts);
        PlannedConnection {
            resolved: ResolvedConnection {
                answers: Answers::default(),
                subscription: None,
                found: found(&spec, prometheus),
                installation: Installation {
                    target: spec.target,
                    prometheus: None,
                    operator: None,
                },
                spec,
                has_own_account: false,
                secret_file: SecretFile::in_memory(),
                folder: ConnectionFolder {
                    path: ".".into(),
                    in_sandbox: false,
                    is_named: false,
                },
                force: false,
            },
            steps,
            facts,
            plan,
            blockers: Vec::new(),
            release: RunningRelease::NotConcerned,
            resource: ResourceState::NotConcerned,
            controller: None,
            account: SharedAccount::default(),
            pod_owner: None,
            unknown_server: None,
            left_out: Vec::new(),
        }
    }

    fn absent() -> DiscoveryError {
        DiscoveryError::Absent("no Prometheus".to_owned())
    }

    #[test]
    fn a_remote_write_is_complete_when_everything_that_it_names_exists() {
        let mut nothing = planned(Facts::default(), absent());
        let refusal = |planned: &PlannedConnection| planned.complete("write it").err().unwrap();

        let failure = refusal(&nothing);
        assert!(!nothing.is_complete());
        assert!(failure.to_string().contains("workspace"), "{failure}");
        assert_eq!(failure.next_steps(), ["amw-rw apply --enable-oidc-issuer"]);

        nothing.resolved.folder.in_sandbox = true;
        assert_eq!(refusal(&nothing).next_steps(), ["amw-rw init --yes"]);
        assert!(planned(examples::everything_in_place(), absent()).is_complete());
    }

    #[test]
    fn only_a_whole_run_that_leaves_nothing_out_leads_to_the_next_commands() {
        let after = |facts, only: Option<&str>| {
            let planned = planned(facts, absent());
            repeat::after_apply(&planned, only, &AzureSettings::default()).len()
        };

        assert_eq!(after(examples::everything_in_place(), None), 2);
        assert_eq!(after(examples::everything_in_place(), Some("workspace")), 0);
        assert_eq!(after(Facts::default(), None), 0);
    }

    #[test]
    fn only_a_step_of_the_plan_can_be_applied_alone() {
        let mut planned = planned(Facts::default(), absent());

        let failure = planned.keep_only("client-secret").unwrap_err();
        assert!(failure.to_string().contains("no such step"), "{failure}");
        assert!(planned.steps.len() > 1);

        planned.keep_only("workspace").unwrap();
        assert_eq!(planned.left_out, ["resource-group"]);
        assert_eq!((planned.steps.len(), planned.plan.steps.len()), (1, 1));
        assert_eq!(planned.plan.steps[0].id, "workspace");
    }

    #[test]
    fn an_unread_version_of_prometheus_prevents_the_file_unless_it_is_given() {
        let unreadable = DiscoveryError::Unreadable {
            problem: Problem::new("forbidden"),
            reason: UnreadableReason::Denied,
        };
        let mut planned = planned(examples::everything_in_place(), unreadable);
        let is_prevented = |planned: &PlannedConnection| {
            let file = planned.target_file(None, false).ok();
            file.is_none_or(|file| file.blocker().is_some())
        };

        assert!(is_prevented(&planned));
        planned.resolved.spec.prometheus_version = Some("3.14.0".to_owned());
        assert!(!is_prevented(&planned));
    }

    #[test]
    fn an_unknown_server_prevents_every_change() {
        let mut planned = planned(Facts::default(), absent());
        assert!(planned.check_server("apply").is_ok());

        planned.unknown_server = Some(Problem::new("several"));

        assert!(planned.check_server("apply").is_err());
    }
}
