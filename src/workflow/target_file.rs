//! What happens to the user's file? It is read, rendered or patched in memory, shown as a difference, and written whole.

use crate::next_step::NextStep;
use crate::workflow::release_values;
use std::path::{Path, PathBuf};

use super::preview::Preview;
use super::proposal::{Proposal, unwritable};
use crate::compat::Installation;
use crate::error::Failure;
use crate::files;
use crate::patch::{self, Notice};
use crate::redact;
use crate::remote_write::{CompleteRemoteWrite, RemoteWrite};
use crate::render::sandbox_mark::unmarked;
use crate::render::{self, ManifestResource, NewFileSource};
use crate::spec::answers::ConnectionAnswers;
use crate::spec::choices::PrometheusChoice;
use crate::spec::command_line::{KubeContext, kubectl};
use crate::target::resource_kind::ResourceKind;
use crate::target::{Format, Target};
use crate::text::path_text;
use crate::workflow::accepted;
use crate::workflow::kustomization;
use crate::workflow::live_resource::ResourceState;
use crate::workflow::no_place;
use crate::workflow::occupied_file;
use crate::workflow::own_file::{self, OwnFile, read};
use crate::workflow::own_template;
use crate::workflow::patch_failure;
use crate::workflow::resource_patch::PatchedResource;
use crate::workflow::running_release::RunningRelease;
use crate::workflow::unread_cluster_state::UnreadClusterState;
use crate::workflow::unread_values;
use crate::workflow::written_file;
use crate::workflow::{file_kind, helm_file_name};

/// Which file is read and which is written.
pub(crate) struct TargetFile {
    /// The user's own; without one a new file is rendered.
    pub(super) input: Option<PathBuf>,
    /// `None` is stdout.
    out: Option<PathBuf>,
    /// Templates of the user's own for new files.
    template_folder: Option<PathBuf>,
    /// The Kubernetes resource that was named, for a new file that describes one.
    resource: Option<ManifestResource>,
    /// What the cluster has of it.
    state: ResourceState,
    /// The context of the kubeconfig by which the cluster was looked at.
    context: Option<KubeContext>,
    /// The Helm release that the values are for.
    pub(super) release: RunningRelease,
    /// What decides the text and could not be read.
    unread: Option<UnreadClusterState>,
    /// What is written names nothing in the real Azure.
    in_sandbox: bool,
    /// The kind of the input file is not named.
    is_guessed: bool,
    /// What may be lost of other values is accepted.
    force: bool,
}

impl TargetFile {
    /// `write` patches the input in place; `--out` names another place. New files are made from the templates of
    /// `template_folder` where it has some.
    pub(crate) fn new(
        answers: &ConnectionAnswers,
        write: bool,
        template_folder: Option<&Path>,
    ) -> Result<Self, Failure> {
        let named = match &answers.prometheus {
            Some(PrometheusChoice::File(path)) => Some(path.clone()),
            _ => None,
        };
        let input = answers.input.clone().or(named);
        let out = written_file::written(input.as_deref(), answers.out.as_deref(), write)?;
        Ok(Self {
            out,
            input,
            template_folder: template_folder.map(Path::to_owned),
            resource: match &answers.prometheus {
                Some(PrometheusChoice::Workload { namespace, name }) => Some(
                    ManifestResource::new(ResourceKind::Prometheus, namespace, name),
                ),
                _ => None,
            },
            state: ResourceState::NotConcerned,
            context: None,
            release: RunningRelease::NotConcerned,
            unread: None,
            in_sandbox: false,
            is_guessed: false,
            force: false,
        })
    }

    /// The same for the Helm release that the Prometheus belongs to, and for what could not be read.
    pub(crate) fn of(self, release: &RunningRelease, unread: Option<UnreadClusterState>) -> Self {
        Self {
            release: release.clone(),
            unread,
            ..self
        }
    }

    /// The same for a target that the cluster or the keys of the file decided.
    pub(crate) fn guessed(self, is_guessed: bool) -> Self {
        Self { is_guessed, ..self }
    }

    /// The same where the user accepts what may be lost.
    pub(crate) fn forced(self, force: bool) -> Self {
        Self { force, ..self }
    }

