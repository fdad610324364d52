//! Reads and writes the spec file: the one that `-f` names, or `amw-rw.yaml` where it exists.

use std::path::{Path, PathBuf};

use crate::error::Failure;
use crate::files::{self, FileError, Secrecy};
use crate::next_step::NextStep;
use crate::problem::Problem;
use crate::render::sandbox_mark::{marked, unmarked};
use crate::spec::answers::ConnectionAnswers;
use crate::spec::command_line::own;
use crate::spec::file::SpecFile;
use crate::text::path_text;
use crate::workflow::connection_folder::ConnectionFolder;
use crate::workflow::console::Console;
use crate::workflow::standard_streams;

const DEFAULT: &str = "amw-rw.yaml";

/// Where the spec file is, or would be.
#[derive(Debug, Clone, Default)]
pub(crate) struct SpecFilePath {
    /// The value of `-f`.
    named: Option<PathBuf>,
    /// A file of a trial is marked in its first line.
    in_sandbox: bool,
}

impl SpecFilePath {
    pub(crate) fn new(named: Option<PathBuf>) -> Self {
        Self {
            named,
            in_sandbox: false,
        }
    }

    pub(crate) fn in_sandbox(self, in_sandbox: bool) -> Self {
        Self { in_sandbox, ..self }
    }

    pub(crate) fn path(&self) -> &Path {
        self.named.as_deref().unwrap_or(Path::new(DEFAULT))
    }

    /// Whether the user named it, so that it is not a file that only happens to be in the current folder.
    pub(crate) fn is_named(&self) -> bool {
        self.named.is_some()
    }

    /// The folder of the spec file, which holds the other files of the connection too.
    pub(crate) fn connection_folder(&self, in_sandbox: bool) -> ConnectionFolder {
        let parent = self.path().parent();
        // The parent of a bare name is an empty path.
        let parent = parent.filter(|parent| !parent.as_os_str().is_empty());
        ConnectionFolder {
            path: parent.unwrap_or(Path::new(".")).to_path_buf(),
            in_sandbox,
            is_named: self.is_named(),
        }
    }

    /// Reads it. A file that `-f` names must exist, unless this command writes it (`may_be_new`).
    pub(crate) fn read(&self, may_be_new: bool) -> Result<Option<SpecFile>, Failure> {
        let path = self.path();
        let doing = || format!("read the spec file {}", path.display());
        if standard_streams::is_standard_input(path) {
            return Err(Failure::usage("read the spec file from stdin")
                .reason("the other files of the connection are kept in the folder of the spec file")
                .next("save it as a file, and name that: -f FILE"));
        }
        let text = match files::read(path) {
            Err(FileError::Missing(_)) if !self.is_named() || may_be_new => return Ok(None),
            read => read.map_err(|error| {
                let problem = match error {
                    FileError::Missing(_) => {
                        let next = NextStep::run("check -f, or write the file", own::init_save());
                        Problem::of_error(error).next(next)
                    }
                    error => error.into(),
                };
                Failure::usage(doing()).problem(problem)
            })?,
        };
        let parsed = SpecFile::parse(&text);
        parsed
            .map(Some)
            .map_err(|problem| Failure::usage(doing()).problem(problem))
    }

    /// Finds out whether these answers can be saved, before Azure is changed.
    pub(crate) fn check_writable(&self, answers: &ConnectionAnswers) -> Result<(), Failure> {
        self.check_names(answers)?;
        self.check_replaceable()?;
        files::check_writable(self.path()).map_err(|error| self.unwritable(error))
    }

    fn check_replaceable(&self) -> Result<String, Failure> {
        if let Some(present) = self.replaceable()? {
            return Ok(present);
        }
        Err(Failure::usage(self.saving())
            .reason("it has comments, a layout or connections that the saved answers would replace")
            .next("edit the file by hand, without --save, or save to a file that does not exist: -f FILE"))
    }

    /// What the file contains that an earlier run saved, nothing where there is no file, and `None` where it is another file.
    fn replaceable(&self) -> Result<Option<String>, Failure> {
        // A pipe is refused where it is written to, and reading one would wait for its writer.
        if files::is_stream(self.path()) {
            return Ok(Some(String::new()));
        }
        match files::read(self.path()) {
            Ok(text) => Ok(SpecFile::is_own_text(unmarked(&text)).then_some(text)),
            Err(FileError::Missing(_)) => Ok(Some(String::new())),
            Err(error) => Err(self.unwritable(error)),
        }
    }

    /// Writes it where that is wanted. Returns a sentence for the user.
    pub(crate) fn save(
        &self,
        console: &impl Console,
        is_requested: bool,
        file: impl FnOnce() -> SpecFile,
    ) -> Result<Option<String>, Failure> {
        if !self.wants_to_save(console, is_requested)? {
            return Ok(None);
        }
        self.write(&file()).map(Some)
    }

