//! What is migrated: a file, a custom resource of the cluster, or the values of a Helm release.

use std::path::{Path, PathBuf};

use super::request::{DOING, MigrationRequest};
use crate::cluster::helm::HelmRelease;
use crate::delivery::LiveResource;
use crate::error::Failure;
use crate::helm;
use crate::migrate::{Rollback, SourceText};
use crate::next_step::NextStep;
use crate::patch::{self, PatchOperation};
use crate::problem::Problem;
use crate::redact::without_secrets;
use crate::spec::choices::ClusterChoice;
use crate::spec::command_line::{KubeContext, helm as helm_line, path_word};
use crate::target::Target;
use crate::text::path_text;
use crate::workflow::file_kind;
use crate::workflow::occupied_file;
use crate::workflow::proposal::Proposal;
use crate::workflow::resource_patch;
use crate::workflow::{
    kustomization, no_place, own_file, release_values, standard_streams, uncompared_file,
};

/// A text to migrate, and what is known of the Prometheus that reads it.
pub(crate) struct MigrationSource {
    /// In messages and diffs.
    pub(crate) name: String,
    pub(crate) kind: Target,
    pub(crate) text: String,
    /// What describes the pod, where that is another text.
    pub(crate) manifest: Option<String>,
    /// What the Services of the cluster lead to that its remote writes name.
    pub(crate) services: Option<String>,
    /// Why it is not known whether a remote write leads to a proxy.
    pub(crate) unread_service: Option<Problem>,
    pub(crate) origin: Origin,
    pub(crate) version: Option<String>,
    pub(crate) operator: Option<String>,
    pub(crate) cluster_name: Option<String>,
    /// The context of the kubeconfig by which the cluster was looked at.
    pub(crate) context: Option<KubeContext>,
    /// What undoes an upgrade by hand, and what to do instead.
    pub(crate) controller: Option<String>,
    pub(crate) warnings: Vec<String>,
}

pub(crate) enum Origin {
    File(PathBuf),
    Resource(Box<LiveResource>),
    Release(Box<HelmRelease>),
}

/// The files that the request name.
pub(crate) fn from_file(
    request: &MigrationRequest,
    input: &Path,
) -> Result<MigrationSource, Failure> {
    if request.in_place && standard_streams::is_standard_input(input) {
        return Err(Failure::usage("write stdin in place")
            .reason("it has no place to write to")
            .next("name the file to write: --out FILE"));
    }
    let sidecar = request.sidecar.as_deref();
    let is_stdin = standard_streams::is_standard_input;
    if is_stdin(input) && sidecar.is_some_and(is_stdin) {
        return Err(Failure::usage("read both files from stdin")
            .reason("stdin holds one file")
            .next("name one of the two: --input FILE or --sidecar FILE"));
    }
    let text = own_file::read(input)?;
    let name = input.display().to_string();
    kustomization::check(input, &text)?;
    let kind = match request.target {
        Some(kind) => {
            no_place::check(input, &text, DOING)?;
            kind
        }
        None => file_kind::of_file(input, &text, DOING)?.ok_or_else(|| {
            Failure::usage(format!("{DOING} in {name}"))
                .reason("the kind of file is not recognised")
                .next("name the kind: --target TARGET")
        })?,
    };
    let described = patch::described_pod(&text, kind).unwrap_or_default();
    Ok(MigrationSource {
        manifest: sidecar.map(own_file::read).transpose()?,
        version: described.version.as_ref().map(ToString::to_string),
        operator: described.operator.as_ref().map(ToString::to_string),
        cluster_name: request.cluster.as_ref().map(cluster_name),
        ..MigrationSource::new(name, kind, text, Origin::File(input.to_owned()))
    })
}

pub(super) fn cluster_name(choice: &ClusterChoice) -> String {
    match choice {
        ClusterChoice::Name(name) | ClusterChoice::Context(name) => name.clone(),
        ClusterChoice::Id(id) => id.name().to_owned(),
    }
}

