//! What does the resource that is written for have already? A file that replaces it is only made where it certainly does not exist.

use std::path::Path;

use crate::cluster::Kubernetes;
use crate::cluster::custom_resource::CustomResource;
use crate::cluster::error::ClusterError;
use crate::cluster::server::PrometheusServer;
use crate::delivery::{LiveResource, Owner, Ownership};
use crate::discover::Discovered;
use crate::error::Failure;
use crate::files;
use crate::next_step::NextStep;
use crate::patch::{self, Notice};
use crate::problem::Problem;
use crate::render::ManifestResource;
use crate::spec::choices::PrometheusChoice;
use crate::spec::command_line::{KubeContext, kubectl, option};
use crate::target::resource_kind::ResourceKind;
use crate::target::{Format, Target};
use crate::workflow::live_config_map::ConfigMapState;
use crate::workflow::mismatch::FileMismatch;
use crate::workflow::own_file::OwnFile;
use crate::workflow::uncompared_file;

/// What is known of the resource that the connection is written for.
#[derive(Clone)]
pub(crate) enum ResourceState {
    /// What is written is no resource, or nothing names one.
    NotConcerned,
    /// The API server has no resource of that name.
    Absent(ManifestResource),
    Live(Box<LiveResource>),
    Unknown(UnknownResource),
    /// The ConfigMap that the user's file describes.
    ConfigMap(Box<ConfigMapState>),
}

/// Why a resource is not known, and what to do about it.
#[derive(Debug, Clone)]
pub(crate) struct UnknownResource {
    /// Its kind is not known either.
    resource: ManifestResource,
    problem: Problem,
}

impl ResourceState {
    /// Looks at the server that was found, or else at the resource that was named.
    pub(crate) async fn look(
        found: &Discovered,
        choice: Option<&PrometheusChoice>,
        input: Option<&Path>,
        target: Target,
    ) -> Self {
        if target.format() == Format::ConfigMap {
            // A file that cannot be read is refused where it is patched.
            let Some(file) = input.and_then(|input| files::read(input).ok()) else {
                return Self::NotConcerned;
            };
            let server = found.prometheus.as_ref().ok();
            let named = match (server, choice) {
                (None, Some(PrometheusChoice::Workload { namespace, .. })) => Some(&**namespace),
                _ => None,
            };
            let state = ConfigMapState::look(&found.kubernetes, server, named, &file).await;
            return state.map_or(Self::NotConcerned, |state| Self::ConfigMap(Box::new(state)));
        }
        let server = found.prometheus.as_ref().ok();
        let server = server.filter(|server| server.operator_managed());
        let (namespace, name) = match (server, choice) {
            _ if target.format() != Format::Resource => return Self::NotConcerned,
            (Some(server), _) => (&server.namespace, &server.name),
            (None, Some(PrometheusChoice::Workload { namespace, name })) => (namespace, name),
            (None, _) => return Self::NotConcerned,
        };
        match &found.kubernetes {
            Ok(kubernetes) => read(kubernetes, namespace, name).await,
            Err(problem) => Self::Unknown(UnknownResource::new(namespace, name, problem.clone())),
        }
    }

    /// Who reverts manual changes, and who else it reaches. `has_file` is whether the user named a file of their own.
    pub(super) fn warnings(&self, has_file: bool) -> Vec<String> {
        match self {
            Self::Live(live) => live.warning(has_file).into_iter().collect(),
            Self::ConfigMap(state) => state.warnings(),
            _ => Vec::new(),
        }
    }

    /// What a user should know before their own file is applied.
    pub(super) fn notices(&self, file: OwnFile<'_>) -> Vec<Notice> {
        match self {
            Self::Live(live) => {
                // What cannot be read is refused where it is patched.
                let read = |text: &str| patch::resource(text).unwrap_or_default();
                let (own, after) = (read(file.before), read(file.after));
                let reference = live.resource.reference();
                // `remoteWrite` is an atomic list: whoever applies the file replaces all of its items, with server-side
                // apply too.
                let losses = live.losses(&own, &after).into_iter();
                let changes = live.changes(&own, &after).into_iter();
                let changes = changes
                    .map(|one| Notice::other_value(&reference, &one.path, &one.from, &one.to));
                losses.map(Notice::not_in_file).chain(changes).collect()
            }
            Self::ConfigMap(state) => state.notices(file),
            Self::Unknown(unknown) => {
                vec![Notice::not_compared(
                    &unknown.name(),
                    &unknown.problem.why(),
                )]
            }
            Self::NotConcerned | Self::Absent(_) => Vec::new(),
        }
    }

