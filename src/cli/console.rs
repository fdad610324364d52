//! The terminal of a command, for the workflows: questions, messages and results.

use std::fmt;

use serde::Serialize;

use super::CommandContext;
use crate::error::Failure;
use crate::next_step::{CurrentRun, NextStep};
use crate::plan::change::Plan;
use crate::progress::Progress;
use crate::spec::answers::Answers;
use crate::spec::interview::{Interview, InterviewMode, Lookup, LookupResult};
use crate::text::visible::one_line;
use crate::ui;
use crate::ui::interrupt::InterruptHold;
use crate::ui::prompt::Prompt;
use crate::ui::wizard::Wizard;
use crate::workflow::console::Console;
use crate::workflow::preview::Preview;
use crate::workflow::printer::Printer;
use crate::workflow::wizard_choices::Dialog;

/// A file can have a hundred thousand lines that get a note.
const MOST_NOTES: usize = 50;

impl Console for CommandContext {
    fn warn(&self, text: &str) {
        Self::warn(self, text);
    }

    fn answers_yes(&self) -> bool {
        self.globals.general.yes
    }

    fn can_ask(&self) -> bool {
        self.terminal.can_ask
    }

    fn ask(&self, question: &str, preferred: bool) -> Result<bool, Failure> {
        Prompt::new(&self.screen).confirm(question, preferred)
    }
}

impl Dialog for CommandContext {
    fn asking(&self) -> InterviewMode {
        match (self.terminal.can_ask, self.globals.general.yes) {
            (false, _) => InterviewMode::Nothing,
            // `--yes` answers what has a default, and nothing else.
            (true, true) => InterviewMode::OnlyNeeded,
            (true, false) => InterviewMode::Everything,
        }
    }

    async fn interview(
        &self,
        interview: &mut Interview,
        doing: &str,
        look: impl AsyncFn(Lookup, &Interview) -> Result<LookupResult, Failure>,
    ) -> Result<(), Failure> {
        let prompt = self.prompt();
        let wizard = Wizard {
            doing,
            screen: &self.screen,
            prompt: prompt.as_ref(),
        };
        wizard.run(interview, look).await
    }

    fn explain(&self, answers: &Answers) {
        self.repeat(answers);
        self.explain_sources(answers.explained());
    }
}

impl Printer for CommandContext {
    type InterruptHold = InterruptHold;

    fn say(&self, text: &str) {
        Self::say(self, text);
    }

    fn say_detail(&self, text: &str) {
        if self.globals.general.verbose > 0 {
            self.say(text);
        }
    }

    fn warn_of(&self, heading: &str, failure: &Failure) {
        let palette = self.message_palette();
        let warning = ui::failure::warning(heading, failure, &self.run(), palette);
        self.screen.report(&warning);
    }

    fn say_diff(&self, diff: &str) {
        self.say(&ui::diff::coloured(diff, self.message_palette()));
    }

    fn say_plan(&self, plan: &Plan) {
        let (palette, terminal) = (self.message_palette(), &self.terminal);
        let text = ui::plan::above_question(plan, palette, terminal.width, terminal.height);
        self.say(&format!("\n{text}\n"));
        // The plan shows its warnings, but not with this flag.
        if self.globals.general.quiet {
            plan.warnings.iter().for_each(|each| self.warn(each));
        }
    }

    fn say_next(&self, steps: &[NextStep]) {
        Self::say_next(self, steps);
    }

    fn note_all(&self, notes: &[impl fmt::Display]) {
        let most = match self.globals.general.verbose {
            0 => MOST_NOTES,
            _ => usize::MAX,
        };
        notes.iter().take(most).for_each(|note| self.note(note));
        if let Some(more @ 1..) = notes.len().checked_sub(most) {
            self.note(&format!(
                "{more} more notes are not shown; -v prints all of them"
            ));
        }
    }

    fn print(&self, text: &str) -> Result<(), Failure> {
        Self::print(self, text)
    }

    fn print_diff(&self, diff: &str) -> Result<(), Failure> {
        Self::print_diff(self, diff)
    }

    fn print_plan(&self, plan: &Plan) -> Result<(), Failure> {
        let (palette, window) = (self.palette(), self.terminal.result_width);
        self.show(&format!("{}\n", ui::plan::text(plan, palette, window)))
    }

    fn print_preview(&self, preview: &Preview) -> Result<(), Failure> {
        if !preview.is_up_to_date() {
            self.show("\n")?;
            Self::print_diff(self, &preview.diff())?;
        }
        for note in preview.notes() {
            self.show(&format!("note: {}\n", one_line(&note)))?;
        }
        Ok(())
    }

    fn print_document(&self, document: &impl Serialize) -> Result<(), Failure> {
        self.print_json(document)
    }

    fn wants_document(&self) -> bool {
        self.wants_json()
    }

    fn progress(&self) -> &dyn Progress {
        &*self.progress
    }

    fn current_run(&self) -> CurrentRun {
        self.run()
    }

    fn hold_interrupt(&self) -> InterruptHold {
        self.interrupt.hold_to_finish()
    }

    fn is_interrupted(&self) -> bool {
        self.interrupt.is_set()
    }
}
