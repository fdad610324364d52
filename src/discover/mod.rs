//! What is there to connect? From the user's answers to one cluster, one Prometheus and its service account.

pub(crate) mod api_server;
pub(crate) mod prometheus;

use std::time::Duration;

use tokio::time::Instant;

use crate::azure::{Reader, subscriptions};
use crate::cluster::Kubernetes;
use crate::cluster::Servers;
use crate::cluster::error::ClusterError;
use crate::cluster::operator::{self, Operator};
use crate::cluster::server::PrometheusServer;
use crate::error::Failure;
use crate::platform::{self, FoundPlatform};
use crate::problem::Problem;
use crate::sign_in::CredentialKind;
use crate::spec::DiscoveredInputs;
use crate::spec::answers::ConnectionAnswers;
use crate::spec::choices::PrometheusChoice;
use crate::spec::command_line::option;
use crate::spec::ids::{SubscriptionId, TenantId};
use api_server::ApiServers;
use prometheus::{DiscoveryError, UnreadableReason};

/// Everything found for one connection.
#[derive(Clone)]
pub(crate) struct Discovered {
    pub(crate) inputs: DiscoveredInputs,
    pub(crate) platform: FoundPlatform,
    /// The way to its API server, or why there is none.
    pub(crate) kubernetes: Result<Kubernetes, Problem>,
    /// The chosen server, or why none can be chosen.
    pub(crate) prometheus: Result<PrometheusServer, DiscoveryError>,
    /// Of the Prometheus Operator, where one is seen; or why the look failed.
    pub(crate) operator_version: Result<Option<String>, ClusterError>,
    /// Why the Operator does not act on the resource of that server, as far as it is known.
    pub(crate) inaction: Option<Problem>,
    /// How long the cluster took to look at.
    pub(crate) took: Duration,
    /// What the user should know before anything is made.
    pub(crate) warnings: Vec<String>,
}

impl Discovered {
    /// The version of the Operator, as far as it is known.
    pub(crate) fn operator(&self) -> Option<&str> {
        self.operator_version.as_ref().ok()?.as_deref()
    }
}

/// Looks; nothing is changed. `only` limits the search to these subscriptions.
pub(crate) async fn discover(
    azure: &Reader,
    api_servers: &ApiServers,
    answers: &ConnectionAnswers,
    only: Option<&[SubscriptionId]>,
) -> Result<Discovered, Failure> {
    let choice = answers.cluster.as_ref();
    let platform = platform::find(azure, answers.platform_kind(), choice, only).await?;
    let started = Instant::now();
    let kubernetes = api_servers.reach(azure, &platform, choice).await;
    let (prometheus, operator_version) = match &kubernetes {
        Ok(kubernetes) => look(kubernetes, answers.prometheus.as_ref()).await,
        Err(problem) => {
            let unreadable = DiscoveryError::Unreadable {
                problem: problem.clone(),
                reason: UnreadableReason::OutOfReach,
            };
            (Err(unreadable), Ok(None))
        }
    };
    let inaction = match (&kubernetes, &prometheus) {
        (Ok(kubernetes), Ok(server)) => inaction(kubernetes, server).await,
        _ => None,
    };
    let took = started.elapsed();
    let subscription = platform.platform.subscription().or(sole(only).cloned());
    let tenant = tenant(azure, subscription).await?;
    let server = prometheus.as_ref();
    Ok(Discovered {
        inputs: DiscoveredInputs {
            tenant,
            cloud: azure.cloud().name,
            subscription: sole(only).cloned(),
            platform: platform.platform.clone(),
            service_account: server
                .map(|server| server.service_account.clone())
                .map_err(ToString::to_string),
            prometheus_version: server.ok().and_then(|found| found.version.clone()),
            target: server
                .ok()
                .and_then(|found| prometheus::targets(found).first().copied()),
        },
        warnings: platform
            .warnings
            .iter()
            .cloned()
            .chain(of_server(answers, server.ok()))
            .chain(inaction.as_ref().map(with_next))
            .chain(unseen(answers, server.err()))
            .chain(unseen_operator(server.ok(), &operator_version))
            .collect(),
        platform,
        kubernetes,
        prometheus,
        operator_version,
        inaction,
        took,
    })
}

