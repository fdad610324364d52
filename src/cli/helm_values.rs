//! What does the running Helm release have already? New values carry its lists over, since Helm replaces a list as a whole.

use std::collections::BTreeSet;

use serde_yaml::Value;

use crate::cluster::Kubernetes;
use crate::cluster::error::ClusterError;
use crate::cluster::helm::{HelmRelease, Releases};
use crate::cluster::server::{PrometheusServer, ReleaseName};
use crate::compat::Installation;
use crate::discover::Discovered;
use crate::discover::prometheus::NoServer;
use crate::error::Failure;
use crate::helm;
use crate::patch::{self, Notice, PatchRefusal, ReleaseNotice, What};
use crate::problem::Problem;
use crate::render::{BlockStyle, RemoteWrite, block_lines};
use crate::spec::choices::PrometheusChoice;
use crate::spec::command_line::{file_word, kube_context, shell_word};
use crate::target::Target;

/// What is known of the release that the values are for.
#[derive(Clone)]
pub(crate) enum RunningRelease {
    /// What is written are no values of a chart.
    NotConcerned,
    /// The cluster was looked at and has neither a Prometheus nor a release that is meant.
    Absent {
        context: Option<String>,
    },
    Found(Box<HelmRelease>),
    Unknown(UnknownLists),
}

/// Why the lists of the release are not known, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnknownLists {
    problem: Problem,
    /// Name and namespace, where they are known.
    release: Option<(String, String)>,
    /// The context of the user's own kubeconfig that leads to the cluster.
    context: Option<String>,
}

impl From<Problem> for UnknownLists {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            release: None,
            context: None,
        }
    }
}

impl UnknownLists {
    fn because(why: impl Into<String>) -> Self {
        Problem::new(why).into()
    }

    fn of_release(self, name: &str, namespace: &str) -> Self {
        Self {
            release: Some((name.to_owned(), namespace.to_owned())),
            ..self
        }
    }

    fn of_cluster(self, kubernetes: &Kubernetes) -> Self {
        Self {
            context: kubernetes.local_context().map(str::to_owned),
            ..self
        }
    }

    fn next(mut self, step: impl Into<String>) -> Self {
        self.problem = self.problem.next(step);
        self
    }

    /// The line that writes down what the release has.
    fn get_values(&self) -> String {
        let (name, namespace) = match &self.release {
            Some((name, namespace)) => (name.as_str(), namespace.as_str()),
            None => ("RELEASE", "NAMESPACE"),
        };
        format!(
            "helm get values {} -n {} -o yaml{} > values.yaml",
            shell_word(name),
            shell_word(namespace),
            kube_context(self.context.as_deref())
        )
    }

    /// No file is handed out whose lists would take the place of lists that are not known.
    pub(crate) fn refusal(&self) -> Failure {
        Failure::new("write new Helm values")
            .problem(self.problem.clone())
            .reason("Helm replaces a list as a whole, so a new file could take away what the running release has")
            .next(self.get_values())
            .next("then add --input values.yaml")
    }

    fn notice(&self) -> Notice {
        Notice::of_release(ReleaseNotice::NotCompared {
            why: self.problem.why(),
            compare: self.get_values(),
        })
    }
}

impl RunningRelease {
    pub(crate) async fn look(
        found: &Discovered,
        choice: Option<&PrometheusChoice>,
        target: Target,
    ) -> Self {
        if target.chart().is_none() {
            return Self::NotConcerned;
        }
        let kubernetes = match &found.kubernetes {
            Ok(kubernetes) => kubernetes,
            Err(problem) => return Self::Unknown(problem.clone().into()),
        };
        let looked = Self::look_in(kubernetes, &found.prometheus, choice).await;
        match looked {
            Self::Unknown(unknown) => Self::Unknown(unknown.of_cluster(kubernetes)),
            Self::Absent { .. } => Self::Absent {
                context: kubernetes.local_context().map(str::to_owned),
            },
            looked => looked,
        }
    }

    async fn look_in(
        kubernetes: &Kubernetes,
        server: &Result<PrometheusServer, NoServer>,
        choice: Option<&PrometheusChoice>,
    ) -> Self {
        match (server, choice) {
            (Ok(server), _) => match &server.release {
                Some(release) => of_server(kubernetes, release).await,
                None => Self::Unknown(no_release(server)),
            },
            (Err(why), Some(PrometheusChoice::Release { namespace, name })) => {
                match named(kubernetes, name, namespace.as_deref()).await {
                    Ok(Some(release)) => Self::Found(Box::new(release)),
                    Ok(None) => Self::without_server(why, choice),
                    Err(unknown) => Self::Unknown(unknown),
                }
            }
            (Err(why), _) => Self::without_server(why, choice),
        }
    }