impl MigrationSource {
    /// A text of which nothing else is known yet.
    pub(super) fn new(name: String, kind: Target, text: String, origin: Origin) -> Self {
        Self {
            name,
            kind,
            text,
            manifest: None,
            services: None,
            unread_service: None,
            origin,
            version: None,
            operator: None,
            cluster_name: None,
            context: None,
            controller: None,
            warnings: Vec::new(),
        }
    }

    pub(crate) fn nothing_to_migrate(&self) -> String {
        format!(
            "There is nothing to migrate: {} has no sidecar and no remote write to one.",
            self.name
        )
    }

    /// Fails where a remote write may lead to a proxy that could not be looked for.
    pub(super) fn check_services(&self) -> Result<(), Failure> {
        let failure = || Failure::new(format!("{DOING} in {}", self.name));
        match &self.unread_service {
            Some(problem) => Err(failure().problem(problem.clone())),
            None => Ok(()),
        }
    }

    pub(super) fn text_source(&self) -> SourceText<'_> {
        SourceText {
            text: &self.text,
            target: self.kind,
            manifest: self.manifest.as_deref(),
            services: self.services.as_deref(),
        }
    }

    /// What is written, and where: a whole file, or of a release only the values that change.
    pub(super) fn proposal(
        &self,
        request: &MigrationRequest,
        after: &str,
    ) -> Result<Proposal, Failure> {
        let (product, is_private) = match &self.origin {
            Origin::File(_) => (after.to_owned(), false),
            Origin::Resource(_) => {
                let patch = self.operations(after)?;
                let text = resource_patch::text(&patch, request.out.as_deref())?;
                let is_private = without_secrets(&text) != text;
                (text, is_private)
            }
            Origin::Release(release) => {
                let values = self.changed_values(release, after)?;
                let is_private = without_secrets(&values) != values;
                (values, is_private)
            }
        };
        let (out, before) = match (&request.out, &self.origin) {
            (None, Origin::File(path)) if request.in_place => {
                (Some(path.clone()), self.text.clone())
            }
            (Some(out), _) => {
                let before = occupied_file::present_text(out)?;
                match self.origin {
                    // Compared below: the input itself may be replaced, and comes whole.
                    Origin::File(_) => {}
                    Origin::Resource(_) => {
                        occupied_file::check_for_patch(out, &before, &product)?;
                    }
                    Origin::Release(_) => {
                        occupied_file::check(out, &before, &product, self.kind)?;
                    }
                }
                (Some(out.clone()), before)
            }
            (None, _) => (None, String::new()),
        };
        let mut proposal = Proposal::new(out, before, product, is_private);
        if let Origin::File(input) = &self.origin {
            let paths = (&**input, proposal.out.as_deref());
            proposal.notices =
                occupied_file::check_other(paths, proposal.replaced(), self.kind, |_| None)?;
            proposal = proposal.closed_as(input);
        }
        Ok(proposal)
    }

    /// A patch, since a file of the whole resource would take away what others add to its lists meanwhile.
    fn operations(&self, after: &str) -> Result<Vec<PatchOperation>, Failure> {
        patch::differences(&self.text, after)
            .map_err(|refusal| Failure::new(DOING).reason(refusal.to_string()))
    }

    /// What happens to the change when the user applies their own file of the resource again.
    pub(super) fn undone(&self, after: &str) -> Result<Vec<String>, Failure> {
        let Origin::Resource(live) = &self.origin else {
            return Ok(Vec::new());
        };
        let changes: Vec<_> = self
            .operations(after)?
            .iter()
            .filter_map(PatchOperation::changed_keys)
            .collect();
        Ok(live.notes(&changes, "brings the sidecar back"))
    }

    fn changed_values(&self, release: &HelmRelease, after: &str) -> Result<String, Failure> {
        let read = |text: &str| serde_yaml::from_str(text);
        let unreadable = |error: serde_yaml::Error| Failure::new(DOING).because(error);
        let defaults = serde_yaml::to_value(&release.defaults).map_err(unreadable)?;
        let before: serde_yaml::Value = read(&self.text).map_err(unreadable)?;
        let mut after = read(after).map_err(unreadable)?;
        keep_emptied_lists(&before, &mut after);
        let nothing_new = serde_yaml::Value::Null;
        // Only what changes: Helm keeps the other values with `--reset-then-reuse-values`.
        let overlay = helm::overlay(&before, &after, &nothing_new, &defaults);
        serde_yaml::to_string(&overlay).map_err(unreadable)
    }

    /// What to type so that Prometheus gets it.
    pub(super) fn how_to_apply(&self, request: &MigrationRequest) -> Vec<NextStep> {
        let written = match &self.origin {
            Origin::File(path) if request.in_place => Some(path),
            _ => request.out.as_ref(),
        };
        let path = written.map_or("FILE".into(), |path| path_text::encode(path));
        let context = self.context.as_ref();
        let step = match &self.origin {
            Origin::Resource(live) => live.after_patch(&path, context),
            Origin::Release(release) => {
                let manual_steps = || release_values::upgrade_step(release, &path);
                self.controller
                    .clone()
                    .map_or_else(manual_steps, NextStep::from)
            }
            Origin::File(_) => {
                let of_values = || self.how_to_apply_values(&path);
                let (text, kind) = (&self.text, self.kind);
                return uncompared_file::next_steps(text, kind, &path, context, of_values);
            }
        };
        vec![step]
    }

    fn how_to_apply_values(&self, path: &str) -> NextStep {
        if let Some(controller) = self.release_controller() {
            return own_file::after_release_resource(path, controller);
        }
        // Which release it is for is not known, so nothing was compared, and a line that is printed is pasted.
        // Values that are merged over those of the release take no key of it away, so the container would stay.
        NextStep::run(
            format!(
                "to apply it, pass {path}, all your other values files and `--reset-values` to Helm. This removes \
                 every value that only the release has, so look at its values first"
            ),
            helm_line::show_values("NAMESPACE", "RELEASE", self.context.as_ref()),
        )
    }

    fn release_controller(&self) -> Option<&'static str> {
        patch::controller_of_release(&self.text, self.kind)
    }

    /// How to restore what was; `former` is the file with the former text.
    pub(super) fn rollback(&self, former: Option<&Path>) -> Rollback {
        Rollback::Sentence(match (&self.origin, former) {
            (_, Some(former)) => format!("put {} back in its place", path_word(former)),
            // A rollback makes a new revision with the values and the chart of this one.
            (Origin::Release(release), None) if self.controller.is_none() => {
                let context = self.context.as_ref();
                return Rollback::Command(helm_line::rollback(
                    &release.namespace,
                    &release.name,
                    release.revision,
                    context,
                ));
            }
            (Origin::Release(_), None) => "undo the change in the repository".to_owned(),
            (Origin::Resource(live), None) => format!(
                "apply the file again from which {} was made",
                live.resource.reference()
            ),
            (Origin::File(_), None) => "restore the previous content".to_owned(),
        })
    }

    /// The file that still has the former text, where none was written over it.
    pub(super) fn former(&self, request: &MigrationRequest) -> Option<PathBuf> {
        match &self.origin {
            Origin::File(path) if !request.in_place => Some(path.clone()),
            _ => None,
        }
    }
}