/// The only subscription that may be searched, where there is just one.
fn sole(only: Option<&[SubscriptionId]>) -> Option<&SubscriptionId> {
    match only {
        Some([only]) => Some(only),
        _ => None,
    }
}

/// Where the token of this sign-in does not name its tenant, the subscription does.
async fn tenant(azure: &Reader, subscription: Option<SubscriptionId>) -> Result<TenantId, Failure> {
    // The claim `tid` of our own token; programs that return opaque tokens give none.
    if let Some(tenant) = &azure.caller().tenant {
        return Ok(tenant.clone());
    }
    let Some(subscription) = subscription else {
        let missing = ("--subscription", "one of your tenant".to_owned());
        return Err(Failure::missing("find your tenant", &[missing]));
    };
    let failure = || Failure::new(format!("find the tenant of subscription {subscription}"));
    let found = subscriptions::get(azure, &subscription).await;
    let found = found.map_err(|error| failure().azure(error))?;
    found.map(|found| found.tenant).ok_or_else(|| {
        failure()
            .reason("it is not visible")
            .next("check `--subscription` and `--tenant`")
    })
}

/// The server and the Operator's version.
async fn look(
    kubernetes: &Kubernetes,
    choice: Option<&PrometheusChoice>,
) -> (
    Result<PrometheusServer, DiscoveryError>,
    Result<Option<String>, ClusterError>,
) {
    let namespace = match choice {
        Some(PrometheusChoice::Workload { namespace, .. }) => Some(namespace.as_str()),
        Some(PrometheusChoice::Release { namespace, .. }) => namespace.as_deref(),
        Some(PrometheusChoice::File(_)) | None => None,
    };
    let server = async {
        if let Some(PrometheusChoice::Workload { namespace, name }) = choice
            && let Some(found) = kubernetes.prometheus(namespace, name).await?
        {
            return Ok(Ok(found));
        }
        server(kubernetes, choice).await
    };
    // Side by side: each reads other lists, and the version matters only for a server that the Operator manages.
    let (server, operator) = tokio::join!(server, kubernetes.operator_version(namespace));
    let is_silent = operator.as_ref().is_err_and(ClusterError::is_out_of_reach);
    let server = server.unwrap_or_else(|error| Err(unreadable(&error, is_silent, choice)));
    (server, operator)
}

/// All are looked at. What could not be read may be the one to connect, or a second one. Where we may not read it, an
/// answer that names the Prometheus is enough.
async fn server(
    kubernetes: &Kubernetes,
    choice: Option<&PrometheusChoice>,
) -> Result<Result<PrometheusServer, DiscoveryError>, ClusterError> {
    if let Some(PrometheusChoice::Release {
        namespace: Some(namespace),
        ..
    }) = choice
    {
        // A release can put its Prometheus into another namespace, so one that is not seen here is looked for in all.
        let here = kubernetes.prometheus_servers_in(namespace).await;
        if let (Ok(server), true) = (
            prometheus::pick(&here.found, choice),
            here.unseen.is_empty(),
        ) {
            return Ok(Ok(server.clone()));
        }
    }
    let Servers { found, unseen } = kubernetes.prometheus_servers().await;
    let fault = unseen.iter().find(|error| !error.is_denied());
    if let Some(fault) = fault {
        return Err(fault.clone());
    }
    match (prometheus::pick(&found, choice), unseen.into_iter().next()) {
        (Err(DiscoveryError::Absent(_)), Some(denied)) => Err(denied),
        // The only one that is seen need not be the one to connect.
        (Ok(_), Some(denied)) if choice.is_none() => Err(denied),
        (picked, _) => Ok(picked.cloned()),
    }
}

fn unreadable(
    error: &ClusterError,
    is_silent: bool,
    choice: Option<&PrometheusChoice>,
) -> DiscoveryError {
    let problem = Problem::from(error);
    let name_it = name_its_namespace(choice).filter(|_| error.is_denied());
    DiscoveryError::Unreadable {
        problem: name_it.into_iter().fold(problem, Problem::next),
        reason: match error {
            error if error.is_denied() => UnreadableReason::Denied,
            error if error.is_out_of_reach() && is_silent => UnreadableReason::OutOfReach,
            _ => UnreadableReason::Fault,
        },
    }
}