    /// The same for a trial, whose files are marked.
    pub(crate) fn in_sandbox(self, in_sandbox: bool) -> Self {
        Self { in_sandbox, ..self }
    }

    /// The same for a resource that was looked at in the cluster, by this context of the kubeconfig.
    pub(crate) fn for_resource(self, state: &ResourceState, context: Option<&KubeContext>) -> Self {
        Self {
            state: state.clone(),
            context: context.cloned(),
            ..self
        }
    }

    /// Makes sure that the file can be read, and written when it comes to it, before anything else is done.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if let Some(input) = &self.input {
            read(input)?;
        }
        match &self.out {
            Some(out) => files::check_writable(out).map_err(|error| unwritable(out, error)),
            None => Ok(()),
        }
    }

    /// The same as a JSON Patch for the resource of the input, or for that of the cluster.
    pub(crate) fn propose_patch(
        &self,
        remote_write: &CompleteRemoteWrite,
        installation: &Installation,
    ) -> Result<Proposal, Failure> {
        self.with_progress(|| self.resource_patch(remote_write, installation))
    }

    /// A large file of the user takes long to read and to prove.
    fn with_progress<T>(&self, work: impl FnOnce() -> T) -> T {
        match &self.input {
            Some(input) => files::with_progress(input, work),
            None => work(),
        }
    }

    fn resource_patch(
        &self,
        remote_write: &RemoteWrite,
        installation: &Installation,
    ) -> Result<Proposal, Failure> {
        self.check_known()?;
        if installation.target.format() != Format::Resource {
            return Err(Failure::usage("make a patch of a resource")
                .reason("only a Prometheus or PrometheusAgent is patched in the cluster")
                .next("add --target custom-resource, or leave out --json-patch"));
        }
        let subject = match (&self.input, &self.state) {
            (Some(input), _) => {
                let text = read(input)?;
                self.check_subject(input, &text, installation)?;
                let expected = self.state.expected(self.resource.as_ref());
                let namespace = expected.map(|resource| &*resource.namespace);
                PatchedResource::of_file(input.display().to_string(), text, namespace)
            }
            (None, ResourceState::Live(live)) => PatchedResource::of_cluster(live),
            (None, state) => {
                state.new_resource()?;
                let kind = ResourceKind::Prometheus.qualified();
                return Err(Failure::usage("make a patch of a resource")
                    .reason("it depends on what the resource has already")
                    .next(kubectl::save_prometheus(&kind, self.context.as_ref()))
                    .next("then add --input live.yaml"));
            }
        };
        let context = self.context.as_ref();
        subject.propose(installation, remote_write, self.out.clone(), context)
    }

    /// The file as it will be written.
    pub(crate) fn propose(
        &self,
        remote_write: &CompleteRemoteWrite,
        installation: &Installation,
    ) -> Result<Proposal, Failure> {
        let proposal = self.with_progress(|| self.render_or_patch(remote_write, installation))?;
        Ok(proposal.of_trial(self.in_sandbox))
    }

    /// The file as far as it is known before the plan is applied.
    pub(crate) fn preview(
        &self,
        remote_write: &RemoteWrite,
        installation: &Installation,
    ) -> Result<Preview, Failure> {
        let proposal = self.with_progress(|| self.render_or_patch(remote_write, installation))?;
        Ok(Preview::new(proposal.of_trial(self.in_sandbox)))
    }

    fn render_or_patch(
        &self,
        remote_write: &RemoteWrite,
        installation: &Installation,
    ) -> Result<Proposal, Failure> {
        self.blocker().map_or(Ok(()), Err)?;
        let carries_secret = remote_write.carries_secret();
        let Some(input) = &self.input else {
            // A file of the whole resource would take away, when it is applied, what others add to its lists until
            // then.
            if self.state.live().is_some() {
                return self.resource_patch(remote_write, installation);
            }
            helm_file_name::check(self.out.as_deref(), None, installation.target)?;
            return self.propose_new(remote_write, installation);
        };
        let text = read(input)?;
        kustomization::check(input, &text)?;
        no_place::check(input, &text, "put the connection")?;
        if self.is_guessed {
            file_kind::check_fits(input, &text, installation.target)?;
        }
        let named = match self.is_guessed {
            true => None,
            false => file_kind::check_named(input, &text, installation.target).err(),
        };
        self.check_subject(input, &text, installation)?;
        helm_file_name::check(self.out.as_deref(), Some(&text), installation.target)?;
        let mut patched = patch::patch(&text, installation, remote_write)
            .map_err(|refusal| patch_failure::refused(&input.display().to_string(), &refusal))?;
        let file = OwnFile {
            before: &text,
            after: &patched.text,
        };
        let target = installation.target;
        let of_release = self.release.notices(target, Some(file));
        let unread = patched.unread.as_ref().and_then(|unread| {
            unread_values::check(input, unread, &self.release, &of_release).err()
        });
        let accepted = accepted::notices(self.force, [named, unread])?;
        let of_cluster = self.state.notices(file);
        patched.notices.extend(accepted);
        patched.notices.extend(of_release);
        patched.notices.extend(of_cluster);
        let next = self.after_release_resource(&text, target);
        let next = next.or_else(|| self.after_own_file(&text));
        let proposal = Proposal::of_file(input, text, self.out.clone(), patched.text)?;
        let (paths, file) = ((&**input, self.out.as_deref()), proposal.replaced());
        let left_out = occupied_file::check_other(paths, file, target, |present| {
            Some(patch::patch(present, installation, remote_write).ok()?.text)
        })?;
        patched.notices.extend(left_out);
        Ok(Proposal {
            carries_secret,
            notices: Notice::most_important_first(patched.notices),
            next,
            ..proposal
        })
    }
}

