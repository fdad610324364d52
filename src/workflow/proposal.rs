//! The new text of a file: how it differs, how it is written, and what is left to do with it.

use crate::error::Failure;
use crate::files::{self, FileError, Secrecy};
use crate::next_step::NextStep;
use crate::patch::Notice;
use crate::render::sandbox_mark::{is_marked, marked};
use crate::render::{self};
use crate::spec::command_line::KubeContext;
use crate::target::Target;
use crate::text::path_text;
use crate::workflow::occupied_file;
use crate::workflow::own_file::OwnFile;
use crate::workflow::running_release::RunningRelease;
use crate::workflow::secret_access::secret_warning;
use crate::workflow::uncompared_file;
use std::path::{Path, PathBuf};

/// A file that was written, or that already had the text.
pub(crate) struct DeliveredFile {
    /// A sentence for the user.
    pub(crate) outcome: String,
    /// Who can read the secret in it.
    pub(crate) warning: Option<String>,
    pub(crate) backup: Option<PathBuf>,
}

/// The text that the file will have. May hold a secret, so it has no `Debug`.
pub(crate) struct Proposal {
    pub(super) out: Option<PathBuf>,
    /// The file that has the text `before`; `None` for a new file.
    pub(super) source: Option<PathBuf>,
    /// What a new file is called that goes to stdout.
    pub(super) new_name: Option<&'static str>,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) carries_secret: bool,
    /// A new copy of a file that not everybody can read.
    pub(super) is_closed: bool,
    pub(crate) notices: Vec<Notice>,
    /// A resource of the cluster that the file changes, which is what a user wants to see.
    pub(super) shown: Option<TextChange>,
    /// How the file reaches a resource of the cluster.
    pub(super) next: Option<NextStep>,
}

/// A text before and after, and what it is called.
pub(super) struct TextChange {
    name: String,
    before: String,
    after: String,
}

pub(super) fn unwritable(path: &Path, error: FileError) -> Failure {
    Failure::new(format!("write {}", path.display())).problem(error.unwritten(path))
}

impl Proposal {
    /// `before` is what `out` has now; without `out`, the text goes to stdout.
    pub(crate) fn new(
        out: Option<PathBuf>,
        before: String,
        after: String,
        carries_secret: bool,
    ) -> Self {
        Self {
            source: out.clone().filter(|_| !before.is_empty()),
            out,
            new_name: None,
            before,
            after,
            carries_secret,
            is_closed: false,
            notices: Vec::new(),
            shown: None,
            next: None,
        }
    }

    /// The user's file with another text. Where `out` is a file that exists, that one is compared and not the input.
    pub(super) fn of_file(
        input: &Path,
        text: String,
        out: Option<PathBuf>,
        after: String,
    ) -> Result<Self, Failure> {
        let is_input = |out: &Path| files::is_same_place(out, input);
        let other = out.as_deref().filter(|out| !is_input(out));
        let present = other.map(occupied_file::present_text).transpose()?;
        let present = present.filter(|present| !present.is_empty());
        let source = match &out {
            Some(out) if present.is_some() || is_input(out) => out,
            _ => input,
        };
        let proposal = Self {
            source: Some(source.to_owned()),
            ..Self::new(out, present.unwrap_or(text), after, false)
        };
        Ok(proposal.closed_as(input))
    }

    /// What others may not read in the input, they may not read in a new copy of it.
    pub(super) fn closed_as(self, input: &Path) -> Self {
        let is_input = |out: &Path| files::is_same_place(out, input);
        let is_new =
            self.out.as_deref().is_some_and(|out| !is_input(out)) && self.present().is_empty();
        // A pipe is its owner's only, whatever the text in it was.
        let is_closed = !files::is_stream(input)
            && files::access(input).is_ok_and(|access| access.mode & 0o004 == 0);
        Self {
            is_closed: is_new && is_closed,
            ..self
        }
    }