/// Rights in the namespace of a Prometheus are enough to find it, where that namespace is named.
fn name_its_namespace(choice: Option<&PrometheusChoice>) -> Option<String> {
    match choice {
        None | Some(PrometheusChoice::File(_)) => Some(
            "name the Prometheus with its namespace: --prometheus NAMESPACE/NAME or release:NAMESPACE/NAME"
                .to_owned(),
        ),
        Some(PrometheusChoice::Release {
            namespace: None,
            name,
        }) => Some(format!(
            "name the namespace of the release: {}",
            option("--prometheus", format!("release:NAMESPACE/{name}"))
        )),
        // A release is recorded in a Secret, which is another right.
        Some(PrometheusChoice::Workload { namespace, .. }) => Some(format!(
            "where Helm installed it, name its release: {}",
            option("--prometheus", format!("release:{namespace}/RELEASE"))
        )),
        Some(PrometheusChoice::Release { .. }) => None,
    }
}

/// Which fields the Operator knows is not known where its version may not be looked up.
fn unseen_operator(
    server: Option<&PrometheusServer>,
    operator: &Result<Option<String>, ClusterError>,
) -> Option<String> {
    let error = operator.as_ref().err().filter(|error| error.is_denied())?;
    server
        .is_some_and(PrometheusServer::operator_managed)
        .then(|| format!("the version of the Prometheus Operator is not known: {error}"))
}

async fn inaction(kubernetes: &Kubernetes, server: &PrometheusServer) -> Option<Problem> {
    // Where not all Operators can be seen, one may act on it.
    let operators = kubernetes.operators().await.ok();
    operator_inaction(server, operators)
}

/// Why a change of the resource does not reach Prometheus, and what to do.
fn operator_inaction(server: &PrometheusServer, operators: Option<&[Operator]>) -> Option<Problem> {
    // Such a configuration is the user's own, whatever the Operator does.
    let kind = server.resource_kind().filter(|_| !server.is_unmanaged)?;
    if server.is_paused {
        let why = format!(
            "{kind} {} has `paused: true`, so the Prometheus Operator ignores every change of it",
            server.reference()
        );
        let next =
            "remove `paused: true` where it was set, so that the Operator applies the change";
        return Some(Problem::new(why).next(next));
    }
    let why = operator::absence(operators?, server)?;
    let next =
        "run a Prometheus Operator that watches this namespace, so that the change takes effect";
    Some(Problem::new(why).next(next))
}

fn with_next(problem: &Problem) -> String {
    let next = problem
        .next_steps()
        .iter()
        .map(|step| step.sentence().to_owned());
    let parts: Vec<String> = [problem.why()].into_iter().chain(next).collect();
    parts.join("; ")
}

/// What is to know of the server that was found.
fn of_server(answers: &ConnectionAnswers, server: Option<&PrometheusServer>) -> Vec<String> {
    let unmanaged = server.and_then(PrometheusServer::unmanaged);
    let assumption = assumption(answers, server);
    unmanaged.into_iter().chain(assumption).collect()
}

/// What was taken for granted: which server reads a file cannot be seen from outside.
fn assumption(answers: &ConnectionAnswers, server: Option<&PrometheusServer>) -> Option<String> {
    let (Some(PrometheusChoice::File(path)), Some(server)) = (&answers.prometheus, server) else {
        return None;
    };
    let asked = answers
        .auth
        .is_none_or(|auth| auth.uses(CredentialKind::PodToken));
    (asked && answers.service_account.is_none()).then(|| {
        format!(
            "{} is assumed to be the Prometheus that reads {}; if it runs as another service account than {}, give --service-account",
            server.reference(),
            path.display(),
            server.service_account
        )
    })
}

/// A server that was named and not found: its settings are unknown, and the name may be wrong.
fn unseen(answers: &ConnectionAnswers, why: Option<&DiscoveryError>) -> Option<String> {
    match &answers.prometheus {
        Some(PrometheusChoice::Workload { .. } | PrometheusChoice::Release { .. }) => {
            why.map(|why| format!("{why}; only its name is known"))
        }
        Some(PrometheusChoice::File(_)) | None => None,
    }
}
