//! What came out of a run, with what differs from run to run taken out.

use std::path::Path;
use std::process::Output;

pub(crate) struct CommandOutcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl CommandOutcome {
    pub(super) fn of(output: Output, home: &Path) -> Self {
        let clean = |bytes: Vec<u8>| {
            String::from_utf8(bytes)
                .expect("output is UTF-8")
                .replace(&home.display().to_string(), "[HOME]")
        };
        Self {
            code: output.status.code(),
            stdout: clean(output.stdout),
            stderr: clean(output.stderr),
        }
    }

    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        self.ends_with(0)
    }

    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "stdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// The same as a result, for tables that go on after a failure.
    pub(crate) fn check(self, code: i32) -> Result<Self, String> {
        if self.code == Some(code) {
            return Ok(self);
        }
        Err(format!("ended with {:?}:\n{}", self.code, self.stderr))
    }

    /// Whether it ended as a command does that cannot do its work: with one of the codes for that.
    pub(crate) fn check_failed(self) -> Result<Self, String> {
        match self.code {
            Some(1 | 2 | 4 | 5) => Ok(self),
            code => Err(format!("ended with {code:?}:\n{}", self.stderr)),
        }
    }

    pub(crate) fn code(&self) -> Option<i32> {
        self.code
    }

    pub(crate) fn stdout(&self) -> &str {
        &self.stdout
    }

    pub(crate) fn stderr(&self) -> &str {
        &self.stderr
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}:\n{}\n{}", self.stdout, self.stderr))
    }

    /// Asserts that the failure mentions each of these, anywhere in its three parts.
    #[track_caller]
    pub(crate) fn mentions(self, words: &[&str]) -> Self {
        for word in words {
            assert!(
                self.stderr.contains(word),
                "`{word}` is not in:\n{}",
                self.stderr
            );
        }
        self
    }
}
