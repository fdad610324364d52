//! Where does the evidence come from? Azure, the cluster and one sample, looked at side by side, each thing once.

use std::collections::BTreeSet;
use std::path::Path;

use futures_util::join;
use tokio::time::Instant;

use super::evidence::{
    ClientSecretState, ConfiguredFile, Evidence, Observed, RunningWriters, SignedInAccount,
};
use super::{look, needed};
use crate::azure::Reader;
use crate::clock;
use crate::compat::Installation;
use crate::discover::Discovered;
use crate::facts::{Grant, HeldSecret, Ingestion, Observation, RecordedSecret, Workspace};
use crate::network::retry_policy::RetryPolicy;
use crate::probe::ProbeRoute;
use crate::probe::identity::ProbeIdentity;
use crate::probe::run::send;
use crate::probe::stage::ProbeReport;
use crate::problem::Problem;
use crate::progress::Progress;
use crate::spec::Spec;
use crate::spec::command_line::KubeContext;
use crate::steps::application_choice::HeldCredentials;

/// What the checks are about, and what is known about it already.
pub(crate) struct EvidenceRequest<'a> {
    pub(crate) azure: &'a Reader,
    pub(crate) spec: &'a Spec,
    pub(crate) discovered: &'a Discovered,
    pub(crate) installation: &'a Installation,
    pub(crate) accepts_known_issues: bool,
    pub(crate) held_secret: Option<&'a HeldSecret>,
    pub(crate) recorded_secret: Option<&'a RecordedSecret>,
    /// Where the client secret is kept; `None` for memory.
    pub(crate) secret_file: Option<&'a Path>,
    /// Our entry in the user's file, `None` when the file has none, or why there is no file to look into.
    pub(crate) configured: Result<ConfiguredFile, String>,
    /// What runs in the cluster, or why it is not known.
    pub(crate) running: Result<RunningWriters, Problem>,
    /// Whether the user named the Prometheus.
    pub(crate) prometheus_is_named: bool,
    /// The checks that were asked for; none means all.
    pub(crate) only: &'a [String],
    /// How long to look for the sample.
    pub(crate) sample: RetryPolicy,
}

/// Looks at everything. What cannot be looked at is reported in its place; nothing here fails as a whole, and nothing is
/// written but the sample.
pub(crate) async fn gather(question: &EvidenceRequest<'_>, progress: &dyn Progress) -> Evidence {
    let (azure, spec, discovered) = (question.azure, question.spec, question.discovered);
    let needed = needed(question.only);
    let wants = |observation| needed.contains(&observation);
    let (path, cluster, clock_ahead, service_account, announced_issuer, federation, scale_sets) = join!(
        path(question, &needed, progress),
        timed(wants(Observation::Cluster), look::cluster(azure, spec)),
        timed(wants(Observation::Clock), look::clock_ahead(azure, spec)),
        timed(
            wants(Observation::ServiceAccount),
            look::service_account(spec, discovered)
        ),
        timed(
            wants(Observation::AnnouncedIssuer),
            look::announced_issuer(spec, discovered)
        ),
        timed(
            wants(Observation::FederatedCredentials),
            look::federated_credentials(azure, spec)
        ),
        timed(
            wants(Observation::ScaleSets),
            look::scale_sets(azure, spec, discovered)
        ),
    );
    let signing = path.identity.result.as_ref().ok();
    Evidence {
        spec: spec.clone(),
        installation: question.installation.clone(),
        accepts_known_issues: question.accepts_known_issues,
        now: clock::now(),
        caller: caller(azure),
        clock_ahead,
        cluster,
        prometheus: discovered.prometheus.clone(),
        inaction: discovered.inaction.clone(),
        prometheus_is_named: question.prometheus_is_named,
        kube_context: kube_context(discovered),
        cluster_took: discovered.took,
        service_account,
        announced_issuer,
        workspace: path.workspace,
        ingestion: path.ingestion,
        application_doubts: signing.map_or_else(Vec::new, |it| it.application_doubts.clone()),
        foreign_applications: signing.and_then(|it| it.refusal.clone()),
        principal: path.identity.map(|identity| identity.principal),
        grants: path.grants,
        federated_credentials: federation,
        scale_sets,
        client_secrets: path.client_secrets,
        secret_held: question.held_secret.is_some(),
        secret_file: question.secret_file.map(|path| path.display().to_string()),
        configured: Observed::at_once(question.configured.clone().map_err(Problem::new)),
        running: Observed::at_once(question.running.clone()),
        probe: path.probe,
    }
}

