//! What becomes of the user's file? It is read, rendered or patched in memory, shown as a difference, and written whole.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::Context;
use crate::cli::helm_values::{self, RunningRelease};
use crate::cli::live_resource::ResourceState;
use crate::cli::resource_patch::Subject;
use crate::compat::{self, Demand, Installation, Level, Version};
use crate::delivery;
use crate::error::{ExitCode, Failure};
use crate::files::{self, Access, FileError, PROMETHEUS_GROUP, Secrecy};
use crate::patch::{self, Notice, PatchRefusal, Reason};
use crate::problem::Problem;
use crate::render::{self, Blueprint, RemoteWrite, RenderError, Resource};
use crate::spec::answers::ConnectionAnswers;
use crate::spec::choices::PrometheusChoice;
use crate::spec::command_line::file_word;
use crate::spec::path_text;
use crate::spec::resource_kind::ResourceKind;
use crate::target::{Format, Target};
use crate::ui;
use crate::ui::plan::TargetDocument;

/// Which file is read and which is written.
pub(crate) struct TargetFile {
    /// The user's own; without one a new file is rendered.
    input: Option<PathBuf>,
    /// `None` is stdout.
    out: Option<PathBuf>,
    /// Templates of the user's own for new files.
    template_folder: Option<PathBuf>,
    /// The Kubernetes resource that was named, for a new file that describes one.
    resource: Option<Resource>,
    /// What the cluster has of it.
    state: ResourceState,
    /// The context of the kubeconfig by which the cluster was looked at.
    context: Option<String>,
    /// The Helm release that the values are for.
    release: RunningRelease,
    /// What decides the text and could not be read.
    unread: Option<Unread>,
}

/// Something of the cluster that decides what is written, and that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unread {
    /// Completes "find out …".
    pub(crate) what: &'static str,
    pub(crate) problem: Problem,
}

impl Unread {
    fn failure(&self) -> Failure {
        Failure::new(format!("find out {}", self.what)).problem(self.problem.clone())
    }
}

/// What the file will say. May hold a secret, hence no `Debug`.
pub(crate) struct Proposal {
    out: Option<PathBuf>,
    before: String,
    after: String,
    carries_secret: bool,
    pub(crate) notices: Vec<Notice>,
    /// A resource of the cluster that the file changes, which is what a user wants to see.
    shown: Option<Shown>,
    /// How the file reaches a resource of the cluster.
    next: Option<String>,
}

/// A text before and after, and what it is called.
struct Shown {
    name: String,
    before: String,
    after: String,
}

/// `amw-rw/render/v1`.
#[derive(Debug, Serialize)]
pub(crate) struct RenderDocument {
    schema: &'static str,
    target: TargetDocument,
    up_to_date: bool,
    text: String,
}

impl TargetFile {
    /// `write` patches the input in place; `--out` says another place. New files are made from the templates of
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
        if write && input.is_none() && answers.out.is_none() {
            return Err(Failure::usage("write the file in place")
                .reason("`--write` says where only together with a file that is there")
                .next("add --input FILE, or say where to write: --out FILE"));
        }
        let in_place = if write { input.clone() } else { None };
        if let Some(stream) = in_place.as_deref().filter(|path| files::is_stream(path))
            && answers.out.is_none()
        {
            return Err(
                Failure::usage(format!("write {} in place", stream.display()))
                    .reason("it is a pipe or a device, which has no place to write to")
                    .next("say where to write: --out FILE"),
            );
        }
        Ok(Self {
            out: answers.out.clone().or(in_place),
            input,
            template_folder: template_folder.map(Path::to_owned),
            resource: match &answers.prometheus {
                Some(PrometheusChoice::Workload { namespace, name }) => {
                    Some(Resource::new(ResourceKind::Prometheus, namespace, name))
                }
                _ => None,
            },
            state: ResourceState::NotConcerned,
            context: None,
            release: RunningRelease::NotConcerned,
            unread: None,
        })
    }

    /// The same for the Helm release that the Prometheus belongs to, and for what could not be read.
    pub(crate) fn of(self, release: &RunningRelease, unread: Option<Unread>) -> Self {
        Self {
            release: release.clone(),
            unread,
            ..self
        }
    }

    /// The same for a resource that was looked at in the cluster, by this context of the kubeconfig.
    pub(crate) fn for_resource(self, state: &ResourceState, context: Option<&str>) -> Self {
        Self {
            state: state.clone(),
            context: context.map(str::to_owned),
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
            (Some(input), _) => Subject::of_file(input.display().to_string(), read(input)?),
            (None, ResourceState::Live(live)) => Subject::of_cluster(live),
            (None, state) => {
                state.new_resource()?;
                return Err(Failure::usage("make a patch of a resource")
                    .reason("it depends on what the resource has already")
                    .next("kubectl get prometheuses.monitoring.coreos.com NAME -n NAMESPACE -o yaml > live.yaml")
                    .next("then add --input live.yaml"));
            }
        };
        let context = self.context.as_deref();
        subject.propose(installation, remote_write, self.out.clone(), context)
    }

    /// Renders or patches in memory.
    pub(crate) fn propose(
        &self,
        remote_write: &RemoteWrite,
        installation: &Installation,
    ) -> Result<Proposal, Failure> {
        self.obstacle().map_or(Ok(()), Err)?;
        let carries_secret = remote_write.carries_secret();
        let Some(input) = &self.input else {
            if self.state.live().is_some() {
                return self.propose_patch(remote_write, installation);
            }
            return self.propose_new(remote_write, installation);
        };
        let before = read(input)?;
        let mut patched = patch::patch(&before, installation, remote_write)
            .map_err(|refusal| refused(input, &refusal))?;
        let of_release = self
            .release
            .notices(installation.target, Some((&before, &patched.text)));
        patched.notices.extend(of_release);
        if let Some(live) = self.state.live() {
            let losses = live.losses(&before, &patched.text);
            patched
                .notices
                .extend(losses.into_iter().map(Notice::not_in_file));
        }
        Ok(Proposal {
            out: self.out.clone(),
            before,
            after: patched.text,
            carries_secret,
            notices: patched.notices,
            shown: None,
            next: self.after_own_file(),
        })
    }
}

