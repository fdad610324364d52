//! How does a failure reach the user? As three things: what was being done to what, why it did not work, what to do next.

use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

use crate::next_step::{CurrentRun, NextStep, PrintedStep};
use crate::problem::Problem;

/// What a script learns from the process: the table in `docs/exit-codes.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitCode {
    Done = 0,
    Failed = 1,
    Usage = 2,
    PlanHasChanges = 3,
    DoctorFoundFailure = 4,
    SignInOrPermission = 5,
    Interrupted = 130,
    Terminated = 143,
}

impl ExitCode {
    #[cfg(test)]
    pub(crate) const ALL: [(Self, &'static str); 8] = [
        (Self::Done, "done"),
        (Self::Failed, "failed"),
        (
            Self::Usage,
            "wrong usage, missing answers, or an invalid spec",
        ),
        (
            Self::PlanHasChanges,
            "the plan has changes (`--exit-code`), or a file is not up to date (`render --check`, `migrate --check`)",
        ),
        (Self::DoctorFoundFailure, "doctor found a failure"),
        (Self::SignInOrPermission, "sign-in or permission"),
        (Self::Interrupted, "interrupted"),
        (Self::Terminated, "ended by the signal `TERM`"),
    ];

    pub(crate) fn number(self) -> u8 {
        self as u8
    }
}

/// A failure as the user sees it. Made once, where the intent is known: in a step or a command.
#[derive(Debug)]
pub(crate) struct Failure {
    doing: String,
    problem: Problem,
    exit: ExitCode,
    /// What became of each step of a plan, for scripts; empty where no plan was made.
    steps: Vec<StepRecord>,
    /// How far the connection is, for scripts, where that is known.
    verdict: Option<Box<Value>>,
    /// The same command again does not go on from here.
    is_final: bool,
}

/// What became of a step of a plan, and why it failed or cannot succeed.
#[derive(Debug, Clone)]
pub(crate) struct StepRecord {
    /// An object.
    step: Value,
    problem: Option<Problem>,
}

impl StepRecord {
    pub(crate) fn new(step: &impl Serialize, problem: Option<&Problem>) -> Self {
        Self {
            step: serde_json::to_value(step)
                .expect("a step has string keys and no failing serialiser"),
            problem: problem.cloned(),
        }
    }

    /// As scripts read it.
    pub(crate) fn document(&self, run: &CurrentRun) -> Value {
        let mut document = self.step.clone();
        if let Some(problem) = &self.problem {
            document["problem"] = json!(ProblemDocument::new(problem, run));
        }
        document
    }
}

/// A problem as scripts read it.
#[derive(Debug, Serialize)]
pub(crate) struct ProblemDocument {
    because: Vec<String>,
    next: Vec<PrintedStep>,
}

impl ProblemDocument {
    pub(crate) fn new(problem: &Problem, run: &CurrentRun) -> Self {
        Self {
            because: problem.reasons().to_vec(),
            next: run.print(problem.next_steps()),
        }
    }
}

impl Failure {
    /// `doing` completes the sentence "cannot …", such as `read prometheus.yml`.
    pub(crate) fn new(doing: impl Into<String>) -> Self {
        Self {
            doing: doing.into(),
            problem: Problem::default(),
            exit: ExitCode::Failed,
            steps: Vec::new(),
            verdict: None,
            is_final: false,
        }
    }

    /// Marks that the same command again would fail in the same way.
    pub(crate) fn not_continued(mut self) -> Self {
        self.is_final = true;
        self
    }

    /// Whether the same command again goes on from here.
    pub(crate) fn is_continued(&self) -> bool {
        // A usage error repeats with the same arguments.
        !self.is_final && self.exit != ExitCode::Usage
    }

    /// Adds what became of each step of the plan, unless that is known already.
    pub(crate) fn with_steps(mut self, steps: Vec<StepRecord>) -> Self {
        // The inner failure knows each step; the outer one only that it stopped.
        if self.steps.is_empty() {
            self.steps = steps;
        }
        self
    }

    /// Adds how far the connection is, in the words of the result of a command that succeeds.
    pub(crate) fn with_verdict(mut self, verdict: impl Serialize) -> Self {
        self.verdict = serde_json::to_value(verdict).ok().map(Box::new);
        self
    }

    pub(crate) fn verdict(&self) -> Option<&Value> {
        self.verdict.as_deref()
    }

    pub(crate) fn steps(&self) -> &[StepRecord] {
        &self.steps
    }

    /// The problem alone, without what was being done.
    pub(crate) fn cause(&self) -> &Problem {
        &self.problem
    }