    /// Where neither a server nor a release is seen. A workload that was named and is not there may be misspelled, so what
    /// it would lose is not known.
    fn without_server(why: &NoServer, choice: Option<&PrometheusChoice>) -> Self {
        match (why, choice) {
            (NoServer::Absent(_), None | Some(PrometheusChoice::Release { .. })) => {
                Self::Absent { context: None }
            }
            (NoServer::Unreadable { problem, .. }, _) => Self::Unknown(problem.clone().into()),
            (why, _) => Self::Unknown(
                UnknownLists::because(why.to_string())
                    .next("name the Prometheus: --prometheus NAMESPACE/NAME or release:NAME"),
            ),
        }
    }

    pub(crate) fn found(&self) -> Option<&HelmRelease> {
        match self {
            Self::Found(release) => Some(release),
            _ => None,
        }
    }

    /// The text of a new file, which was rendered for a release without values.
    pub(crate) fn new_file(
        &self,
        installation: &Installation,
        remote_write: &RemoteWrite,
        fresh: String,
    ) -> Result<String, Failure> {
        match self {
            Self::NotConcerned | Self::Absent { .. } => Ok(fresh),
            Self::Found(release) => carried_over(release, installation, remote_write, fresh),
            Self::Unknown(unknown) => Err(unknown.refusal()),
        }
    }

    /// What a user should know before the file is given to Helm. `patched` is their own file, before and after.
    pub(crate) fn notices(&self, target: Target, patched: Option<(&str, &str)>) -> Vec<Notice> {
        match (self, patched) {
            (Self::Found(release), patched) => {
                let lost = patched.map(|(before, after)| losses(release, before, after));
                let lost = lost.into_iter().flatten();
                lost.chain(other_chart(release, target))
                    .chain(undeployed(release))
                    .collect()
            }
            (Self::Unknown(unknown), Some(_)) => vec![unknown.notice()],
            _ => Vec::new(),
        }
    }

    /// The line that gives the values to Helm.
    pub(crate) fn upgrade(&self, path: &str) -> String {
        let file = file_word(path);
        match self {
            Self::Found(release) => upgrade(release, path),
            // Helm refuses to install a name that is in use, so this takes nothing from a release that was not seen.
            Self::Absent { context } => format!(
                "helm install RELEASE CHART -n NAMESPACE -f {file}{}",
                kube_context(context.as_deref())
            ),
            Self::Unknown(UnknownLists {
                release: Some((name, namespace)),
                context,
                ..
            }) => format!(
                "helm upgrade {} CHART --version THE-ONE-YOU-RUN -n {} --reset-then-reuse-values -f {file}{}",
                shell_word(name),
                shell_word(namespace),
                kube_context(context.as_deref())
            ),
            Self::Unknown(UnknownLists { context, .. }) => format!(
                "helm upgrade RELEASE CHART --version THE-ONE-YOU-RUN --reset-then-reuse-values -f {file}{}",
                kube_context(context.as_deref())
            ),
            Self::NotConcerned => format!(
                "helm upgrade RELEASE CHART --version THE-ONE-YOU-RUN --reset-then-reuse-values -f {file}"
            ),
        }
    }
}

/// The line that gives the values to the release without forgetting earlier ones and without another version of the chart.
pub(crate) fn upgrade(release: &HelmRelease, file: &str) -> String {
    format!(
        "helm upgrade {} REPOSITORY/{} --version {} -n {} --reset-then-reuse-values -f {}{}",
        shell_word(&release.name),
        shell_word(&release.chart),
        shell_word(&release.chart_version),
        shell_word(&release.namespace),
        file_word(file),
        kube_context(release.context.as_deref())
    )
}

/// What a new file for a release that nobody looked at should be read with.
pub(crate) fn replaces_lists(target: Target) -> Option<Notice> {
    target
        .chart()
        .is_some()
        .then(|| Notice::of_release(ReleaseNotice::ReplacesLists))
}

async fn of_server(kubernetes: &Kubernetes, release: &ReleaseName) -> RunningRelease {
    let ReleaseName { namespace, name } = release;
    match named(kubernetes, name, Some(namespace)).await {
        Ok(Some(release)) => RunningRelease::Found(Box::new(release)),
        Ok(None) => {
            let why = format!(
                "namespace {namespace} has neither a Secret nor a ConfigMap that keeps Helm release `{name}`"
            );
            RunningRelease::Unknown(UnknownLists::because(why).of_release(name, namespace))
        }
        Err(unknown) => RunningRelease::Unknown(unknown),
    }
}