    /// What is left to do with the user's own file of a resource that was looked for. `text` is what it contained before.
    pub(super) fn after_own_file(
        &self,
        file: &str,
        text: &str,
        context: Option<&KubeContext>,
    ) -> Option<NextStep> {
        match self {
            Self::Live(live) => {
                let own = patch::resource(text).unwrap_or_default();
                Some(live.after_own_file(file, &own, context))
            }
            Self::ConfigMap(state) => Some(state.after_own_file(file, text, context)),
            Self::Absent(resource) => {
                let namespace = Some(&*resource.namespace);
                Some(kubectl::apply(file, namespace, context).into())
            }
            Self::Unknown(unknown) => {
                let (name, namespace) = (unknown.name(), Some(&*unknown.resource.namespace));
                Some(uncompared_file::after_unread(
                    &name, file, namespace, context,
                ))
            }
            Self::NotConcerned => None,
        }
    }

    /// Why the user's own file is not one of this Prometheus: applied, it would make or change something else.
    pub(super) fn mismatch(
        &self,
        named: Option<&ManifestResource>,
        file: &str,
    ) -> Option<FileMismatch> {
        if let Self::ConfigMap(state) = self {
            return state.mismatch();
        }
        let expected = self.expected(named)?;
        let target = Target::CustomResource;
        let document = patch::data(&patch::read_part(file, &[target]), target).ok()?;
        let described = ManifestResource::of(&document)?;
        let has_other_namespace =
            !described.namespace.is_empty() && described.namespace != expected.namespace;
        if described.name == expected.name && !has_other_namespace {
            return self.other_kind(&described);
        }
        let namespace = match described.namespace.as_str() {
            "" => &expected.namespace,
            own => own,
        };
        let described = format!("{namespace}/{}", described.name);
        Some(FileMismatch::new(
            format!("Prometheus {}", expected.reference()),
            &format!("Prometheus {described}"),
            &format!(
                "for the one that the file describes: {}",
                option("--prometheus", &described)
            ),
        ))
    }

    /// A Prometheus and a PrometheusAgent of one name are two resources: the file of one would start it in addition to the other.
    fn other_kind(&self, described: &ManifestResource) -> Option<FileMismatch> {
        let running = &self.live()?.resource;
        (described.kind != running.kind).then(|| {
            FileMismatch::new(
                format!("{} {}", running.kind, running.reference()),
                &format!("{} {}", described.kind, running.reference()),
                &format!("change its kind to {} if it is for that one", running.kind),
            )
        })
    }

    /// The resource that the connection is for. `named` is the one of the answers.
    pub(super) fn expected<'a>(
        &'a self,
        named: Option<&'a ManifestResource>,
    ) -> Option<&'a ManifestResource> {
        match self {
            Self::Live(live) => Some(&live.resource),
            Self::Absent(resource) => Some(resource),
            Self::Unknown(unknown) => Some(&unknown.resource),
            Self::ConfigMap(_) => None,
            Self::NotConcerned => named,
        }
    }

    pub(crate) fn live(&self) -> Option<&LiveResource> {
        match self {
            Self::Live(live) => Some(live),
            _ => None,
        }
    }

    /// What a new file describes.
    pub(crate) fn new_resource(&self) -> Result<Option<ManifestResource>, Failure> {
        match self {
            Self::NotConcerned | Self::ConfigMap(_) => Ok(None),
            Self::Absent(resource) => Ok(Some(resource.clone())),
            Self::Live(live) => Ok(Some(live.resource.clone())),
            Self::Unknown(unknown) => Err(unknown.refusal()),
        }
    }
}