    /// Adds a problem with its next steps; one of sign-in or rights decides the exit code.
    pub(crate) fn problem(mut self, problem: Problem) -> Self {
        if problem.is_permission() {
            self.exit = ExitCode::SignInOrPermission;
        }
        if problem.is_interruption() {
            self.exit = ExitCode::Interrupted;
        }
        self.problem = self.problem.and(problem);
        self
    }

    /// Adds a cause with its whole chain of sources, leaving out those whose text the cause already carries.
    pub(crate) fn because(mut self, cause: impl Into<anyhow::Error>) -> Self {
        self.problem = self.problem.because(&cause.into());
        match self.problem.is_interruption() {
            true => self.exit(ExitCode::Interrupted),
            false => self,
        }
    }

    /// Adds a cause that is a plain sentence.
    pub(crate) fn reason(mut self, text: impl Into<String>) -> Self {
        self.problem = self.problem.reason(text);
        self
    }

    /// What to do or type next; may be called more than once.
    pub(crate) fn next(mut self, step: impl Into<NextStep>) -> Self {
        self.problem = self.problem.next(step);
        self
    }

    pub(crate) fn exit(mut self, code: ExitCode) -> Self {
        self.exit = code;
        self
    }

    pub(crate) fn usage(doing: impl Into<String>) -> Self {
        Self::new(doing).exit(ExitCode::Usage)
    }

    /// Lists every required option that has no value, if no question can be asked. Each answer is its flag and what it is.
    pub(crate) fn missing(doing: impl Into<String>, answers: &[(&str, String)]) -> Self {
        let options = match answers.len() {
            1 => "1 required option is".to_owned(),
            several => format!("{several} required options are"),
        };
        // The flags are one column, so that their meanings are another.
        let widest = answers.iter().map(|(flag, _)| flag.len()).max();
        let widest = widest.unwrap_or(0);
        let failure = Self::usage(doing).reason(format!(
            "{options} missing (nothing is asked without a terminal, with --no-input, or by doctor)"
        ));
        answers.iter().fold(failure, |failure, (flag, what)| {
            failure.next(format!("add {flag:widest$}  {what}"))
        })
    }

    /// Ctrl-C or "quit": the user knows why, so nothing is explained.
    pub(crate) fn interrupted() -> Self {
        Self::new("go on")
            .reason("interrupted")
            .exit(ExitCode::Interrupted)
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        self.exit
    }

    pub(crate) fn is_interruption(&self) -> bool {
        matches!(self.exit, ExitCode::Interrupted | ExitCode::Terminated)
    }

    pub(crate) fn doing(&self) -> &str {
        &self.doing
    }

    pub(crate) fn causes(&self) -> &[String] {
        self.problem.reasons()
    }

    /// Without what was being done, for where another thing is being done.
    pub(crate) fn into_problem(self) -> Problem {
        self.problem
    }

    pub(crate) fn next_steps(&self) -> &[NextStep] {
        self.problem.next_steps()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "cannot {}", self.doing)?;
        if !self.causes().is_empty() {
            write!(out, ": {}", self.problem)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_of_rights_decides_the_exit_code() {
        let problem = Problem::new("no role")
            .next("ask an owner")
            .of_permission(true);

        let failure = Failure::new("create workspace `w`").problem(problem);

        assert_eq!(failure.causes(), ["no role"]);
        assert_eq!(failure.next_steps(), ["ask an owner"]);
        assert_eq!(failure.exit_code(), ExitCode::SignInOrPermission);
    }

    #[test]
    fn all_missing_options_are_listed_at_once_with_their_flags() {
        let answers = [
            ("--subscription", "one of: dev, prod".to_owned()),
            ("--cluster", "the cluster".to_owned()),
        ];

        let failure = Failure::missing("connect a Prometheus", &answers);

        assert_eq!(failure.exit_code(), ExitCode::Usage);
        assert_eq!(
            failure.causes(),
            [
                "2 required options are missing (nothing is asked without a terminal, with --no-input, or by doctor)"
            ]
        );
        assert_eq!(
            failure.next_steps(),
            [
                "add --subscription  one of: dev, prod",
                "add --cluster       the cluster"
            ]
        );
    }

    #[test]
    fn exit_codes_are_the_ones_scripts_rely_on() {
        let numbers: Vec<u8> = ExitCode::ALL
            .iter()
            .map(|(code, _)| code.number())
            .collect();

        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 130, 143]);
    }

    #[test]
    fn the_page_of_exit_codes_has_the_same_table() {
        let page = include_str!("../docs/exit-codes.md");
        let rows: Vec<String> = ExitCode::ALL
            .iter()
            .map(|(code, meaning)| format!("| {} | {meaning} |", code.number()))
            .collect();

        assert!(page.contains(&format!("|---|---|\n{}\n\n", rows.join("\n"))));
    }
}