    /// The file at `out` as it is, and as it will be.
    pub(super) fn replaced(&self) -> OwnFile<'_> {
        OwnFile {
            before: self.present(),
            after: &self.after,
        }
    }

    /// A file of a trial is marked as one; one that is written for the real Azure is not.
    pub(super) fn of_trial(self, in_sandbox: bool) -> Self {
        let after = marked(self.after, in_sandbox);
        let mut notices = self.notices;
        if in_sandbox && !is_marked(&after) {
            notices.push(Notice::of_cluster(
                "the file is JSON and has no comments, so nothing in it says that it is of a trial with --sandbox"
                    .to_owned(),
            ));
        }
        Self {
            after,
            notices,
            ..self
        }
    }

    pub(crate) fn with_notices(self, notices: Vec<Notice>) -> Self {
        Self { notices, ..self }
    }

    /// Shows how this text changes instead of the file, and how the file changes it.
    pub(crate) fn changing(
        self,
        name: String,
        before: String,
        after: String,
        next: NextStep,
    ) -> Self {
        // A resource that has everything already needs nothing done.
        let next = (before != after).then_some(next);
        let shown = Some(TextChange {
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
        let is_elsewhere = self.out.is_some() && self.out != self.source;
        let is_same = self.before == self.after && (!is_elsewhere || self.is_written());
        is_same || self.is_in_place()
    }

    /// Whether the file is up to date, in one sentence.
    pub(crate) fn comparison(&self) -> String {
        let name = self.name();
        if self.is_up_to_date() {
            return format!("{name} is up to date");
        }
        let diff = self.diff();
        // The two lines with the names begin with the same signs as changes.
        let lines = diff.lines().skip(2);
        let changed = lines.filter(|line| line.starts_with(['+', '-'])).count();
        match (&self.out, &self.source) {
            (None, None) => format!(
                "{name} is not up to date: no file is named; add --input FILE or --out FILE"
            ),
            (Some(out), Some(source)) if out != source => {
                format!("{name} is not up to date: it does not exist")
            }
            _ => format!(
                "{name} is not up to date: {changed} lines would change; --diff prints them"
            ),
        }
    }

    /// Whether the resource that would be changed has everything already.
    pub(crate) fn is_in_place(&self) -> bool {
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

    /// What `out` contained when it was read; empty where there was no such file.
    fn present(&self) -> &str {
        match self.source == self.out {
            true => &self.before,
            false => "",
        }
    }

    /// A unified diff with every secret hidden; empty when nothing changes.
    pub(crate) fn diff(&self) -> String {
        if let Some(shown) = &self.shown {
            return render::unified_diff(&shown.name, &shown.name, &shown.before, &shown.after);
        }
        let former = self.source.as_ref().map(|path| path.display().to_string());
        // As `diff -u` and git name a file that is not there.
        let former = former.unwrap_or_else(|| "/dev/null".to_owned());
        render::unified_diff(&former, &self.name(), &self.before, &self.after)
    }

    /// What the new text is called: the file that gets it, or that it is made from.
    fn name(&self) -> String {
        let path = self.out.as_ref().or(self.source.as_ref());
        match path {
            Some(path) => path.display().to_string(),
            None => self.new_name.unwrap_or("stdout").to_owned(),
        }
    }

    /// What is left to do with a file for a resource that was looked at.
    pub(crate) fn after_resource(&self) -> Option<NextStep> {
        let next = self.next.clone().filter(|_| !self.takes_away());
        next.map(|step| self.guarded(step))
    }

    /// A step that changes values of the cluster which have nothing to do with the connection is for the user to decide.
    fn guarded(&self, step: NextStep) -> NextStep {
        if !self.notices.iter().any(Notice::is_change) {
            return step;
        }
        step.only_if("the values that the notes above name are to change")
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
        context: Option<&KubeContext>,
    ) -> Vec<NextStep> {
        if let (true, Some(out)) = (self.takes_away(), &self.out) {
            let sentence = format!(
                "{} lacks values of the cluster that the notes above name; add them to the file and run this command \
                 again, or apply the file yourself to remove them from the cluster",
                out.display()
            );
            return vec![sentence.into()];
        }
        let steps = if self.shown.is_some() || self.next.is_some() {
            self.next.clone().into_iter().collect()
        } else {
            self.after_file(target, release, context)
        };
        steps.into_iter().map(|step| self.guarded(step)).collect()
    }

    /// The next steps with a file for which nothing else was found.
    fn after_file(
        &self,
        target: Target,
        release: &RunningRelease,
        context: Option<&KubeContext>,
    ) -> Vec<NextStep> {
        let Some(out) = &self.out else {
            return Vec::new();
        };
        let file = path_text::encode(out);
        let of_values = || release.next_step(&file);
        uncompared_file::next_steps(&self.after, target, &file, context, of_values)
    }

    /// The text for a terminal: the file without its secrets.
    pub(crate) fn public_text(&self) -> String {
        match self.carries_secret {
            true => render::changed_without_secrets(&self.before, &self.after),
            false => self.after.clone(),
        }
    }

    pub(crate) fn carries_secret(&self) -> bool {
        self.carries_secret
    }

    /// Why the file need not be written: the resource that it would change has everything already.
    pub(crate) fn unneeded(&self) -> Option<String> {
        let shown = self.shown.as_ref().filter(|_| self.is_in_place())?;
        let out = self.out.as_ref()?;
        Some(format!(
            "{} is up to date, so {} is not written.",
            shown.name,
            out.display()
        ))
    }

    /// Writes the file, even a patch without operations. `None` if the text goes to stdout.
    pub(crate) fn write(&self) -> Result<Option<DeliveredFile>, Failure> {
        let Some(out) = &self.out else {
            return Ok(None);
        };
        if self.is_written() {
            if let Some(folder) = out.parent() {
                // An earlier run may have been killed between its new file and the rename.
                files::sweep(folder);
            }
            return Ok(Some(DeliveredFile {
                outcome: format!("{} is up to date.", out.display()),
                warning: self.close_to_others(out)?,
                backup: None,
            }));
        }
        let secrecy = match self.carries_secret || self.is_closed {
            true => Secrecy::Secret,
            false => Secrecy::Public,
        };
        let written = files::replace(out, self.present(), &self.after, secrecy)
            .map_err(|error| unwritable(out, error))?;
        let backup = written.backup.as_ref().map_or_else(String::new, |path| {
            format!("; the previous content is in {}", path.display())
        });
        let warns = self.carries_secret && !files::is_stream(&written.path);
        Ok(Some(DeliveredFile {
            outcome: format!("Wrote {}{backup}.", written.path.display()),
            warning: warns.then(|| secret_warning(&written.path)),
            backup: written.backup,
        }))
    }

    /// Takes the right to read from others, if the file already holds the secret and everybody may read it.
    fn close_to_others(&self, out: &Path) -> Result<Option<String>, Failure> {
        let failed = |error| unwritable(out, error);
        let was_open = self.carries_secret && files::close_to_others(out).map_err(failed)?;
        Ok(was_open.then(|| secret_warning(out)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::next_step::lines;

    /// A file that does not exist.
    const OUT: &str = "no-such-folder/values.yaml";

    fn proposal(before: &str, after: &str) -> Proposal {
        Proposal::new(Some(OUT.into()), before.into(), after.into(), false)
    }

    fn of_resource(before: &str, after: &str) -> Proposal {
        proposal("", "{}\n").changing(
            "Prometheus m/p".to_owned(),
            before.to_owned(),
            after.to_owned(),
            "apply it".into(),
        )
    }

    #[test]
    fn a_comparison_counts_the_changed_lines_or_names_what_is_missing() {
        let to_stdout = Proposal::new(None, String::new(), "a\n".to_owned(), false);
        let copy = Proposal {
            source: Some("in.yaml".into()),
            ..proposal("a\n", "a\n")
        };

        for (proposal, expected) in [
            (
                proposal("a\nb\n", "a\nc\n"),
                format!("{OUT} is not up to date: 2 lines would change; --diff prints them"),
            ),
            (proposal("a\n", "a\n"), format!("{OUT} is up to date")),
            (
                to_stdout,
                "stdout is not up to date: no file is named; add --input FILE or --out FILE"
                    .to_owned(),
            ),
            (copy, format!("{OUT} is not up to date: it does not exist")),
        ] {
            assert_eq!(proposal.comparison(), expected);
            assert_eq!(
                proposal.is_up_to_date(),
                expected.ends_with("is up to date")
            );
        }
    }

    #[test]
    fn a_resource_that_has_everything_needs_neither_a_file_nor_a_step() {
        let (same, other) = (of_resource("a", "a"), of_resource("a", "b"));

        assert!(same.is_up_to_date() && !same.changes_a_file());
        assert_eq!(
            same.unneeded(),
            Some(format!(
                "Prometheus m/p is up to date, so {OUT} is not written."
            ))
        );
        assert!(same.after_resource().is_none());
        assert!(!other.is_up_to_date() && other.changes_a_file());
        assert_eq!(other.unneeded(), None);
        assert_eq!(other.after_resource().unwrap(), "apply it");
    }

    #[test]
    fn a_file_that_would_remove_values_of_the_cluster_gets_no_step_that_applies_it() {
        let losing = of_resource("a", "b").with_notices(vec![Notice::not_in_file("x".to_owned())]);

        let left = losing.left_to_do(Target::CustomResource, &RunningRelease::NotConcerned, None);

        assert!(losing.after_resource().is_none());
        assert_eq!(left.len(), 1);
        assert!(lines(&left)[0].starts_with(&format!("{OUT} lacks values of the cluster")));
    }

    #[test]
    fn a_trial_in_a_file_without_comments_gets_a_note() {
        let notices = |text: &str, in_sandbox| {
            let proposal = Proposal::new(None, String::new(), text.to_owned(), false);
            proposal.of_trial(in_sandbox).notices.len()
        };

        assert_eq!(notices("{}", true), 1);
        assert_eq!(notices("{}", false), 0);
        assert_eq!(notices("a: b\n", true), 0);
    }

    #[test]
    fn the_text_for_a_terminal_has_no_secret() {
        let shown = |carries_secret| {
            let text = "password: hunter22\n".to_owned();
            Proposal::new(None, String::new(), text, carries_secret).public_text()
        };

        assert!(!shown(true).contains("hunter22"));
        assert!(shown(false).contains("hunter22"));
    }
}