impl UnknownResource {
    fn new(namespace: &str, name: &str, problem: Problem) -> Self {
        Self {
            resource: ManifestResource::new(ResourceKind::Prometheus, namespace, name),
            problem,
        }
    }

    /// Why it is not known.
    pub(super) fn problem(&self) -> &Problem {
        &self.problem
    }

    fn name(&self) -> String {
        format!("Prometheus {}", self.resource.reference())
    }

    /// A file without the remote writes and volumes that a running resource has would take them away.
    pub(crate) fn refusal(&self) -> Failure {
        Failure::new(format!("write a file for {}", self.name()))
            .problem(self.problem.clone())
            .reason("a new file would replace the remote writes and volumes that it has")
            .next("or name the file that it is applied from: --input FILE")
    }
}

/// What undoes `helm upgrade` by hand: a controller that runs Helm, or renders its charts, from a repository.
pub(crate) async fn controller_of_release(found: &Discovered, target: Target) -> Option<String> {
    let server = found.prometheus.as_ref().ok()?;
    let kubernetes = found.kubernetes.as_ref().ok()?;
    // Only values of a chart reach the cluster by way of a release.
    target.chart()?;
    controller_of(kubernetes, server).await
}

/// The same for a server that a Helm release runs.
pub(crate) async fn controller_of(
    kubernetes: &Kubernetes,
    server: &PrometheusServer,
) -> Option<String> {
    let metadata = match kubernetes.metadata(server).await {
        Ok(metadata) => metadata?,
        Err(error) => return Some(owner_unread(&server.reference(), &error)),
    };
    let owner = Ownership::read(&metadata).owner;
    let installs = |owner: &Owner| {
        matches!(
            owner,
            Owner::Flux { .. } | Owner::ArgoCd { .. } | Owner::Program { .. }
        )
    };
    let owner = owner.filter(installs);
    Some(owner?.instead_of_helm(&server.reference()))
}

/// What reverts a manual change of the pod template, for a target that does not describe the pod.
pub(crate) async fn owner_of_pod(found: &Discovered, target: Target) -> Option<String> {
    let server = found.prometheus.as_ref().ok()?;
    let kubernetes = found.kubernetes.as_ref().ok()?;
    // The Operator makes the pod template from its resource, and reverts other changes of it.
    if target.describes_pod() || server.operator_managed() {
        return None;
    }
    let (kind, name) = server.pod_controller();
    let workload = format!("{kind} {}/{name}", server.namespace);
    let metadata = match kubernetes.metadata(server).await {
        Ok(metadata) => metadata?,
        Err(error) => {
            return Some(format!(
                "cannot read who owns {workload}: {error}; run this command again, or make sure that no controller \
                 reverts manual changes"
            ));
        }
    };
    let owner = Ownership::read(&metadata).owner?;
    Some(owner.instead_of_pod_patch(&workload))
}

/// An owner that was not seen may be there, so no command is printed that it would undo.
fn owner_unread(reference: &str, error: &ClusterError) -> String {
    format!(
        "cannot read whether Flux or Argo CD installs {reference}: {error}; run this command again, or check that neither does \
         before you give the file to Helm"
    )
}

async fn read(kubernetes: &Kubernetes, namespace: &str, name: &str) -> ResourceState {
    match kubernetes.custom_resource(namespace, name).await {
        Ok(Some(found)) => ResourceState::Live(Box::new(live(namespace, name, &found))),
        // Which kind it will be is up to the user, and an agent is the rarer one.
        Ok(None) => ResourceState::Absent(ManifestResource::new(
            ResourceKind::Prometheus,
            namespace,
            name,
        )),
        Err(error) => {
            ResourceState::Unknown(UnknownResource::new(namespace, name, Problem::from(&error)))
        }
    }
}