fn no_release(server: &PrometheusServer) -> UnknownLists {
    let fitting = Target::fitting(server.operator_managed(), false);
    let unknown = UnknownLists::because(format!(
        "{} was not installed by Helm, so the cluster keeps no values of it",
        server.reference()
    ));
    match fitting.first() {
        Some(target) => unknown.next(format!("write what fits it: --target {target}")),
        None => unknown,
    }
}

/// The only release of that name; `None` where nothing is kept of one.
async fn named(
    kubernetes: &Kubernetes,
    name: &str,
    namespace: Option<&str>,
) -> Result<Option<HelmRelease>, UnknownLists> {
    let place = namespace.unwrap_or("NAMESPACE");
    let releases = kubernetes
        .helm_releases(name, namespace)
        .await
        .map_err(|error| {
            let unknown = UnknownLists::from(Problem::from(&error)).of_release(name, place);
            match name_its_namespace(name, namespace, &error) {
                Some(step) => unknown.next(step),
                None => unknown,
            }
        })?;
    match (releases.found.as_slice(), releases.unusable.as_slice()) {
        ([], []) => Ok(None),
        ([release], []) => Ok(Some(release.clone())),
        ([], [last]) => Err(UnknownLists::because(format!(
            "no revision of Helm release `{name}` is deployed: revision {} is {}",
            last.number, last.status
        ))
        .of_release(name, &last.namespace)
        .next(format!(
            "helm history {} -n {}{}, and finish that first",
            shell_word(name),
            shell_word(&last.namespace),
            kube_context(kubernetes.local_context())
        ))),
        _ => Err(several(name, &releases)),
    }
}

/// Rights in the namespace of a release are enough to read it, where that namespace is named.
pub(crate) fn name_its_namespace(
    name: &str,
    namespace: Option<&str>,
    error: &ClusterError,
) -> Option<String> {
    (namespace.is_none() && error.is_denied()).then(|| {
        format!(
            "or name its namespace, which you may be allowed to look into: --prometheus release:NAMESPACE/{name}"
        )
    })
}

fn several(name: &str, releases: &Releases) -> UnknownLists {
    let found = releases.found.iter().map(|release| &release.namespace);
    let unusable = releases.unusable.iter().map(|last| &last.namespace);
    let namespaces: BTreeSet<&String> = found.chain(unusable).collect();
    let unknown = UnknownLists::because(format!(
        "{} namespaces have a Helm release `{name}`",
        namespaces.len()
    ));
    namespaces.into_iter().fold(unknown, |unknown, namespace| {
        unknown.next(format!("--prometheus release:{namespace}/{name}"))
    })
}

/// Values of another chart do nothing, since Helm ignores keys that no template reads.
fn other_chart(release: &HelmRelease, target: Target) -> Option<Notice> {
    let expected = target.chart()?;
    (release.chart != expected).then(|| {
        Notice::of_release(ReleaseNotice::OtherChart {
            release: release.name.clone(),
            chart: release.chart.clone(),
            expected,
        })
    })
}

fn undeployed(release: &HelmRelease) -> Option<Notice> {
    let revision = release.undeployed.as_ref()?;
    let what = if revision.is_pending() {
        ReleaseNotice::RevisionPending {
            release: release.name.clone(),
            namespace: release.namespace.clone(),
            revision: revision.number,
            status: revision.status.clone(),
            before: release.revision,
            context: release.context.clone(),
        }
    } else {
        ReleaseNotice::RevisionNotDeployed {
            release: release.name.clone(),
            revision: revision.number,
            status: revision.status.clone(),
            used: release.revision,
        }
    };
    Some(Notice::of_release(what))
}

/// New values for this release, with every item of its lists that the file touches.
fn carried_over(
    release: &HelmRelease,
    installation: &Installation,
    remote_write: &RemoteWrite,
    fresh: String,
) -> Result<String, Failure> {
    let unreadable = |error: serde_yaml::Error| {
        Failure::new(format!(
            "read the values of Helm release `{}`",
            release.name
        ))
        .because(error)
        .next("patch your own values file: --input FILE")
    };
    let before: Value = serde_yaml::to_value(&release.values).map_err(unreadable)?;
    let defaults: Value = serde_yaml::to_value(&release.defaults).map_err(unreadable)?;
    let new: Value = serde_yaml::from_str(&fresh).map_err(unreadable)?;
    let has_values = before.as_mapping().is_some_and(|map| !map.is_empty());
    let after = if has_values {
        let text = serde_yaml::to_string(&before).map_err(unreadable)?;
        let patched = patch::patch(&text, installation, remote_write)
            .map_err(|refusal| refused(release, &refusal))?;
        serde_yaml::from_str(&patched.text).map_err(unreadable)?
    } else {
        new.clone()
    };
    let laid = helm::overlay(&before, &after, &new, &defaults);
    if laid == new {
        return Ok(fresh);
    }
    Ok(format!(
        "# Values for Helm release {}: Prometheus, writing to an Azure Monitor workspace.\n\
         # Helm replaces a list as a whole, so the lists below hold what the release has in them too.\n\n{}\n",
        release.name,
        block_lines(&laid, BlockStyle::default()).join("\n")
    ))
}

