//! Where does the evidence come from? Azure, the cluster and one sample, looked at side by side, each thing once.

use std::path::Path;
use std::time::Duration;

use futures_util::join;
use tokio::time::Instant;

use super::evidence::{ConfiguredEntry, Evidence, SecretState, Seen, SignedIn};
use super::{look, needs_proof};
use crate::azure::Reader;
use crate::clock;
use crate::cluster::Kubernetes;
use crate::discover::Discovered;
use crate::facts::{Grant, HeldSecret, Ingestion, RecordedSecret, Workspace};
use crate::network::retry_policy::RetryPolicy;
use crate::probe::ProbeRoute;
use crate::probe::identity::ProbeIdentity;
use crate::probe::run::send;
use crate::probe::stage::ProbeReport;
use crate::problem::Problem;
use crate::progress::Progress;
use crate::spec::Spec;

/// What the checks are about, and what is known about it already.
pub(crate) struct Question<'a> {
    pub(crate) azure: &'a Reader,
    pub(crate) spec: &'a Spec,
    pub(crate) discovered: &'a Discovered,
    pub(crate) held_secret: Option<&'a HeldSecret>,
    pub(crate) recorded_secret: Option<&'a RecordedSecret>,
    /// Where the client secret is kept; `None` for memory.
    pub(crate) secret_file: Option<&'a Path>,
    /// Our entry in the user's file, `None` when the file has none, or why there is no file to look into.
    pub(crate) configured: Result<Option<ConfiguredEntry>, String>,
    /// The checks that were asked for; none means all.
    pub(crate) only: &'a [String],
    /// How long to look for the sample.
    pub(crate) sample: RetryPolicy,
}

/// Looks at everything. What cannot be looked at says so in its place; nothing here fails as a whole, and nothing is
/// written but the sample.
pub(crate) async fn gather(question: &Question<'_>, progress: &dyn Progress) -> Evidence {
    let Question {
        azure,
        spec,
        discovered,
        ..
    } = *question;
    let (path, cluster, clock_ahead, service_account, announced_issuer, federation, scale_sets) = join!(
        path(question, progress),
        timed(look::cluster(azure, spec)),
        timed(look::clock_ahead(azure, spec)),
        timed(look::service_account(spec, discovered)),
        timed(look::announced_issuer(spec, discovered)),
        timed(look::federated_credentials(azure, spec)),
        timed(look::scale_sets(azure, spec, discovered)),
    );
    Evidence {
        spec: spec.clone(),
        now: clock::now(),
        caller: caller(azure),
        clock_ahead,
        cluster,
        prometheus: discovered.prometheus.clone(),
        kube_context: discovered
            .kubernetes
            .as_ref()
            .ok()
            .and_then(Kubernetes::local_context)
            .map(str::to_owned),
        cluster_took: discovered.took,
        service_account,
        announced_issuer,
        workspace: path.workspace,
        ingestion: path.ingestion,
        principal: path.whom.map(|whom| whom.principal),
        grants: path.grants,
        federated_credentials: federation,
        scale_sets,
        client_secrets: path.client_secrets,
        secret_held: question.held_secret.is_some(),
        secret_file: question.secret_file.map(|path| path.display().to_string()),
        configured: Seen {
            result: question.configured.clone().map_err(Problem::new),
            took: Duration::ZERO,
        },
        proof: path.proof,
    }
}

fn caller(azure: &Reader) -> SignedIn {
    SignedIn {
        name: azure.caller().to_string(),
        method: azure.signed_in_with(),
        tenant: azure.caller().tenant.clone(),
    }
}

/// What a sample passes on its way, seen from where one look needs what another has found.
struct DataPath {
    workspace: Seen<Option<Workspace>>,
    whom: Seen<look::Whom>,
    ingestion: Seen<Ingestion>,
    grants: Seen<Vec<Grant>>,
    client_secrets: Seen<Vec<SecretState>>,
    proof: Seen<ProbeReport>,
}

async fn path(question: &Question<'_>, progress: &dyn Progress) -> DataPath {
    let azure = question.azure;
    let (workspace, whom) = join!(
        timed(look::workspace(azure, question.spec)),
        timed(look::whom(azure, question.spec)),
    );
    let (ingestion, grants, client_secrets, proof) = join!(
        timed(look::ingestion(azure, &workspace)),
        timed(look::grants(azure, &workspace, &whom)),
        timed(look::client_secrets(
            azure,
            &whom,
            question.held_secret,
            question.recorded_secret
        )),
        timed(proof(question, &workspace, &whom, progress)),
    );
    DataPath {
        workspace,
        whom,
        ingestion,
        grants,
        client_secrets,
        proof,
    }
}

async fn timed<T>(look: impl Future<Output = Result<T, Problem>>) -> Seen<T> {
    let started = Instant::now();
    Seen {
        result: look.await,
        took: started.elapsed(),
    }
}

async fn proof(
    question: &Question<'_>,
    workspace: &Seen<Option<Workspace>>,
    whom: &Seen<look::Whom>,
    progress: &dyn Progress,
) -> Result<ProbeReport, Problem> {
    if !needs_proof(question.only) {
        return Err(Problem::new("not asked for"));
    }
    let workspace = workspace.existing("workspace yet")?;
    let client = &whom.get()?.existing_principal()?.client_id;
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
