//! How is each thing looked at? One question to Azure or the cluster each, and a reason where there is no answer.

use jiff::SignedDuration;

use super::evidence::{ClientSecretState, Observed};
use crate::azure::{Reader, clock_skew};
use crate::clock;
use crate::cluster::Kubernetes;
use crate::cluster::service_account::LiveServiceAccount;
use crate::discover::Discovered;
use crate::error::Failure;
use crate::facts::{
    Application, FederatedCredential, Grant, HeldSecret, Ingestion, ListedSecret, ManagedCluster,
    Principal, RecordedSecret, ScaleSet, Workspace,
};
use crate::observe;
use crate::problem::Problem;
use crate::spec::Spec;
use crate::steps;
use crate::steps::application_choice::{self, HeldCredentials, Selection};

/// The identity that Prometheus signs in as, with its application where there is one.
pub(super) struct SigningIdentity {
    pub(super) principal: Option<Principal>,
    application: Option<Application>,
    /// Who else controls an application that was named by its client id, in parts of a sentence.
    pub(super) application_doubts: Vec<String>,
    /// Why none of several applications of the name is used.
    pub(super) refusal: Option<Problem>,
}

impl SigningIdentity {
    pub(super) fn existing_principal(&self) -> Result<&Principal, Problem> {
        let principal = self.principal.as_ref();
        principal.ok_or_else(no_identity)
    }
}

pub(super) async fn clock_ahead(azure: &Reader, spec: &Spec) -> Result<SignedDuration, Problem> {
    let of_platform = spec.platform.subscription();
    // Every answer of Resource Manager has a `Date` header; whatever the caller may read will do.
    let subscription = of_platform.unwrap_or_else(|| spec.workspace.subscription());
    let ahead = clock_skew::clock_ahead(azure, &subscription)
        .await
        .map_err(Problem::from)?;
    ahead.ok_or_else(|| Problem::new("Azure's response has no Date header"))
}

/// Read again: a step may have changed it since it was discovered.
pub(super) async fn cluster(
    azure: &Reader,
    spec: &Spec,
) -> Result<Option<ManagedCluster>, Problem> {
    let Some(cluster) = spec.platform.managed_cluster() else {
        return Err(not_managed(spec));
    };
    Ok(observe::managed_cluster(azure, cluster).await?)
}

pub(super) async fn workspace(azure: &Reader, spec: &Spec) -> Result<Option<Workspace>, Problem> {
    let Some(found) = observe::workspace(azure, &spec.workspace).await? else {
        return Ok(None);
    };
    // A workspace that is being made can lack the ids of its rule and endpoint.
    let finished = found.finished.map(Some);
    finished.ok_or_else(|| Problem::new("Azure is still making the workspace"))
}

pub(super) async fn ingestion(
    azure: &Reader,
    workspace: &Observed<Option<Workspace>>,
) -> Result<Ingestion, Problem> {
    let rule = &workspace.existing("workspace yet")?.rule.id;
    Ok(observe::ingestion(azure, rule).await?)
}

pub(super) async fn identity(
    azure: &Reader,
    spec: &Spec,
    held: &HeldCredentials<'_>,
) -> Result<SigningIdentity, Problem> {
    if let Some(identity) = spec.credential.identity() {
        return Ok(SigningIdentity {
            principal: observe::identity(azure, identity).await?,
            application: None,
            application_doubts: Vec::new(),
            refusal: None,
        });
    }
    let selection = match spec.credential.application() {
        Some(choice) => application_choice::find(azure, choice, held)
            .await
            .map_err(Failure::into_problem)?,
        None => Selection::default(),
    };
    let principal = match &selection.used {
        Some(used) => observe::service_principal(azure, &used.client_id, &used.name).await?,
        None => None,
    };
    Ok(SigningIdentity {
        principal,
        application: selection.used,
        application_doubts: selection.doubts,
        refusal: selection.refusal,
    })
}

