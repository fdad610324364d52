//! Reads what runs: the custom resource of a Prometheus, or the values of its Helm release.

use serde_json::{Value, json};

use super::source::{MigrationSource, Origin, cluster_name};
use super::{DOING, MigrationRequest};
use crate::cluster::error::ClusterError;
use crate::cluster::helm::{HelmRelease, Releases};
use crate::cluster::kubeconfig::Kubeconfig;
use crate::cluster::server::PrometheusServer;
use crate::cluster::{Kubernetes, Servers};
use crate::delivery::Owner;
use crate::discover::prometheus::DiscoveryError;
use crate::discover::{api_server, prometheus};
use crate::error::Failure;
use crate::network::wait_notices::WaitNotices;
use crate::next_step::NextStep;
use crate::patch;
use crate::platform;
use crate::spec::ServiceAccount;
use crate::spec::choices::{ClusterChoice, PrometheusChoice};
use crate::spec::command_line::{KubeContext, helm, kubectl, option, own};
use crate::target::{self, RecognisedFile, Target};
use crate::workflow::session::Session;
use crate::workflow::{live_resource, present_entries, proxy_services, running_release};

/// Reads the Prometheus that the request names, or the only one of the cluster. `open_session` signs in to Azure, which a
/// context of the kubeconfig does not need.
pub(crate) async fn read(
    request: &MigrationRequest,
    notices: WaitNotices,
    open_session: impl AsyncFnOnce() -> Result<Session, Failure>,
) -> Result<MigrationSource, Failure> {
    let ReachedCluster {
        kubernetes,
        cluster,
        // A bare `_` would drop the session here, and its sandbox with it.
        session: _session,
    } = reach(request.cluster.as_ref(), notices, open_session).await?;
    let servers = kubernetes.prometheus_servers().await;
    let choice = request.prometheus.as_ref();
    let mut source = match choice {
        Some(PrometheusChoice::File(path)) => {
            return Err(Failure::usage(DOING)
                .reason("a file is read as it is, without the cluster")
                .next(own::migrate_file(path, &[])));
        }
        Some(PrometheusChoice::Release { namespace, name }) => {
            release_values(&kubernetes, name, namespace.as_deref()).await?
        }
        Some(PrometheusChoice::Workload { namespace, name }) => {
            resource(&kubernetes, namespace, name).await?
        }
        None => {
            let server =
                prometheus::pick(&servers.found, None).map_err(|why| not_picked(&why, &servers))?;
            of_server(&kubernetes, server).await?
        }
    };
    let server = servers
        .found
        .iter()
        .find(|server| is_of(server, &source, choice));
    source.version = server.and_then(|server| server.version.clone());
    source.operator = operator_version(&kubernetes, &source, server).await?;
    source.cluster_name = cluster;
    source.context = kubernetes.kube_context().cloned();
    let entries = present_entries::in_text(&source.text, source.kind, None);
    let namespace = server.map(|server| server.namespace.as_str());
    let services = proxy_services::of_cluster(Ok(&kubernetes), namespace, &entries).await;
    (source.services, source.unread_service) = (services.manifest, services.unread);
    if let Some(server) = server {
        source.manifest = account(&kubernetes, &server.service_account).await;
        source.warnings.extend(owned_by_helm(&source, server));
    }
    Ok(source)
}

/// No Prometheus, or several; a cluster that does not show its lists is no mistake in the command.
fn not_picked(why: &DiscoveryError, servers: &Servers) -> Failure {
    const NAME_IT: &str =
        "name it: --prometheus namespace/name or release:NAME, or its file: --input FILE";
    match servers.unseen.first() {
        Some(error) if servers.found.is_empty() => {
            let failure = Failure::new(DOING).problem(error.into());
            // A role of one namespace shows what is named there; nothing helps where no server answers.
            match error.is_denied() {
                true => failure.next(NAME_IT),
                false => failure,
            }
        }
        _ => {
            let failure = Failure::usage(DOING).reason(why.to_string());
            let unseen = servers.unseen.iter().cloned();
            unseen.fold(failure, Failure::because).next(NAME_IT)
        }
    }
}

