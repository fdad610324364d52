//! A console for tests, without a terminal or with one that gives one answer.

use std::cell::RefCell;
use std::fmt;

use serde::Serialize;

use crate::error::Failure;
use crate::next_step::{CurrentRun, NextStep};
use crate::plan::change::Plan;
use crate::progress::{Progress, SilentProgress};
use crate::spec::answers::Answers;
use crate::spec::interview::{Interview, InterviewMode, Lookup, LookupResult};
use crate::workflow::console::Console;
use crate::workflow::preview::Preview;
use crate::workflow::printer::Printer;
use crate::workflow::wizard_choices::Dialog;

/// Answers every question in the same way, and keeps what was printed and asked.
#[derive(Default)]
pub(crate) struct FakeConsole {
    /// `None` where no terminal is attached.
    answer: Option<bool>,
    /// Takes the answer of an empty line instead.
    presses_enter: bool,
    yes: bool,
    wants_document: bool,
    pub(crate) printed: RefCell<Vec<String>>,
    pub(crate) asked: RefCell<Vec<String>>,
}

impl FakeConsole {
    /// Without a terminal and without `--yes`.
    pub(crate) fn silent() -> Self {
        Self::default()
    }

    pub(crate) fn with_yes() -> Self {
        Self {
            yes: true,
            ..Self::default()
        }
    }

    /// Without a terminal, for a script that reads documents.
    pub(crate) fn with_documents() -> Self {
        Self {
            wants_document: true,
            ..Self::default()
        }
    }

    /// A person who presses Enter at every question.
    pub(crate) fn pressing_enter() -> Self {
        Self {
            presses_enter: true,
            ..Self::answering(true)
        }
    }

    pub(crate) fn answering(answer: bool) -> Self {
        Self {
            answer: Some(answer),
            ..Self::default()
        }
    }
}

impl Console for FakeConsole {
    fn warn(&self, text: &str) {
        self.printed.borrow_mut().push(format!("! {text}"));
    }

    fn answers_yes(&self) -> bool {
        self.yes
    }

    fn can_ask(&self) -> bool {
        self.answer.is_some()
    }

    fn ask(&self, question: &str, preferred: bool) -> Result<bool, Failure> {
        self.asked.borrow_mut().push(question.to_owned());
        Ok(match self.presses_enter {
            true => preferred,
            false => self.answer.unwrap_or_default(),
        })
    }
}

impl Dialog for FakeConsole {
    fn asking(&self) -> InterviewMode {
        InterviewMode::Nothing
    }

    async fn interview(
        &self,
        _interview: &mut Interview,
        _doing: &str,
        _look: impl AsyncFn(Lookup, &Interview) -> Result<LookupResult, Failure>,
    ) -> Result<(), Failure> {
        Ok(())
    }

    fn explain(&self, _answers: &Answers) {}
}

impl Printer for FakeConsole {
    type InterruptHold = ();

    fn say(&self, text: &str) {
        self.printed.borrow_mut().push(text.to_owned());
    }

    fn say_detail(&self, text: &str) {
        self.say(text);
    }

    fn warn_of(&self, heading: &str, failure: &Failure) {
        self.warn(&format!("{heading}: {failure}"));
    }

    fn say_diff(&self, diff: &str) {
        self.say(diff);
    }

    fn say_plan(&self, plan: &Plan) {
        self.say(&format!("{} changes", plan.changes()));
    }

    fn say_next(&self, steps: &[NextStep]) {
        for step in steps {
            self.say(&format!("{step:?}"));
        }
    }

    fn note_all(&self, notes: &[impl fmt::Display]) {
        for note in notes {
            self.say(&format!("note: {note}"));
        }
    }

    fn print(&self, text: &str) -> Result<(), Failure> {
        self.say(text);
        Ok(())
    }

    fn print_diff(&self, diff: &str) -> Result<(), Failure> {
        self.print(diff)
    }

    fn print_plan(&self, plan: &Plan) -> Result<(), Failure> {
        self.print(&format!("{} changes", plan.changes()))
    }

    fn print_preview(&self, preview: &Preview) -> Result<(), Failure> {
        self.print_diff(&preview.diff())
    }

    fn print_document(&self, document: &impl Serialize) -> Result<(), Failure> {
        self.print(&serde_json::to_string(document).unwrap())
    }

    fn wants_document(&self) -> bool {
        self.wants_document
    }

    fn progress(&self) -> &dyn Progress {
        &SilentProgress
    }

    fn current_run(&self) -> CurrentRun {
        CurrentRun::default()
    }

    fn hold_interrupt(&self) {}

    fn is_interrupted(&self) -> bool {
        false
    }
}