/// As it is read from the cluster.
pub(crate) fn live(namespace: &str, name: &str, found: &CustomResource) -> LiveResource {
    LiveResource {
        resource: ManifestResource::new(found.kind, namespace, name),
        text: serde_yaml::to_string(&found.written).unwrap_or_default(),
        ownership: Ownership::read(&found.metadata),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::next_step::lines;

    fn resource(kind: ResourceKind) -> ManifestResource {
        ManifestResource::new(kind, "monitoring", "main")
    }

    fn live(kind: ResourceKind) -> ResourceState {
        ResourceState::Live(Box::new(LiveResource {
            resource: resource(kind),
            text: "spec: {remoteWrite: [{name: mimir, url: 'https://mimir/push'}], replicas: 2}"
                .into(),
            ownership: Ownership::read(&serde_json::Value::Null),
        }))
    }

    fn unknown() -> ResourceState {
        let problem = Problem::new("the API server refused it");
        ResourceState::Unknown(UnknownResource::new("monitoring", "main", problem))
    }

    fn file(kind: &str, reference: &str) -> String {
        let metadata = match reference.split_once('/') {
            Some((namespace, name)) => format!("{{namespace: {namespace}, name: {name}}}"),
            None => format!("{{name: {reference}}}"),
        };
        format!(
            "apiVersion: monitoring.coreos.com/v1\nkind: {kind}\nmetadata: {metadata}\nspec: {{replicas: 2}}\n"
        )
    }

    #[test]
    fn no_new_file_is_made_for_a_resource_that_could_not_be_read() {
        let failure = unknown().new_resource().err().unwrap();

        assert!(
            failure.to_string().contains("Prometheus monitoring/main"),
            "{failure}"
        );
        assert!(
            lines(failure.next_steps())
                .join("\n")
                .contains("--input FILE")
        );
        let absent = ResourceState::Absent(resource(ResourceKind::Prometheus));
        assert!(absent.new_resource().unwrap().is_some());
        assert!(
            ResourceState::NotConcerned
                .new_resource()
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn a_file_of_another_resource_is_a_mismatch() {
        let of = |state: &ResourceState, kind: &str, reference: &str| {
            state.mismatch(None, &file(kind, reference)).is_some()
        };
        let running = live(ResourceKind::Prometheus);

        assert!(!of(&running, "Prometheus", "monitoring/main"));
        // The namespace is then that of the context.
        assert!(!of(&running, "Prometheus", "main"));
        assert!(of(&running, "Prometheus", "monitoring/other"));
        assert!(of(&running, "Prometheus", "other/main"));
        assert!(of(&running, "PrometheusAgent", "monitoring/main"));
        assert!(of(&unknown(), "Prometheus", "monitoring/other"));
        assert!(!of(&ResourceState::NotConcerned, "Prometheus", "a/b"));
    }

    #[test]
    fn a_remote_write_that_the_file_lacks_is_a_notice() {
        let before = file("Prometheus", "monitoring/main");
        // The connection makes the list, and lists are replaced as a whole.
        let after = before.replace(
            "replicas: 2",
            "replicas: 2, remoteWrite: [{name: azure, url: u}]",
        );
        let own = OwnFile {
            before: &before,
            after: &after,
        };
        let notices = |state: &ResourceState| {
            let notices = state.notices(own).into_iter();
            notices
                .map(|one| one.to_string())
                .collect::<Vec<_>>()
                .join("\n")
        };

        let of_live = notices(&live(ResourceKind::Prometheus));
        assert!(of_live.contains("mimir"), "{of_live}");
        let of_unknown = notices(&unknown());
        assert!(
            of_unknown.contains("the API server refused it"),
            "{of_unknown}"
        );
    }

    #[test]
    fn a_file_is_applied_only_where_nothing_is_there() {
        let text = file("Prometheus", "monitoring/main");
        let step = |state: &ResourceState| {
            let step = state.after_own_file("cr.yaml", &text, None);
            step.map(|step| lines(&[step]).join("\n"))
        };

        let absent = step(&ResourceState::Absent(resource(ResourceKind::Prometheus)));
        assert!(absent.unwrap().contains("kubectl apply"));
        let unknown = step(&unknown()).unwrap();
        assert!(
            unknown.contains("kubectl diff") && !unknown.contains("kubectl apply"),
            "{unknown}"
        );
        assert_eq!(step(&ResourceState::NotConcerned), None);
    }
}