/// A change to a resource that a release makes is lost with the next upgrade.
fn owned_by_helm(source: &MigrationSource, server: &PrometheusServer) -> Option<String> {
    let (Origin::Resource(_), Some(release)) = (&source.origin, &server.release) else {
        return None;
    };
    Some(format!(
        "Helm release `{name}` owns this resource, and its next upgrade would bring the sidecar back; \
         migrate its values: {named}",
        name = release.name,
        named = option("--prometheus", format!("release:{}", release.name)),
    ))
}

/// A cluster that was reached.
struct ReachedCluster {
    kubernetes: Kubernetes,
    /// The cluster's name.
    cluster: Option<String>,
    /// Keeps the Azure alive that the cluster was found in, where that is an embedded one.
    session: Option<Session>,
}

/// A context that is named needs no Azure; any other cluster is found there.
async fn reach(
    choice: Option<&ClusterChoice>,
    notices: WaitNotices,
    open_session: impl AsyncFnOnce() -> Result<Session, Failure>,
) -> Result<ReachedCluster, Failure> {
    if let Some(ClusterChoice::Context(name)) = choice {
        let failed = |error: ClusterError| unreadable(format!("use context `{name}`"), error);
        let kubeconfig = Kubeconfig::local().map_err(failed)?;
        let found = kubeconfig.context(name).map_err(failed)?;
        let kubernetes = Kubernetes::connect(kubeconfig, found, notices).await;
        return Ok(ReachedCluster {
            kubernetes: kubernetes
                .map_err(failed)?
                .reached_by(KubeContext::existing(name.clone())),
            cluster: choice.map(cluster_name),
            session: None,
        });
    }
    let session = open_session().await?;
    let only = match &session.subscription {
        Some(wanted) => Some([session.find_subscription(wanted).await?]),
        None => None,
    };
    let only = only.as_ref().map(<[_; 1]>::as_slice);
    let platform = platform::find_cluster(&session.azure, choice, only).await?;
    let name = platform.platform.name().to_owned();
    let kubernetes = api_server::reach(&session.azure, &platform, choice).await;
    let kubernetes = kubernetes
        .map_err(|problem| Failure::new(format!("read cluster `{name}`")).problem(problem))?;
    Ok(ReachedCluster {
        kubernetes,
        cluster: Some(name),
        session: Some(session),
    })
}

/// The Operator decides what a resource of its own can contain, so its version is not left open where that could be read.
async fn operator_version(
    kubernetes: &Kubernetes,
    source: &MigrationSource,
    server: Option<&PrometheusServer>,
) -> Result<Option<String>, Failure> {
    let namespace = server.map(|server| server.namespace.as_str());
    match kubernetes.operator_version(namespace).await {
        Ok(version) => Ok(version),
        // Its Deployment can be in a namespace that users of Prometheus may not read.
        Err(error) if error.is_denied() => Ok(None),
        Err(error) if source.kind.is_operated() => Err(unreadable(
            "find out the version of the Prometheus Operator".to_owned(),
            error,
        )),
        Err(_) => Ok(None),
    }
}

async fn of_server(
    kubernetes: &Kubernetes,
    server: &PrometheusServer,
) -> Result<MigrationSource, Failure> {
    match &server.release {
        Some(release) => release_values(kubernetes, &release.name, Some(&release.namespace)).await,
        None if server.operator_managed() => {
            resource(kubernetes, &server.namespace, &server.name).await
        }
        None => Err(Failure::usage(DOING)
            .reason(format!(
                "{} is a plain workload, which reads its configuration from a file",
                server.reference()
            ))
            .next("name that file, and the manifest of the pod: --input FILE --sidecar FILE")),
    }
}