/// Whether two texts are the same values.
pub(crate) fn say_the_same(one: &str, other: &str) -> bool {
    let read = |text: &str| serde_yaml::from_str::<Value>(text).ok();
    read(one).is_some_and(|one| read(other) == Some(one))
}

fn refused(release: &HelmRelease, refusal: &PatchRefusal) -> Failure {
    Failure::new(format!(
        "add the connection to the values of Helm release `{}`",
        release.name
    ))
    .reason(refusal.to_string())
    .next("patch your own values file: --input FILE")
}

/// What the release would lose by this file, whose lists take the place of those that it has.
fn losses(release: &HelmRelease, before: &str, after: &str) -> Vec<Notice> {
    let read = |text: &str| serde_yaml::from_str::<Value>(text).unwrap_or_default();
    let (Ok(values), Ok(defaults)) = (
        serde_yaml::to_value(&release.values),
        serde_yaml::to_value(&release.defaults),
    ) else {
        return Vec::new();
    };
    let running = helm::coalesced(&defaults, &values);
    helm::lost(&running, &read(before), &read(after))
        .into_iter()
        .map(|lost| Notice {
            spot: None,
            what: What::NotCarried {
                list: lost.list,
                item: lost.item,
            },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::render::{Authentication, Blueprint, Route, render, samples};

    fn release(values: serde_json::Value, defaults: serde_json::Value) -> HelmRelease {
        HelmRelease {
            name: "kps".into(),
            namespace: "monitoring".into(),
            chart: "kube-prometheus-stack".into(),
            chart_version: "88.5.3".into(),
            values,
            defaults,
            revision: 1,
            undeployed: None,
            context: None,
        }
    }

    fn installation(target: Target) -> Installation {
        Installation {
            target,
            prometheus: Some("3.14.0".parse().unwrap()),
            operator: Some("0.93.0".parse().unwrap()),
        }
    }

    /// The file for this release.
    fn file(release: &HelmRelease, target: Target, remote_write: &RemoteWrite) -> Value {
        let installation = installation(target);
        let blueprint = Blueprint {
            template: None,
            resource: None,
        };
        let fresh = render(&installation, remote_write, &blueprint).unwrap();
        let text = carried_over(release, &installation, remote_write, fresh).unwrap();
        serde_yaml::from_str(&text).unwrap()
    }

    /// What `helm upgrade --reset-then-reuse-values -f` keeps. Helm sorts the keys.
    fn upgraded(release: &HelmRelease, file: &Value) -> HelmRelease {
        let values = serde_yaml::to_value(&release.values).unwrap();
        let values = serde_json::to_value(helm::coalesced(&values, file)).unwrap();
        HelmRelease {
            values: sorted(values),
            ..release.clone()
        }
    }

    fn sorted(value: serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::Object(map) => {
                let map: std::collections::BTreeMap<_, _> = map.into_iter().collect();
                let each = map.into_iter().map(|(key, value)| (key, sorted(value)));
                serde_json::Value::Object(each.collect())
            }
            serde_json::Value::Array(list) => list.into_iter().map(sorted).collect(),
            other => other,
        }
    }

    const CHARTS: [Target; 2] = [Target::KubePrometheusStack, Target::PrometheusChart];

    /// Values with something of others in every list that a connection can touch.
    fn theirs(target: Target) -> serde_json::Value {
        let mimir = json!([{"name": "mimir", "url": "https://mimir.example.com/api/v1/push"}]);
        let (mount, volume) = (
            json!([{"name": "their-mount", "mountPath": "/theirs"}]),
            json!([{"name": "their-volume", "emptyDir": {}}]),
        );
        match target {
            Target::KubePrometheusStack => json!({"prometheus": {"prometheusSpec": {
                "additionalRemoteWrite": mimir, "volumes": volume, "volumeMounts": mount,
                "containers": [{"name": "their-container", "image": "example.com/theirs:1"}],
            }}}),
            _ => json!({"server": {
                "remoteWrite": mimir, "extraVolumes": volume, "extraVolumeMounts": mount,
                "env": [{"name": "THEIR_VARIABLE", "value": "x"}],
            }}),
        }
    }

    fn connections() -> Vec<RemoteWrite> {
        let with_token_file = Authentication::WorkloadIdentity {
            client_id: samples::CLIENT.into(),
            tenant_id: samples::TENANT.into(),
            token_file: Some("/elsewhere/token".into()),
        };
        let direct = [
            samples::user_identity(),
            samples::workload_identity(),
            with_token_file,
        ];
        let sdk = RemoteWrite {
            route: Route::Sdk,
            ..samples::remote_write(samples::user_identity())
        };
        let direct = direct.map(samples::remote_write);
        direct.into_iter().chain([sdk]).collect()
    }

    #[test]
    fn every_upgrade_keeps_what_others_have_and_the_second_file_says_what_the_first_did() {
        for target in CHARTS {
            for remote_write in connections() {
                let running = release(theirs(target), json!({}));

                let first = file(&running, target, &remote_write);
                let once = upgraded(&running, &first);
                let second = file(&once, target, &remote_write);
                let twice = upgraded(&once, &second);

                assert_eq!(second, first, "{target:?}");
                let kept = twice.values.to_string();
                for (list, items) in lists(&running.values) {
                    for item in items {
                        assert!(kept.contains(&item), "{target:?} lost {item} of {list}");
                    }
                }
                assert_eq!(kept.matches(samples::URL).count(), 1, "{kept}");
            }
        }
    }

    /// All lists below, each with its items as text whose keys are sorted.
    fn lists(value: &serde_json::Value) -> Vec<(String, Vec<String>)> {
        let Some(map) = value.as_object() else {
            return Vec::new();
        };
        let each = map.iter().flat_map(|(key, value)| match value.as_array() {
            Some(items) => {
                let items = items.iter().cloned();
                let texts = items.map(|item| sorted(item).to_string()).collect();
                vec![(key.clone(), texts)]
            }
            None => lists(value),
        });
        each.collect()
    }

    #[test]
    fn lists_of_the_charts_own_defaults_are_kept_too() {
        for target in CHARTS {
            let remote_write = samples::remote_write(samples::user_identity());
            let running = release(serde_json::Value::Null, theirs(target));

            let first = file(&running, target, &remote_write);
            let second = file(&upgraded(&running, &first), target, &remote_write);

            let text = serde_yaml::to_string(&first).unwrap();
            assert!(text.contains("mimir"), "{text}");
            assert_eq!(second, first);
        }
    }

    #[test]
    fn where_the_lists_are_not_known_there_is_no_file() {
        let unknown = RunningRelease::Unknown(
            UnknownLists::because("the API server answered 500").of_release("kps", "monitoring"),
        );
        let remote_write = samples::remote_write(samples::user_identity());
        let fresh = "prometheus: {}\n".to_owned();

        let failure = unknown
            .new_file(&installation(CHARTS[0]), &remote_write, fresh)
            .unwrap_err();

        assert_eq!(
            failure.next_steps(),
            [
                "helm get values kps -n monitoring -o yaml > values.yaml",
                "then add --input values.yaml"
            ]
        );
        assert_eq!(unknown.notices(CHARTS[0], Some(("", ""))).len(), 1);
    }

    #[test]
    fn values_for_a_release_of_another_chart_are_told_so() {
        let mut running = release(json!({}), json!({}));
        let told = |release: HelmRelease| {
            let found = RunningRelease::Found(Box::new(release));
            let notices = found.notices(Target::KubePrometheusStack, None);
            notices.iter().map(ToString::to_string).collect::<Vec<_>>()
        };

        assert!(told(running.clone()).is_empty());
        running.chart = "platform".into();
        assert!(told(running)[0].contains("is of the chart `platform`"));
    }

    #[test]
    fn a_release_with_hostile_names_is_upgraded_by_one_command() {
        let hostile = HelmRelease {
            name: "kps$(touch x)".into(),
            namespace: "a b".into(),
            chart: "`touch x`".into(),
            chart_version: "1; touch x #".into(),
            context: Some("aks prod".into()),
            ..release(json!({}), json!({}))
        };

        let words = shell_words::split(&upgrade(&hostile, "it's -f.yaml")).unwrap();

        assert_eq!(words[2..4], ["kps$(touch x)", "REPOSITORY/`touch x`"]);
        assert_eq!(words[4..8], ["--version", "1; touch x #", "-n", "a b"]);
        assert_eq!(
            words[9..],
            ["-f", "it's -f.yaml", "--kube-context", "aks prod"]
        );
    }
}