impl TargetFile {
    /// What is left to do with a new file that describes a resource, where the cluster certainly has none.
    fn after_new_file(&self) -> Option<String> {
        let file = path_text::encode(self.out.as_ref()?);
        let context = self.context.as_deref();
        matches!(self.state, ResourceState::Absent(_))
            .then(|| delivery::create_line(&file, context))
    }

    /// What is left to do with the user's own file of a resource that the cluster has.
    fn after_own_file(&self) -> Option<String> {
        let file = path_text::encode(self.out.as_ref()?);
        let live = self.state.live()?;
        Some(live.after_own_file(&file, self.context.as_deref()))
    }

    /// A new resource for a cluster that was not looked at.
    fn new_file_notices(&self, installation: &Installation) -> Vec<Notice> {
        let is_blind = installation.target.format() == Format::Resource
            && matches!(self.state, ResourceState::NotConcerned);
        let text = "this file is for a Prometheus that does not exist yet: applied to one that does, it replaces the lists \
                    that it has; for that one, add --input FILE";
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
            remote_write.carries_secret() || render::without_secrets(&after) != after;
        let before = self
            .out
            .as_deref()
            .and_then(|out| files::read(out).ok())
            .unwrap_or_default();
        // Helm sorts the keys of what it keeps, which changes the order of what is carried over, and nothing else.
        let is_release = self.release.found().is_some();
        let after = if is_release && helm_values::say_the_same(&before, &after) {
            before.clone()
        } else {
            after
        };
        let mut notices = self.new_file_notices(installation);
        notices.extend(self.release.notices(installation.target, None));
        Ok(Proposal {
            out: self.out.clone(),
            before,
            after,
            carries_secret,
            notices,
            shown: None,
            next: self.after_new_file(),
        })
    }

    /// Nothing is written as long as what decides the text could not be read.
    fn check_known(&self) -> Result<(), Failure> {
        self.unread
            .as_ref()
            .map_or(Ok(()), |unread| Err(unread.failure()))
    }

    /// Why no file can be proposed: what a new one would replace is not known, or what decides the text.
    pub(crate) fn obstacle(&self) -> Option<Failure> {
        let of_new_file = match &self.release {
            RunningRelease::Unknown(unknown) => Some(unknown.refusal()),
            _ => self.state.new_resource().err(),
        };
        let of_new_file = of_new_file.filter(|_| self.input.is_none());
        of_new_file.or_else(|| self.check_known().err())
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
        let blueprint = Blueprint {
            template: self.template(installation)?,
            resource: self.state.new_resource()?.or_else(|| self.resource.clone()),
        };
        render::render(installation, remote_write, &blueprint).map_err(|error| {
            let next = match &error {
                RenderError::NoName => {
                    "say which: --prometheus NAMESPACE/NAME, or name your file to patch: --input FILE"
                }
                RenderError::Template { .. }
                | RenderError::NotYaml { .. }
                | RenderError::Unused { .. } => {
                    "compare it with the built-in template of this version, docs/templates.md"
                }
                RenderError::Unwritable(unwritable) => unwritable.next(),
                RenderError::NoTemplate(_) => "name your file to patch: --input FILE",
            };
            Failure::usage("render a new file").because(error).next(next)
        })
    }