async fn resource(
    kubernetes: &Kubernetes,
    namespace: &str,
    name: &str,
) -> Result<MigrationSource, Failure> {
    let doing = || format!("read Prometheus {namespace}/{name}");
    let found = kubernetes
        .custom_resource(namespace, name)
        .await
        .map_err(|error| unreadable(doing(), error))?;
    let found = found.ok_or_else(|| {
        Failure::usage(doing())
            .reason("the cluster has no Prometheus and no PrometheusAgent resource of that name")
            .next(kubectl::list_prometheus(kubernetes.kube_context()))
    })?;
    let live = live_resource::live(namespace, name, &found);
    // `owned_by_helm` reports what Helm does, with the name of the release.
    let is_of_helm = matches!(live.ownership.owner, Some(Owner::Helm { .. }));
    let warning = live.warning(false).filter(|_| !is_of_helm);
    let mut source = source_of(
        format!("{namespace}/{name}"),
        Target::CustomResource,
        &found.written,
        Origin::Resource(Box::new(live)),
    );
    source.warnings.extend(warning);
    Ok(source)
}

async fn release_values(
    kubernetes: &Kubernetes,
    name: &str,
    namespace: Option<&str>,
) -> Result<MigrationSource, Failure> {
    let doing = || format!("read Helm release `{name}`");
    let found = kubernetes
        .helm_releases(name, namespace)
        .await
        .map_err(|error| {
            let step = running_release::name_its_namespace(name, namespace, &error);
            step.into_iter()
                .fold(unreadable(doing(), error), Failure::next)
        })?;
    let release = only(name, &found, kubernetes.kube_context())
        .map_err(|(why, next)| Failure::usage(doing()).reason(why).next(next))?;
    let kind = kind_of(&release).ok_or_else(|| {
        Failure::usage(doing())
            .reason(format!(
                "it is of the chart `{}`, whose values amw-rw cannot read",
                release.chart
            ))
            .next("name its values file: --input FILE --target TARGET")
    })?;
    let mut source = source_of(
        format!("values of {name}"),
        kind,
        &release.values,
        Origin::Release(Box::new(release.clone())),
    );
    source.controller = controller(kubernetes, &release).await;
    source.warnings.extend(source.controller.clone());
    if let Some(revision) = &release.undeployed {
        // Helm refuses another change of the release until a pending revision has ended.
        source.warnings.push(if revision.is_pending() {
            format!(
                "revision {} of release `{name}` is {}: wait until that ends",
                revision.number, revision.status
            )
        } else {
            format!(
                "revision {} of release `{name}` is marked {}; the values are those of revision {}",
                revision.number, revision.status, release.revision
            )
        });
    }
    Ok(source)
}

/// What undoes an upgrade of this release by hand.
async fn controller(kubernetes: &Kubernetes, release: &HelmRelease) -> Option<String> {
    let servers = kubernetes.prometheus_servers().await.found;
    let mut own = servers.iter().filter(|server| {
        let of = server.release.as_ref();
        of.is_some_and(|of| of.name == release.name && of.namespace == release.namespace)
    });
    live_resource::controller_of(kubernetes, own.next()?).await
}

/// The only release of that name, or why there is none and what to do.
fn only(
    name: &str,
    found: &Releases,
    context: Option<&KubeContext>,
) -> Result<HelmRelease, (String, NextStep)> {
    match (found.found.as_slice(), found.unusable.as_slice()) {
        ([release], _) => Ok(release.clone()),
        // Such as a first install that failed or is still running.
        ([], [last, ..]) => Err((
            format!(
                "no revision of it is deployed: revision {} is {}",
                last.number, last.status
            ),
            helm::history(&last.namespace, name, context).into(),
        )),
        ([], []) => Err((
            "no deployed release of that name is kept in the Secrets or ConfigMaps of the cluster"
                .to_owned(),
            helm::list(context).into(),
        )),
        // Helm has a name of a release once in each namespace.
        ([first, ..], _) => {
            let namespaces = found.found.iter().map(|release| release.namespace.as_str());
            let namespaces: Vec<&str> = namespaces.collect();
            Err((
                format!(
                    "there is one in each of the namespaces {}",
                    namespaces.join(", ")
                ),
                format!(
                    "name its namespace: {}",
                    option(
                        "--prometheus",
                        format!("release:{}/{name}", first.namespace)
                    )
                )
                .into(),
            ))
        }
    }
}