fn kube_context(discovered: &Discovered) -> Option<KubeContext> {
    let kubernetes = discovered.kubernetes.as_ref().ok()?;
    kubernetes.kube_context().cloned()
}

fn caller(azure: &Reader) -> SignedInAccount {
    SignedInAccount {
        name: azure.caller().to_string(),
        method: azure.signed_in_with(),
        tenant: azure.caller().tenant.clone(),
    }
}

/// What a sample passes on its way, seen from where one look needs what another has found.
struct DataPathEvidence {
    workspace: Observed<Option<Workspace>>,
    identity: Observed<look::SigningIdentity>,
    ingestion: Observed<Ingestion>,
    grants: Observed<Vec<Grant>>,
    client_secrets: Observed<Vec<ClientSecretState>>,
    probe: Observed<ProbeReport>,
}

async fn path(
    question: &EvidenceRequest<'_>,
    needed: &BTreeSet<Observation>,
    progress: &dyn Progress,
) -> DataPathEvidence {
    let azure = question.azure;
    let held = HeldCredentials {
        secret: question.held_secret,
        recorded: question.recorded_secret,
    };
    let (workspace, identity) = join!(
        timed(
            needed.contains(&Observation::Workspace),
            look::workspace(azure, question.spec)
        ),
        timed(
            needed.contains(&Observation::Principal),
            look::identity(azure, question.spec, &held)
        ),
    );
    // These need the ids of the workspace and the identity, so they start when both are known.
    let (ingestion, grants, client_secrets, probe) = join!(
        timed(
            needed.contains(&Observation::Ingestion),
            look::ingestion(azure, &workspace)
        ),
        timed(
            needed.contains(&Observation::Roles),
            look::grants(azure, &workspace, &identity)
        ),
        timed(
            needed.contains(&Observation::ClientSecrets),
            look::client_secrets(
                azure,
                &identity,
                question.held_secret,
                question.recorded_secret
            )
        ),
        timed(
            needed.contains(&Observation::Sample),
            probe(question, &workspace, &identity, progress)
        ),
    );
    DataPathEvidence {
        workspace,
        identity,
        ingestion,
        grants,
        client_secrets,
        probe,
    }
}

/// What no check needs is not looked at.
async fn timed<T>(is_needed: bool, look: impl Future<Output = Result<T, Problem>>) -> Observed<T> {
    let started = Instant::now();
    let result = if is_needed {
        look.await
    } else {
        Err(Problem::new("not asked for"))
    };
    Observed {
        result,
        took: started.elapsed(),
    }
}

async fn probe(
    question: &EvidenceRequest<'_>,
    workspace: &Observed<Option<Workspace>>,
    identity: &Observed<look::SigningIdentity>,
    progress: &dyn Progress,
) -> Result<ProbeReport, Problem> {
    let workspace = workspace.existing("workspace yet")?;
    let client = &identity.get()?.existing_principal()?.client_id;
    // The token of a pod comes from the API server (TokenRequest), as the kubelet gets it.
    let kubernetes = question.discovered.kubernetes.as_ref();
    let route = ProbeRoute {
        azure: question.azure,
        tenant: &question.spec.tenant,
        workspace,
        cluster_label: &question.spec.cluster_label,
        identity: ProbeIdentity::choose(
            question.spec,
            client,
            question.held_secret,
            kubernetes.map_err(Clone::clone),
        ),
    };
    Ok(send(&route, question.sample, progress).await)
}