impl TargetFile {
    /// What is left to do with a new file that describes a resource, where the cluster certainly has none.
    fn after_new_file(&self) -> Option<NextStep> {
        let file = path_text::encode(self.out.as_ref()?);
        let context = self.context.as_ref();
        matches!(self.state, ResourceState::Absent(_))
            .then(|| kubectl::create(&file, context).into())
    }

    /// What is left to do with a resource from which a controller takes the values of a chart.
    fn after_release_resource(&self, text: &str, target: Target) -> Option<NextStep> {
        let file = path_text::encode(self.out.as_ref()?);
        let controller = patch::controller_of_release(text, target)?;
        Some(own_file::after_release_resource(&file, controller))
    }

    /// What is left to do with the user's own file of a resource that the cluster has.
    fn after_own_file(&self, text: &str) -> Option<NextStep> {
        let file = path_text::encode(self.out.as_ref()?);
        self.state
            .after_own_file(&file, text, self.context.as_ref())
    }

    /// A new resource for a cluster that was not looked at.
    fn new_file_notices(&self, installation: &Installation) -> Vec<Notice> {
        let is_blind = installation.target.format() == Format::Resource
            && matches!(self.state, ResourceState::NotConcerned);
        let text = "this file is for a new Prometheus. Applied to an existing one, it replaces the lists of that one; \
                    for an existing one, add --input FILE";
        is_blind
            .then(|| Notice::of_cluster(text.to_owned()))
            .into_iter()
            .collect()
    }

    /// A file that does not exist yet, or that an earlier run wrote.
    fn propose_new(
        &self,
        remote_write: &RemoteWrite,
        installation: &Installation,
    ) -> Result<Proposal, Failure> {
        let fresh = self.render(installation, remote_write)?;
        let after = self.release.new_file(installation, remote_write, fresh)?;
        let carries_secret =
            remote_write.carries_secret() || redact::without_secrets(&after) != after;
        let before = match &self.out {
            Some(out) => occupied_file::present_text(out)?,
            None => String::new(),
        };
        // Helm sorts the keys of what it keeps, which changes the order of what is carried over, and nothing else.
        let is_release = self.release.found().is_some();
        let after = if is_release && release_values::have_equal_data(&before, &after) {
            before.clone()
        } else {
            after
        };
        if let Some(out) = &self.out {
            occupied_file::check(out, unmarked(&before), &after, installation.target)?;
        }
        let mut notices = self.new_file_notices(installation);
        notices.extend(self.release.notices(installation.target, None));
        let notices = Notice::most_important_first(notices);
        let proposal = Proposal::new(self.out.clone(), before, after, carries_secret);
        Ok(Proposal {
            notices,
            new_name: installation.target.template().map(|(name, _)| name),
            next: self.after_new_file(),
            ..proposal
        })
    }