fn kind_of(release: &HelmRelease) -> Option<Target> {
    let by_keys = || {
        let documents = patch::documents(&release.values.to_string()).ok()?;
        match target::recognise(&documents) {
            RecognisedFile::One(target) => Some(target),
            _ => None,
        }
    };
    // A user's own chart that depends on this one has another name, and the same values below a key.
    Target::of_chart(&release.chart).or_else(by_keys)
}

fn source_of(name: String, kind: Target, data: &Value, origin: Origin) -> MigrationSource {
    let empty = data.is_null() || data.as_object().is_some_and(serde_json::Map::is_empty);
    let text = if empty {
        String::new()
    } else {
        serde_yaml::to_string(data).unwrap_or_default()
    };
    MigrationSource::new(name, kind, text, origin)
}

/// Whether this server is the one that was read.
fn is_of(
    server: &PrometheusServer,
    source: &MigrationSource,
    choice: Option<&PrometheusChoice>,
) -> bool {
    match (&source.origin, choice) {
        (Origin::Release(release), _) => server
            .release
            .as_ref()
            .is_some_and(|own| own.name == release.name && own.namespace == release.namespace),
        (_, Some(PrometheusChoice::Workload { namespace, name })) => {
            server.namespace == *namespace && server.name == *name
        }
        _ => server.reference() == source.name,
    }
}

/// The service account as a document. What cannot be read is listed as a missing option later, if it is needed.
async fn account(kubernetes: &Kubernetes, account: &ServiceAccount) -> Option<String> {
    let found = kubernetes.service_account(account).await.ok().flatten()?;
    let metadata = json!({"name": account.name, "annotations": found.annotations});
    // JSON is YAML, so this is read in the same way as a manifest of the user.
    Some(json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}).to_string())
}

fn unreadable(doing: String, error: ClusterError) -> Failure {
    Failure::new(doing).problem(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(namespace: &str, chart: &str, values: Value) -> HelmRelease {
        HelmRelease {
            name: "kps".into(),
            namespace: namespace.into(),
            chart: chart.into(),
            chart_version: "88.5.3".into(),
            values,
            defaults: Value::Null,
            revision: 1,
            undeployed: None,
            context: None,
        }
    }

    fn chosen(namespaces: &[&str]) -> Result<String, (String, String)> {
        let found = namespaces.iter();
        let found = found.map(|namespace| release(namespace, "kube-prometheus-stack", Value::Null));
        let releases = Releases {
            found: found.collect(),
            unusable: Vec::new(),
        };
        let only = only("kps", &releases, None);
        only.map(|release| release.namespace)
            .map_err(|(why, next)| (why, crate::next_step::lines(&[next]).join("\n")))
    }

    #[test]
    fn of_several_releases_of_one_name_none_is_chosen() {
        assert_eq!(chosen(&["monitoring"]), Ok("monitoring".to_owned()));

        let (why, next) = chosen(&["a", "b"]).unwrap_err();
        assert!(why.contains("a, b"), "{why}");
        assert!(next.contains("--prometheus release:a/kps"), "{next}");

        let (_, next) = chosen(&[]).unwrap_err();
        assert!(next.contains("helm list"), "{next}");
    }

    #[test]
    fn a_chart_of_ones_own_is_recognised_by_its_values() {
        let values =
            json!({"kube-prometheus-stack": {"prometheus": {"prometheusSpec": {"replicas": 2}}}});
        let kind = |chart, values: &Value| kind_of(&release("monitoring", chart, values.clone()));

        let stack = Some(Target::KubePrometheusStack);
        assert_eq!(kind("kube-prometheus-stack", &Value::Null), stack);
        assert_eq!(kind("platform", &values), stack);
        assert_eq!(kind("platform", &json!({"replicas": 2})), None);
    }

    #[test]
    fn no_values_are_an_empty_text_and_others_yaml() {
        let text = |data: &Value| {
            let origin = Origin::File("x".into());
            source_of("x".into(), Target::KubePrometheusStack, data, origin).text
        };

        assert_eq!(text(&Value::Null), "");
        assert_eq!(text(&json!({})), "");
        assert_eq!(text(&json!({"a": [1]})), "a:\n- 1\n");
    }
}