    /// The user's own template for this target, if the folder has one: what it is called, and its text.
    fn template(&self, installation: &Installation) -> Result<Option<(String, String)>, Failure> {
        let Some(folder) = &self.template_folder else {
            return Ok(None);
        };
        let Some((name, _)) = installation.target.template() else {
            return Ok(None);
        };
        let path = folder.join(name);
        match files::read(&path) {
            Ok(text) => Ok(Some((path.display().to_string(), text))),
            Err(FileError::Missing(_)) if folder.is_dir() => Ok(None),
            Err(error) => {
                let next = error.next();
                Err(Failure::usage(format!("read template {}", path.display()))
                    .because(error)
                    .next(next))
            }
        }
    }
}

pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    files::read(path).map_err(|error| {
        let next = error.next();
        Failure::new(format!("read {}", path.display()))
            .because(error)
            .next(next)
    })
}

fn refused(input: &Path, refusal: &PatchRefusal) -> Failure {
    refused_by(&input.display().to_string(), refusal)
}

/// `name` is what a user calls the text that is not patched.
pub(crate) fn refused_by(name: &str, refusal: &PatchRefusal) -> Failure {
    let doing = format!("put the connection into {name}");
    if let Reason::Unwritable(unwritable) = refusal.reason {
        return Failure::usage(doing)
            .reason(refusal.to_string())
            .next(unwritable.next());
    }
    Failure::new(doing)
        .reason(refusal.to_string())
        .next(refusal.next())
}

fn unwritable(path: &Path, error: FileError) -> Failure {
    let next = error.next();
    let is_untold = error.leaves_file_untold();
    let failure = Failure::new(format!("write {}", path.display())).because(error);
    let failure = if is_untold {
        failure.reason(format!("{} is as it was before", path.display()))
    } else {
        failure
    };
    failure.next(next)
}

/// The file is written by now, so a mode that cannot be read again is no failure of it.
fn warn_of_secret(path: &Path, context: &Context) {
    match access_note(path) {
        Ok(note) => context.warn(&note),
        Err(_) => context.warn(&format!(
            "{} holds a secret: make sure that only Prometheus can read it",
            path.display()
        )),
    }
}

/// Who can read a file that holds a secret, and what to do where Prometheus is not among them.
fn access_note(path: &Path) -> Result<String, FileError> {
    let access = files::access(path)?;
    Ok(access_text(path, access, files::prometheus_group()))
}

fn access_text(path: &Path, access: Access, prometheus: Option<u32>) -> String {
    let group_reads = access.mode & 0o040 != 0;
    let group = match prometheus {
        Some(id) if id == access.group => format!("its group, `{PROMETHEUS_GROUP}`,"),
        _ => format!("its group, group id {},", access.group),
    };
    let readers = if group_reads {
        format!(
            "only its owner, user id {}, and {group} can read it",
            access.owner
        )
    } else {
        format!("only its owner, user id {}, can read it", access.owner)
    };
    let found = format!(
        "{} holds a secret: {readers} (mode {:04o}).",
        path.display(),
        access.mode
    );
    if group_reads && prometheus == Some(access.group) {
        return found;
    }
    let name = if prometheus.is_some() {
        PROMETHEUS_GROUP
    } else {
        "GROUP"
    };
    let file = file_word(&path.display().to_string());
    format!(
        "{found} If Prometheus runs as another user, give the file to its group: chgrp {name} {file} && chmod 640 {file}"
    )
}

impl Proposal {
    /// `before` is what `out` says now; without `out`, the text goes to stdout.
    pub(crate) fn new(
        out: Option<PathBuf>,
        before: String,
        after: String,
        carries_secret: bool,
    ) -> Self {
        Self {
            out,
            before,
            after,
            carries_secret,
            notices: Vec::new(),
            shown: None,
            next: None,
        }
    }

    pub(crate) fn with_notices(self, notices: Vec<Notice>) -> Self {
        Self { notices, ..self }
    }

    /// Shows how this text changes instead of the file, and says how the file makes it do so.
    pub(crate) fn changing(
        self,
        name: String,
        before: String,
        after: String,
        next: String,
    ) -> Self {
        // A resource that has everything already needs nothing done.
        let next = (before != after).then_some(next);
        let shown = Some(Shown {
            name,
            before,
            after,
        });
        Self {
            shown,
            next,
            ..self
        }
    }