/// A list that goes from a file stays in values as an empty one: `null` instead is understood by few readers.
fn keep_emptied_lists(before: &serde_yaml::Value, after: &mut serde_yaml::Value) {
    let (Some(before), Some(after)) = (before.as_mapping(), after.as_mapping_mut()) else {
        return;
    };
    for (key, value) in before {
        match after.get_mut(key) {
            Some(below) => keep_emptied_lists(value, below),
            None if value.is_sequence() => {
                after.insert(key.clone(), serde_yaml::Value::Sequence(Vec::new()));
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(origin: Origin, text: &str) -> MigrationSource {
        MigrationSource::new("x".into(), Target::KubePrometheusStack, text.into(), origin)
    }

    fn release() -> Origin {
        Origin::Release(Box::new(HelmRelease {
            name: "kps".into(),
            namespace: "monitoring".into(),
            chart: "kube-prometheus-stack".into(),
            chart_version: "88.5.3".into(),
            values: serde_json::Value::Null,
            defaults: serde_json::Value::Null,
            revision: 7,
            undeployed: None,
            context: None,
        }))
    }

    fn steps(source: &MigrationSource, request: &MigrationRequest) -> String {
        crate::next_step::lines(&source.how_to_apply(request)).join("\n")
    }

    #[test]
    fn standard_input_cannot_be_changed_in_place() {
        let request = MigrationRequest {
            in_place: true,
            ..MigrationRequest::default()
        };

        let failure = from_file(&request, Path::new("-")).err().unwrap();

        assert!(failure.to_string().contains("stdin"), "{failure}");
    }

    #[test]
    fn standard_input_holds_one_of_the_two_files() {
        let request = MigrationRequest {
            sidecar: Some("-".into()),
            ..MigrationRequest::default()
        };

        let failure = from_file(&request, Path::new("/dev/stdin")).err().unwrap();

        assert_eq!(failure.doing(), "read both files from stdin");
    }

    #[test]
    fn a_list_that_went_stays_as_an_empty_one() {
        let read = |text: &str| serde_yaml::from_str::<serde_yaml::Value>(text).unwrap();
        let before = read("{a: {list: [1], kept: [2], map: {b: 1}}}");
        let mut after = read("{a: {kept: [3]}}");

        keep_emptied_lists(&before, &mut after);

        assert_eq!(after, read("{a: {kept: [3], list: []}}"));
    }

    #[test]
    fn of_a_release_only_what_changes_is_written() {
        let before = "{prometheus: {prometheusSpec: {containers: [{name: s}], replicas: 2}}}";
        let after =
            "{prometheus: {prometheusSpec: {replicas: 2, additionalRemoteWrite: [{name: a}]}}}";

        let proposal = source(release(), before)
            .proposal(&MigrationRequest::default(), after)
            .unwrap();

        let written = &proposal.after;
        assert!(written.contains("additionalRemoteWrite"), "{written}");
        assert!(written.contains("containers: []"), "{written}");
        assert!(!written.contains("replicas"), "{written}");
    }

    #[test]
    fn values_of_an_unknown_release_are_never_given_to_helm() {
        let file = source(Origin::File("values.yaml".into()), "prometheus: {}");
        let in_place = MigrationRequest {
            in_place: true,
            ..MigrationRequest::default()
        };

        let of_file = steps(&file, &in_place);
        assert!(of_file.contains("values.yaml"), "{of_file}");
        assert!(!of_file.contains("helm upgrade"), "{of_file}");
        let of_release = steps(&source(release(), ""), &in_place);
        assert!(of_release.contains("helm upgrade kps"), "{of_release}");
    }

    #[test]
    fn a_release_is_rolled_back_unless_a_repository_keeps_it() {
        let mut of_release = source(release(), "");
        assert!(matches!(of_release.rollback(None), Rollback::Command(_)));

        of_release.controller = Some("Flux installs it".into());
        assert!(
            matches!(of_release.rollback(None), Rollback::Sentence(text) if text.contains("repository"))
        );

        let file = source(Origin::File("values.yaml".into()), "");
        let former = file.former(&MigrationRequest::default()).unwrap();
        assert!(
            matches!(file.rollback(Some(&former)), Rollback::Sentence(text) if text.contains("values.yaml"))
        );
    }
}
