//! Which Helm release the values are for, and what it has already.

use std::collections::BTreeSet;
use std::path::Path;

use super::own_file::OwnFile;
use super::release_values::{carried_over, differences, other_chart, undeployed, upgrade_step};
use crate::cluster::Kubernetes;
use crate::cluster::error::ClusterError;
use crate::cluster::helm::{HelmRelease, Releases};
use crate::cluster::release_name::ReleaseName;
use crate::cluster::server::PrometheusServer;
use crate::compat::Installation;
use crate::discover::Discovered;
use crate::discover::prometheus::DiscoveryError;
use crate::error::Failure;
use crate::files;
use crate::next_step::NextStep;
use crate::patch::{self, Notice, ReleaseNotice};
use crate::problem::Problem;
use crate::remote_write::RemoteWrite;
use crate::spec::choices::PrometheusChoice;
use crate::spec::command_line::{CommandLine, KubeContext, helm, option};
use crate::target::Target;

/// The file of printed lines that save the values of a release, and the one where that is the empty file that was given.
const SAVED: &str = "release-values.yaml";
const SAVED_BESIDE: &str = "running-values.yaml";

/// What is known of the release that the values are for.
#[derive(Clone)]
pub(crate) enum RunningRelease {
    /// What is written are no values of a chart.
    NotConcerned,
    /// The cluster was looked at and has neither the Prometheus nor the release that was named.
    Absent {
        context: Option<KubeContext>,
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
    context: Option<KubeContext>,
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
    pub(super) fn because(why: impl Into<String>) -> Self {
        Problem::new(why).into()
    }

    pub(super) fn of_release(self, name: &str, namespace: &str) -> Self {
        Self {
            release: Some((name.to_owned(), namespace.to_owned())),
            ..self
        }
    }

    fn of_cluster(self, kubernetes: &Kubernetes) -> Self {
        Self {
            context: kubernetes.kube_context().cloned(),
            ..self
        }
    }

    fn next(mut self, step: impl Into<NextStep>) -> Self {
        self.problem = self.problem.next(step);
        self
    }

    /// Name and namespace, or placeholders for them.
    fn name_and_namespace(&self) -> (&str, &str) {
        match &self.release {
            Some((name, namespace)) => (name, namespace),
            None => ("RELEASE", "NAMESPACE"),
        }
    }

    /// The line that writes down what the release has.
    fn save_values(&self, file: &str) -> CommandLine {
        let (name, namespace) = self.name_and_namespace();
        helm::save_values(namespace, name, file, self.context.as_ref())
    }

    /// The next step with a file whose lists would take the place of lists that are not known.
    fn compare(&self, path: &str) -> NextStep {
        let purpose = format!(
            "the values of the running release could not be read, and Helm removes what {path} does not have. \
             Compare them first"
        );
        let (name, namespace) = self.name_and_namespace();
        // It writes nothing, since the user's own file can be `release-values.yaml`.
        let show = helm::show_values(namespace, name, self.context.as_ref());
        NextStep::run(purpose, show)
    }

    /// No file is written whose lists would take the place of lists that are not known.
    pub(crate) fn refusal(&self) -> Failure {
        Failure::new("write new Helm values")
            .problem(self.problem.clone())
            .reason("Helm replaces a list as a whole, so a new file could remove what the running release has")
            .next(self.save_values(SAVED))
            .next(format!("then add --input {SAVED}"))
    }

    /// The same for the user's own file without any value, to which all lists would be new.
    fn refusal_of_empty(&self, input: &Path) -> Failure {
        // The shell does not replace a file that is there.
        let saved = match input.ends_with(SAVED) {
            true => SAVED_BESIDE,
            false => SAVED,
        };
        Failure::new(format!("add the connection to {}", input.display()))
            .problem(self.problem.clone())
            .reason(format!(
                "the values of the running release could not be read, and {} is empty: Helm replaces a list as a \
                 whole, so the new lists could remove what the release has",
                input.display()
            ))
            .next(self.save_values(saved))
            .next(format!(
                "then use it in place of the empty file: {}",
                option("--input", saved)
            ))
    }

    fn notice(&self) -> Notice {
        Notice::of_release(ReleaseNotice::NotCompared {
            why: self.problem.why(),
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
                context: kubernetes.kube_context().cloned(),
            },
            looked => looked,
        }
    }

    async fn look_in(
        kubernetes: &Kubernetes,
        server: &Result<PrometheusServer, DiscoveryError>,
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
    fn without_server(why: &DiscoveryError, choice: Option<&PrometheusChoice>) -> Self {
        let lists = match (why, choice) {
            (DiscoveryError::Absent(_), None) => return Self::Absent { context: None },
            (DiscoveryError::Unreadable { problem, .. }, _) => problem.clone().into(),
            (why, _) => UnknownLists::because(why.to_string())
                .next("name the Prometheus: --prometheus NAMESPACE/NAME or release:NAME"),
        };
        Self::Unknown(lists)
    }

    pub(crate) fn found(&self) -> Option<&HelmRelease> {
        match self {
            Self::Found(release) => Some(release),
            _ => None,
        }
    }

    /// Why no file can be written for this release, whose lists are not known: with this input, or with none.
    pub(crate) fn refusal(&self, input: Option<&Path>) -> Option<Failure> {
        let Self::Unknown(unknown) = self else {
            return None;
        };
        let Some(input) = input else {
            return Some(unknown.refusal());
        };
        let has_nothing = files::read(input).is_ok_and(|text| has_no_content(&text));
        has_nothing.then(|| unknown.refusal_of_empty(input))
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

    /// What a user should know before the file is given to Helm. `own` is their own file, where one is patched.
    pub(crate) fn notices(&self, target: Target, own: Option<OwnFile<'_>>) -> Vec<Notice> {
        match (self, own) {
            (Self::Found(release), own) => {
                let differences = own.map(|file| differences_of_values(release, file, target));
                let differences = differences.into_iter().flatten();
                differences
                    .chain(other_chart(release, target))
                    .chain(undeployed(release))
                    .collect()
            }
            (Self::Unknown(unknown), Some(_)) => vec![unknown.notice()],
            _ => Vec::new(),
        }
    }

    /// What has to be over before the values can be given to Helm.
    pub(crate) fn preparation(&self) -> Option<NextStep> {
        let release = self.found()?;
        let revision = release.undeployed.as_ref().filter(|one| one.is_pending())?;
        let (namespace, context) = (&release.namespace, release.context.as_ref());
        // A revision stays pending forever when its Helm was killed; a rollback ends that.
        let rollback = helm::rollback(namespace, &release.name, release.revision, context);
        Some(NextStep::from(rollback).only_if(format!(
            "the change that made revision {} {} was interrupted",
            revision.number, revision.status
        )))
    }

    /// What the notices about a file for it ask to do first. `has_own` says whether it is the user's own.
    pub(crate) fn first_step(&self, has_own: bool) -> Option<NextStep> {
        match self {
            Self::Unknown(unknown) if has_own => Some(unknown.compare("the file")),
            _ => self.preparation(),
        }
    }

    /// The next step: the line that gives the values to Helm, or that shows what they would replace.
    pub(crate) fn next_step(&self, path: &str) -> NextStep {
        match self {
            Self::Found(release) => upgrade_step(release, path),
            Self::Absent { context } => helm::install(path, context.as_ref()).into(),
            Self::Unknown(unknown) => unknown.compare(path),
            Self::NotConcerned => {
                UnknownLists::because("the running release was not read").compare(path)
            }
        }
    }
}

/// Whether a text has no value at all. `null` and `{}` are values: Helm prints them for a release without any.
fn has_no_content(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').lines().all(|line| {
        let line = line.trim_start_matches("---").trim_start_matches("...");
        line.trim().is_empty() || line.trim_start().starts_with('#')
    })
}

async fn of_server(kubernetes: &Kubernetes, release: &ReleaseName) -> RunningRelease {
    let ReleaseName { namespace, name } = release;
    match named(kubernetes, name, Some(namespace)).await {
        Ok(Some(release)) => RunningRelease::Found(Box::new(release)),
        Ok(None) => {
            let why = format!(
                "namespace {namespace} has neither a Secret nor a ConfigMap that keeps Helm release `{name}`"
            );
            // Helm can keep its releases in a SQL database as well (`HELM_DRIVER=sql`), which is not seen from here.
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
        Some(target) => unknown.next(format!(
            "write what fits it: {}",
            option("--target", target)
        )),
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
        // Helm upgrades from the last deployed revision, and there is none.
        ([], [last]) => Err(UnknownLists::because(format!(
            "no revision of Helm release `{name}` is deployed: revision {} is {}",
            last.number, last.status
        ))
        .of_release(name, &last.namespace)
        .next(helm::history(
            &last.namespace,
            name,
            kubernetes.kube_context(),
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
            "or name its namespace, which you may be allowed to look into: {}",
            option("--prometheus", format!("release:NAMESPACE/{name}"))
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
        unknown.next(option(
            "--prometheus",
            format!("release:{namespace}/{name}"),
        ))
    })
}

/// How the values in the user's own file differ from those of the release.
fn differences_of_values(release: &HelmRelease, file: OwnFile<'_>, target: Target) -> Vec<Notice> {
    let values = OwnFile {
        before: &patch::chart_values(file.before, target),
        after: &patch::chart_values(file.after, target),
    };
    differences(release, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::prometheus::UnreadableReason;
    use crate::next_step::lines;

    fn workload() -> PrometheusChoice {
        PrometheusChoice::Workload {
            namespace: "monitoring".into(),
            name: "main".into(),
        }
    }

    fn unknown() -> UnknownLists {
        UnknownLists::because("it was not read").of_release("kps", "monitoring")
    }

    fn steps(failure: &Failure) -> String {
        lines(failure.next_steps()).join("\n")
    }

    #[test]
    fn only_a_cluster_that_was_read_and_has_no_server_has_no_release() {
        let absent = DiscoveryError::Absent("there is none".into());
        let unreadable = DiscoveryError::Unreadable {
            problem: Problem::new("out of reach"),
            reason: UnreadableReason::OutOfReach,
        };
        let is_absent = |why: &DiscoveryError, choice: Option<&PrometheusChoice>| {
            let seen = RunningRelease::without_server(why, choice);
            matches!(seen, RunningRelease::Absent { .. })
        };

        assert!(is_absent(&absent, None));
        assert!(!is_absent(&absent, Some(&workload())));
        assert!(!is_absent(&unreadable, None));
        assert!(!is_absent(&DiscoveryError::Several("two".into()), None));
    }

    #[test]
    fn no_new_file_is_made_for_a_release_whose_lists_are_unknown() {
        let running = RunningRelease::Unknown(unknown());

        let failure = running.refusal(None).unwrap();

        assert!(failure.to_string().contains("it was not read"), "{failure}");
        let steps = steps(&failure);
        assert!(steps.contains("helm get values kps"), "{steps}");
        assert!(steps.contains("--input release-values.yaml"), "{steps}");
        let absent = RunningRelease::Absent { context: None };
        assert!(absent.refusal(None).is_none());
    }

    #[test]
    fn saving_the_values_does_not_overwrite_the_empty_file_that_was_given() {
        let folder = tempfile::tempdir().unwrap();
        let of_file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            let failure = RunningRelease::Unknown(unknown()).refusal(Some(&path));
            failure.map(|failure| steps(&failure))
        };

        let same = of_file("release-values.yaml", "# nothing yet\n").unwrap();
        let other = of_file("mine.yaml", "---\n").unwrap();

        assert!(same.contains("> running-values.yaml"), "{same}");
        assert!(other.contains("> release-values.yaml"), "{other}");
        assert_eq!(of_file("full.yaml", "a: 1\n"), None);
    }

    #[test]
    fn only_comments_and_separators_are_no_content() {
        for text in ["", "\u{feff}# a\n", "---\n...\n", "  # a\n\n"] {
            assert!(has_no_content(text), "{text:?}");
        }
        for text in ["{}", "null", "--- a", "a:"] {
            assert!(!has_no_content(text), "{text:?}");
        }
    }

    #[test]
    fn values_of_an_unknown_release_are_compared_and_never_given_to_helm() {
        for running in [
            RunningRelease::Unknown(unknown()),
            RunningRelease::NotConcerned,
        ] {
            let step = lines(&[running.next_step("values.yaml")]).join("\n");

            assert!(step.contains("helm get values"), "{step}");
            assert!(!step.contains("helm upgrade"), "{step}");
        }
    }
}