    pub(crate) fn path(&self) -> Option<String> {
        self.out.as_ref().map(|path| path.display().to_string())
    }

    pub(crate) fn text(&self) -> &str {
        &self.after
    }

    pub(crate) fn is_up_to_date(&self) -> bool {
        self.before == self.after || self.is_in_place()
    }

    /// Whether the resource that would be changed has everything already.
    fn is_in_place(&self) -> bool {
        let shown = self.shown.as_ref();
        shown.is_some_and(|shown| shown.before == shown.after)
    }

    /// Whether a file that was named will be written; stdout is no file.
    pub(crate) fn changes_a_file(&self) -> bool {
        self.out.is_some() && !self.is_in_place() && !self.is_written()
    }

    /// Whether the file to write holds this text already. Not the same as `is_up_to_date`: `--out` can name another file
    /// than the input that needs no change.
    fn is_written(&self) -> bool {
        self.out.as_deref().is_some_and(|out| {
            // Reading a pipe would wait for its writer.
            !files::is_stream(out) && files::read(out).is_ok_and(|text| text == self.after)
        })
    }

    /// A unified diff with every secret hidden; empty when nothing changes.
    pub(crate) fn diff(&self) -> String {
        if let Some(shown) = &self.shown {
            return render::unified_diff(&shown.name, &shown.name, &shown.before, &shown.after);
        }
        let name = self.name();
        render::unified_diff(&name, &name, &self.before, &self.after)
    }

    fn name(&self) -> String {
        self.out
            .as_ref()
            .map_or_else(|| "stdout".to_owned(), |path| path.display().to_string())
    }

    pub(crate) fn document(&self) -> TargetDocument {
        TargetDocument {
            // What is up to date in the cluster is not written.
            path: self.path().filter(|_| !self.is_in_place()),
            diff: self.diff(),
        }
    }

    /// What is left to do with a file for a resource that was looked at.
    pub(crate) fn after_resource(&self) -> Option<&str> {
        self.next.as_deref().filter(|_| !self.takes_away())
    }

    /// Whether applying the file would take away what others put into the cluster. A line that is printed is pasted, so
    /// none is printed then.
    fn takes_away(&self) -> bool {
        self.notices.iter().any(Notice::is_loss)
    }

    /// What is left to do with the file that was written, before Prometheus knows of it.
    pub(crate) fn left_to_do(
        &self,
        target: Target,
        release: &RunningRelease,
        context: Option<&str>,
    ) -> Option<String> {
        if let (true, Some(out)) = (self.takes_away(), &self.out) {
            return Some(format!(
                "{} lacks what the notes above name and the cluster has: add it to the file and run this command again, \
                 or apply the file yourself if it is to go",
                out.display()
            ));
        }
        if self.shown.is_some() || self.next.is_some() {
            return self.next.clone();
        }
        let file = path_text::encode(self.out.as_ref()?);
        Some(match target.format() {
            Format::Configuration => {
                format!(
                    "promtool check config {}, then let Prometheus reload it (SIGHUP, or POST /-/reload)",
                    file_word(&file)
                )
            }
            Format::HelmValues { .. } => release.upgrade(&file),
            Format::Resource | Format::ConfigMap => delivery::apply_line(&file, context),
        })
    }

    /// What `render -o json` answers: the file's new text without its secrets, and how it differs.
    pub(crate) fn render_document(&self) -> RenderDocument {
        RenderDocument {
            schema: "amw-rw/render/v1",
            target: self.document(),
            up_to_date: self.is_up_to_date(),
            text: render::without_secrets(&self.after),
        }
    }

    pub(crate) fn show_diff(&self, context: &Context) {
        if self.changes_a_file() && !self.is_up_to_date() {
            context.say(&ui::diff::coloured(&self.diff(), context.story_palette()));
        }
        for notice in &self.notices {
            context.say(&format!("note: {notice}"));
        }
    }

    /// Writes the file unless the resource that it would change is up to date, or prints it to stdout without its secret.
    /// Gives the backup that was made.
    pub(crate) fn deliver(&self, context: &Context) -> Result<Option<PathBuf>, Failure> {
        if let Some(out) = &self.out
            && let Some(shown) = self.shown.as_ref().filter(|_| self.is_in_place())
        {
            context.say(&format!(
                "{} is up to date, so {} is not written.",
                shown.name,
                out.display()
            ));
            return Ok(None);
        }
        self.write_or_print(context)
    }

