//! The real binary, run with nothing of this machine's environment.

use std::process::{Command, Output};

use tempfile::TempDir;

/// A home of its own, which is also the working directory, and an environment with nothing in it but what is asked for.
pub(crate) struct Program {
    home: TempDir,
    variables: Vec<(&'static str, &'static str)>,
}

impl Program {
    pub(crate) fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            variables: vec![("COLUMNS", "100")],
        }
    }

    pub(crate) fn with_variable(mut self, name: &'static str, value: &'static str) -> Self {
        self.variables.push((name, value));
        self
    }

    pub(crate) fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// Runs `amw-rw` with these arguments, which are separated by blanks.
    #[must_use = "say whether it succeeds or fails"]
    pub(crate) fn run(&self, arguments: &str) -> Finished {
        let output = Command::new(env!("CARGO_BIN_EXE_amw-rw"))
            .args(arguments.split_whitespace())
            .current_dir(self.home.path())
            .env_clear()
            .env("HOME", self.home.path())
            .envs(self.variables.iter().copied())
            .output()
            .unwrap();
        Finished::new(arguments, &output)
    }
}

/// What a run left behind; to be asked whether it went as expected.
pub(crate) struct Finished {
    arguments: String,
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    fn new(arguments: &str, output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self {
            arguments: arguments.to_owned(),
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        self.fails_with(0)
    }

    #[track_caller]
    pub(crate) fn fails_with(self, code: i32) -> Self {
        let (arguments, stderr) = (&self.arguments, &self.stderr);
        assert_eq!(self.code, Some(code), "amw-rw {arguments}\n{stderr}");
        self
    }
}