/// All that count for the rule, and ours that count for the workspace, where the role is often put by mistake.
pub(super) async fn grants(
    azure: &Reader,
    workspace: &Observed<Option<Workspace>>,
    identity: &Observed<SigningIdentity>,
) -> Result<Vec<Grant>, Problem> {
    let workspace = workspace.existing("workspace yet")?;
    let principal = &identity.get()?.existing_principal()?.principal_id;
    // Two requests: a filter can have `atScope()` or `principalId eq`, not both.
    let (on_rule, on_workspace) = futures_util::try_join!(
        observe::roles_on_rule(azure, &workspace.rule.id),
        observe::roles_of(azure, &workspace.id, principal),
    )?;
    Ok(on_rule.into_iter().chain(on_workspace).collect())
}

pub(super) async fn client_secrets(
    azure: &Reader,
    identity: &Observed<SigningIdentity>,
    held: Option<&HeldSecret>,
    recorded: Option<&RecordedSecret>,
) -> Result<Vec<ClientSecretState>, Problem> {
    let application = identity.get()?.application.as_ref();
    let application = application.ok_or_else(|| Problem::new("there is no application"))?;
    let listed = observe::client_secrets(azure, application).await?;
    let is_held = |note: &ListedSecret| held.is_some_and(|held| steps::is_held(held, note));
    let recorded = recorded
        .map(|recorded| recorded.of(&application.object_id))
        .unwrap_or_default();
    let unheld = steps::unheld(&listed, &recorded, held, clock::now());
    let states = listed.into_iter().filter_map(|note| {
        let unheld = unheld.iter().find(|one| one.key_id == note.key_id);
        Some(ClientSecretState {
            held: is_held(&note),
            unheld: unheld.cloned(),
            ends: note.ends?,
        })
    });
    Ok(states.collect())
}

pub(super) async fn federated_credentials(
    azure: &Reader,
    spec: &Spec,
) -> Result<Vec<FederatedCredential>, Problem> {
    let Some((identity, _)) = spec.credential.federation() else {
        return Err(not_used(spec));
    };
    let found = observe::federated_credentials(azure, identity).await?;
    found.ok_or_else(no_identity)
}

pub(super) async fn scale_sets(
    azure: &Reader,
    spec: &Spec,
    discovered: &Discovered,
) -> Result<Vec<ScaleSet>, Problem> {
    if spec.credential.machine_identity().is_none() {
        return Err(not_used(spec));
    }
    let Some(cluster) = discovered.platform.facts.cluster.known() else {
        return Err(not_managed(spec));
    };
    let found = observe::scale_sets(azure, cluster).await?;
    found.ok_or_else(|| Problem::new("Azure names no resource group for the cluster's nodes"))
}

pub(super) async fn service_account(
    spec: &Spec,
    discovered: &Discovered,
) -> Result<Option<LiveServiceAccount>, Problem> {
    let Some((_, service_account)) = spec.credential.federation() else {
        return Err(not_used(spec));
    };
    let found = kubernetes(discovered)?
        .service_account(service_account)
        .await;
    found.map_err(|error| Problem::from(&error))
}

pub(super) async fn announced_issuer(
    spec: &Spec,
    discovered: &Discovered,
) -> Result<Option<String>, Problem> {
    if !spec.method_on_platform().sign_in.is_federated() {
        return Err(not_used(spec));
    }
    // The API server puts this issuer into its tokens, and Entra compares it to the letter with the federated
    // credential.
    let found = kubernetes(discovered)?.issuer().await;
    found.map_err(|error| Problem::from(&error))
}

fn kubernetes(discovered: &Discovered) -> Result<&Kubernetes, Problem> {
    discovered.kubernetes.as_ref().map_err(Clone::clone)
}

fn no_identity() -> Problem {
    Problem::new("there is no identity yet")
}

fn not_managed(spec: &Spec) -> Problem {
    Problem::new(format!("{} is not managed by Azure", spec.platform.kind()))
}

fn not_used(spec: &Spec) -> Problem {
    Problem::new(format!("not used by {}", spec.credential.sign_in))
}
