//! Running a program to its end, and reporting all about it when it does not end as expected.

use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};

/// What a finished program left behind.
#[derive(Debug)]
#[must_use = "call `succeeds` or `fails_with`"]
pub(crate) struct Finished {
    command: String,
    output: Output,
}

/// Runs the command without a terminal or input, and waits for it.
pub(crate) fn run(command: &mut Command) -> Result<Finished> {
    let shown = format!("{command:?}");
    let output = command
        .stdin(std::process::Stdio::null())
        .output()
        .with_context(|| format!("cannot start {shown}"))?;
    Ok(Finished {
        command: shown,
        output,
    })
}

impl Finished {
    /// Whether the program printed this, on either of its outputs.
    pub(crate) fn mentions(&self, text: &str) -> bool {
        [&self.output.stdout, &self.output.stderr]
            .iter()
            .any(|output| String::from_utf8_lossy(output).contains(text))
    }

    /// Whether the program ended with 0.
    pub(crate) fn went_well(&self) -> bool {
        self.output.status.success()
    }

    /// Both outputs of a program that ended with 0, first stderr and then stdout.
    pub(crate) fn output_of_success(self) -> Result<String> {
        let said = String::from_utf8(self.output.stderr.clone())?;
        Ok(said + &self.succeeds()?)
    }

    /// The standard output of a program that ended with 0.
    pub(crate) fn succeeds(self) -> Result<String> {
        self.fails_with(0)
    }

    /// The standard error of a program that ended with 0.
    pub(crate) fn stderr_of_success(self) -> Result<String> {
        let stderr = String::from_utf8_lossy(&self.output.stderr).into_owned();
        self.succeeds().map(|_| stderr)
    }

    /// The standard output of a program that ended with this exit code.
    pub(crate) fn fails_with(self, code: i32) -> Result<String> {
        ensure!(
            self.output.status.code() == Some(code),
            "expected exit code {code}, got {} from {}\n--- stdout\n{}\n--- stderr\n{}",
            self.output.status,
            self.command,
            String::from_utf8_lossy(&self.output.stdout),
            String::from_utf8_lossy(&self.output.stderr),
        );
        Ok(String::from_utf8(self.output.stdout)?)
    }
}