    /// The user's own file describes what the connection is for.
    fn check_subject(
        &self,
        input: &Path,
        text: &str,
        installation: &Installation,
    ) -> Result<(), Failure> {
        if !matches!(
            installation.target.format(),
            Format::Resource | Format::ConfigMap
        ) {
            return Ok(());
        }
        let mismatch = self.state.mismatch(self.resource.as_ref(), text);
        mismatch.map_or(Ok(()), |mismatch| Err(mismatch.refusal(input)))
    }

    /// Nothing is written as long as what decides the text could not be read.
    fn check_known(&self) -> Result<(), Failure> {
        self.unread
            .as_ref()
            .map_or(Ok(()), |unread| Err(unread.failure()))
    }

    /// Why no file can be proposed: what a new one would replace is not known, or what decides the text.
    pub(crate) fn blocker(&self) -> Option<Failure> {
        let of_new_file = || self.state.new_resource().err().filter(|_| self.is_new());
        let of_release = self.release.refusal(self.input.as_deref());
        of_release
            .or_else(of_new_file)
            .or_else(|| self.check_known().err())
    }

    /// Whether a new file is rendered, with none of the user's own to patch.
    pub(crate) fn is_new(&self) -> bool {
        self.input.is_none()
    }

    /// Whether a place to write to was named.
    pub(crate) fn is_written(&self) -> bool {
        self.out.is_some()
    }

    fn render(
        &self,
        installation: &Installation,
        remote_write: &RemoteWrite,
    ) -> Result<String, Failure> {
        let source = NewFileSource {
            template: own_template::of(self.template_folder.as_deref(), installation.target)?,
            resource: self.state.new_resource()?.or_else(|| self.resource.clone()),
        };
        render::render(installation, remote_write, &source)
            .map_err(|error| Failure::usage("render a new file").problem(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;

    fn file(answers: &ConnectionAnswers, write: bool) -> TargetFile {
        TargetFile::new(answers, write, None).unwrap_or_else(|failure| panic!("{failure}"))
    }

    fn with_input(input: &str) -> ConnectionAnswers {
        ConnectionAnswers {
            input: Some(input.into()),
            ..ConnectionAnswers::default()
        }
    }

    #[test]
    fn the_answers_decide_whether_a_file_is_patched_and_written() {
        let named = ConnectionAnswers {
            prometheus: Some(PrometheusChoice::File("prometheus.yml".into())),
            ..ConnectionAnswers::default()
        };
        let copy = ConnectionAnswers {
            out: Some("copy.yaml".into()),
            ..with_input("values.yaml")
        };

        for (answers, write, is_new, is_written) in [
            (ConnectionAnswers::default(), false, true, false),
            (with_input("values.yaml"), false, false, false),
            (with_input("values.yaml"), true, false, true),
            (named, true, false, true),
            (copy, false, false, true),
        ] {
            let file = file(&answers, write);

            assert_eq!((file.is_new(), file.is_written()), (is_new, is_written));
        }
    }

    #[test]
    fn writing_in_place_needs_an_input() {
        assert!(TargetFile::new(&ConnectionAnswers::default(), true, None).is_err());
    }

    #[test]
    fn an_input_that_does_not_exist_is_refused_before_azure_is_changed() {
        assert!(
            file(&with_input("no-such-folder/values.yaml"), true)
                .check()
                .is_err()
        );
        assert!(file(&ConnectionAnswers::default(), false).check().is_ok());
    }

    #[test]
    fn no_file_is_proposed_where_what_decides_its_text_could_not_be_read() {
        let unread = UnreadClusterState {
            what: "the version of Prometheus",
            problem: Problem::new("forbidden"),
        };
        let known = file(&with_input("values.yaml"), false);
        assert!(known.blocker().is_none());

        let unknown = known.of(&RunningRelease::NotConcerned, Some(unread));

        assert!(unknown.blocker().is_some());
    }
}