    /// Writes the file, even a patch without operations, or prints it to stdout without its secret.
    /// Gives the backup that was made.
    pub(crate) fn write_or_print(&self, context: &Context) -> Result<Option<PathBuf>, Failure> {
        let Some(out) = &self.out else {
            return self.print(context).map(|()| None);
        };
        if self.is_written() {
            context.say(&format!("{} is up to date.", out.display()));
            if let Some(folder) = out.parent() {
                files::sweep(folder);
            }
            return self.close_to_others(out, context).map(|()| None);
        }
        let secrecy = if self.carries_secret {
            Secrecy::Secret
        } else {
            Secrecy::Public
        };
        let written =
            files::write(out, &self.after, secrecy).map_err(|error| unwritable(out, error))?;
        let backup = written.backup.as_ref().map_or_else(String::new, |path| {
            format!("; the former text is in {}", path.display())
        });
        context.say(&format!("Wrote {}{backup}.", written.path.display()));
        if self.carries_secret && !files::is_stream(&written.path) {
            warn_of_secret(&written.path, context);
        }
        Ok(written.backup)
    }

    /// Prints nothing but the text to stdout, and what to know of it to stderr.
    pub(crate) fn print_bare(&self, context: &Context) -> Result<ExitCode, Failure> {
        for notice in &self.notices {
            context.say(&format!("note: {notice}"));
        }
        self.print_text(context)?;
        if let Some(step) = self.after_resource() {
            context.say(&format!("Next: {step}"));
        }
        Ok(ExitCode::Done)
    }

    /// A file that holds the secret already, but lets everybody read it.
    fn close_to_others(&self, out: &Path, context: &Context) -> Result<(), Failure> {
        let failed = |error| unwritable(out, error);
        if self.carries_secret && files::close_to_others(out).map_err(failed)? {
            warn_of_secret(out, context);
        }
        Ok(())
    }

    fn print(&self, context: &Context) -> Result<(), Failure> {
        if context.wants_json() {
            return Ok(());
        }
        self.print_text(context)
    }

    fn print_text(&self, context: &Context) -> Result<(), Failure> {
        if self.carries_secret {
            context.warn("secrets are left out below; write a file to have it: --out FILE");
            return context.print(&render::without_secrets(&self.after));
        }
        context.print(&self.after)
    }
}

/// Which Prometheus the file is for, as far as its text depends on it.
pub(crate) fn installation(
    target: Target,
    version: Option<&str>,
    operator: Option<&str>,
) -> Result<Installation, Failure> {
    let prometheus = version
        .map(str::parse::<Version>)
        .transpose()
        .map_err(|error| {
            Failure::usage("read the version of the Prometheus")
                .because(error)
                .next("write it like 3.14.0: --prometheus-version")
        })?;
    Ok(Installation {
        target,
        prometheus,
        operator: operator.and_then(|version| version.parse().ok()),
    })
}

/// What speaks against this version of Prometheus, before anything is made: a refusal, or warnings.
pub(crate) fn advice(
    installation: &Installation,
    demand: Demand,
    force: bool,
) -> Result<Vec<String>, Failure> {
    let least = if force {
        Level::Refuse
    } else {
        Level::RefuseUnlessForced
    };
    let (refusals, warnings): (Vec<_>, Vec<_>) = compat::advise(installation, demand)
        .into_iter()
        .partition(|advice| advice.level >= least);
    if refusals.is_empty() {
        return Ok(warnings
            .into_iter()
            .map(|advice| format!("{}: {}", advice.reason, advice.next))
            .collect());
    }
    let can_be_forced = refusals
        .iter()
        .all(|advice| advice.level == Level::RefuseUnlessForced);
    let failure = refusals.into_iter().fold(
        Failure::new("use this Prometheus as it is"),
        |failure, advice| failure.reason(advice.reason).next(advice.next),
    );
    Err(if can_be_forced {
        failure.next("or go on all the same: --force")
    } else {
        failure
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(group: u32, mode: u32, prometheus: Option<u32>) -> String {
        let access = Access {
            owner: 0,
            group,
            mode,
        };
        access_text(Path::new("/etc/prometheus.yml"), access, prometheus)
    }

    #[test]
    fn a_group_that_reads_the_file_is_named_and_one_that_does_not_gets_its_command() {
        assert_eq!(
            note(999, 0o640, Some(999)),
            "/etc/prometheus.yml holds a secret: only its owner, user id 0, and its group, `prometheus`, can read it (mode 0640)."
        );
        let command = "chgrp prometheus /etc/prometheus.yml && chmod 640 /etc/prometheus.yml";
        assert!(note(0, 0o640, Some(999)).ends_with(command));
        assert!(note(999, 0o600, Some(999)).ends_with(command));
        assert!(note(0, 0o600, None).contains("chgrp GROUP "));
    }
}