    /// Writes it, with a backup of the former file.
    fn write(&self, file: &SpecFile) -> Result<String, Failure> {
        for connection in &file.connections {
            self.check_names(connection)?;
        }
        // The user can have edited it since it was checked: a run waits for half an hour until a role is active.
        let present = self.check_replaceable()?;
        let text = marked(file.to_yaml(), self.in_sandbox);
        let written = files::replace(self.path(), &present, &text, Secrecy::Public)
            .map_err(|error| self.unwritable(error))?;
        let backup = written.backup.map_or_else(String::new, |path| {
            format!("; the previous content is in {}", path.display())
        });
        Ok(format!("Saved {}{backup}.", written.path.display()))
    }

    /// Whether the answers are saved: with `--save` (`is_requested`), or after a question at a terminal.
    fn wants_to_save(&self, console: &impl Console, is_requested: bool) -> Result<bool, Failure> {
        if is_requested || console.answers_yes() || !console.can_ask() {
            return Ok(is_requested);
        }
        if self.replaceable()?.is_none() {
            return Ok(false);
        }
        let question = format!("Save the answers to {}?", self.path().display());
        console.ask(&question, true)
    }

    /// YAML is UTF-8, and Linux allows any bytes in a file name.
    fn check_names(&self, answers: &ConnectionAnswers) -> Result<(), Failure> {
        let named = answers.input.iter().chain(&answers.out);
        match named.into_iter().find(|name| !path_text::is_text(name)) {
            None => Ok(()),
            Some(name) => Err(Failure::usage(self.saving())
                .reason(format!(
                    "the name of {} is not UTF-8, so no YAML file can hold it",
                    name.display()
                ))
                .next("rename that file, or leave out --save")),
        }
    }

    fn saving(&self) -> String {
        format!("save the spec to {}", self.path().display())
    }

    fn unwritable(&self, error: FileError) -> Failure {
        Failure::new(self.saving()).problem(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ExitCode;
    use crate::workflow::fake_console::FakeConsole;

    #[test]
    fn the_folder_of_the_spec_file_holds_the_files_of_the_connection() {
        let folder = |named: Option<&str>| {
            let path = SpecFilePath::new(named.map(PathBuf::from));
            path.connection_folder(false).path
        };

        assert_eq!(folder(None), Path::new("."));
        assert_eq!(folder(Some("prod.yaml")), Path::new("."));
        assert_eq!(folder(Some("teams/prod.yaml")), Path::new("teams"));
    }

    #[test]
    fn answers_are_saved_on_request_or_after_a_question_and_never_by_yes_alone() {
        let saves = |console: &FakeConsole, is_requested| {
            let place = SpecFilePath::default();
            place.wants_to_save(console, is_requested).unwrap()
        };

        assert!(saves(&FakeConsole::silent(), true));
        assert!(saves(&FakeConsole::answering(true), false));
        assert!(!saves(&FakeConsole::answering(false), false));
        assert!(!saves(&FakeConsole::with_yes(), false));
        assert!(!saves(&FakeConsole::silent(), false));
    }

    #[test]
    fn a_file_that_the_user_wrote_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("amw-rw.yaml");
        let place = SpecFilePath::new(Some(path.clone()));
        place.check_writable(&ConnectionAnswers::default()).unwrap();
        std::fs::write(&path, "# ours\nconnections: [{cluster: a}]\n").unwrap();

        let refused = place.write(&SpecFile::default()).unwrap_err();

        assert_eq!(refused.exit_code(), ExitCode::Usage);
        assert!(files::read(&path).unwrap().starts_with("# ours"));
    }

    #[test]
    fn a_spec_that_is_replaced_stays_in_a_backup_that_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let place = SpecFilePath::new(Some(folder.path().join("amw-rw.yaml")));
        let file = |cluster: &str| SpecFile {
            connections: vec![ConnectionAnswers {
                cluster_label: Some(cluster.to_owned()),
                ..ConnectionAnswers::default()
            }],
            ..SpecFile::default()
        };

        place.write(&file("a")).unwrap();
        let said = place.write(&file("b")).unwrap();

        assert!(said.ends_with("amw-rw.yaml.bak."), "{said}");
    }

    #[test]
    fn only_a_file_that_was_named_and_is_not_about_to_be_written_must_exist() {
        let folder = tempfile::tempdir().unwrap();
        let named = SpecFilePath::new(Some(folder.path().join("none.yaml")));

        assert!(named.read(false).is_err());
        assert_eq!(named.read(true).unwrap(), None);
        let stdin = SpecFilePath::new(Some("-".into()));
        assert!(stdin.read(true).unwrap_err().to_string().contains("stdin"));
    }
}
