//! What is every command given? The global flags, and the handles for output, questions and Ctrl-C.

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use super::globals::{Globals, OutputFormat};
use crate::error::Failure;
use crate::files;
use crate::network::wait_notices::WaitNotices;
use crate::next_step::{CurrentRun, Flag, NextStep};
use crate::progress::Progress;
use crate::redact::without_secret_forms;
use crate::spec::answers::{Answers, Source};
use crate::text::path_text;
use crate::text::visible::one_line;
use crate::ui;
use crate::ui::interrupt::Interrupt;
use crate::ui::palette::Palette;
use crate::ui::prompt::Prompt;
use crate::ui::result_writer::{DocumentFormat, ResultWriter};
use crate::ui::screen::Screen;
use crate::ui::terminal::Terminal;
use crate::workflow::azure_settings::{AzureAnswer, AzureSettings};
use crate::workflow::repeat;
use crate::workflow::spec_file::SpecFilePath;

/// What a command may use other than Azure and the cluster: files, the terminal, the clock.
pub(crate) struct CommandContext {
    pub(crate) globals: Globals,
    pub(crate) azure: AzureSettings,
    pub(crate) spec_file: SpecFilePath,
    pub(crate) terminal: Terminal,
    /// Where steps and checks report their progress.
    pub(crate) progress: Arc<dyn Progress>,
    pub(crate) interrupt: Interrupt,
    pub(super) screen: Screen,
    results: ResultWriter,
    /// The command line, program included.
    pub(super) words: Vec<OsString>,
    /// The answers so far that came from the user in this run.
    repeated: Mutex<Vec<Flag>>,
}

/// A word of the command line as it may be printed: a URL can have a password before its host.
fn without_password(word: String) -> String {
    match word.contains("://") && word.contains('@') {
        true => without_secret_forms(&word),
        false => word,
    }
}

impl CommandContext {
    pub(super) fn new(
        globals: Globals,
        azure_answers: Vec<AzureAnswer>,
        words: Vec<OsString>,
    ) -> Self {
        let general = &globals.general;
        let terminal = Terminal::look(general.color, general.no_input);
        let screen = Screen::new(&terminal, general.quiet);
        ui::log::install(general.verbose, &screen);
        Self {
            progress: ui::progress::on(&screen),
            interrupt: Interrupt::default(),
            results: ResultWriter::new(match general.output {
                OutputFormat::Yaml => DocumentFormat::Yaml,
                _ => DocumentFormat::Json,
            }),
            repeated: Mutex::default(),
            azure: globals.azure.settings(azure_answers),
            spec_file: SpecFilePath::new(general.spec.clone()).in_sandbox(globals.azure.sandbox),
            terminal,
            screen,
            globals,
            words,
        }
    }

    /// Starts to listen for Ctrl-C.
    pub(super) fn listen(&self) -> Result<(), Failure> {
        let interrupt = self.interrupt.clone();
        let screen = self.screen.clone();
        files::watch_waits(
            move || interrupt.is_set(),
            // It names files, whose names may have line feeds.
            move |note| screen.say(&screen.palette().faint(&one_line(note))),
        );
        self.interrupt.listen(&self.screen)
    }

    /// Whether the result is one document, as JSON or as YAML.
    pub(crate) fn wants_json(&self) -> bool {
        matches!(
            self.globals.general.output,
            OutputFormat::Json | OutputFormat::Yaml
        )
    }

    /// The colours of stdout.
    pub(crate) fn palette(&self) -> Palette {
        self.terminal.stdout
    }

    /// The colours of stderr, where messages are printed.
    pub(crate) fn message_palette(&self) -> Palette {
        self.screen.palette()
    }

    /// Prints a message: one line or several on stderr, nothing with `--quiet`.
    pub(crate) fn say(&self, text: &str) {
        self.screen.say(text);
    }

    /// Prints a note about a file on one line: it quotes names and values of the file, which may have line feeds.
    pub(crate) fn note(&self, note: &impl std::fmt::Display) {
        self.say(&format!("note: {}", one_line(&note.to_string())));
    }

    /// Prints what is left to do, on stderr.
    pub(crate) fn say_next(&self, steps: &[NextStep]) {
        let steps = self.run().print(steps);
        if !steps.is_empty() {
            self.say(&ui::next_steps::block(&steps, self.message_palette()));
        }
    }

    /// Prints a message when a service keeps us waiting.
    pub(crate) fn wait_notices(&self) -> WaitNotices {
        let screen = self.screen.clone();
        let (for_warnings, watched) = (self.screen.clone(), self.screen.clone());
        WaitNotices::to(move |note| screen.say(&screen.palette().faint(note)))
            .warning(move |note| {
                for_warnings.say_always(&format!("{} {note}", for_warnings.palette().change("!")));
            })
            .after_silence(move || watched.silence())
    }

    /// Prints on stderr what must not be missed, even with `--quiet`. One line, since it may quote text from outside.
    pub(crate) fn warn(&self, text: &str) {
        let mark = self.screen.palette().change("!");
        self.screen
            .say_always(&format!("{mark} {}", one_line(text)));
    }

    /// Writes a file or a script to stdout: as it is, unless a terminal would obey it.
    pub(crate) fn print(&self, text: &str) -> Result<(), Failure> {
        self.results.text(text)
    }

    /// Writes to stdout what people read.
    pub(crate) fn show(&self, text: &str) -> Result<(), Failure> {
        self.results.view(text)
    }

    /// Writes a diff to stdout, for people where it is coloured and for `patch` where it is not.
    pub(crate) fn print_diff(&self, diff: &str) -> Result<(), Failure> {
        let palette = self.palette();
        match palette.is_coloured() {
            true => self.show(&ui::diff::coloured(diff, palette)),
            false => self.print(diff),
        }
    }

    /// Writes the result as one document to stdout.
    pub(crate) fn print_json(&self, document: &impl Serialize) -> Result<(), Failure> {
        self.results.document(document)
    }

    /// Where the wizard asks; `None` without a terminal or with `--no-input`.
    pub(super) fn prompt(&self) -> Option<Prompt> {
        self.terminal.can_ask.then(|| Prompt::new(&self.screen))
    }

    /// Prints where each answer came from, with `-v`.
    pub(super) fn explain_sources<'a>(
        &self,
        answers: impl Iterator<Item = (&'a str, &'a str, Source)>,
    ) {
        if self.globals.general.verbose == 0 {
            return;
        }
        let text = ui::answers::text(answers, self.message_palette(), self.terminal.width);
        if !text.is_empty() {
            self.say(&text);
        }
    }

    /// Reports why the command ended, and gives a script that reads JSON its one document.
    pub(super) fn report(&self, failure: &Failure) {
        let run = self.run();
        self.screen
            .report(&ui::failure::text(failure, &run, self.screen.palette()));
        if self.wants_json() {
            self.results
                .last_resort(&ui::failure::document(failure, &run));
        }
    }

    /// The flags of this run, for the commands that are printed.
    pub(crate) fn run(&self) -> CurrentRun {
        let spec = self.globals.general.spec.as_deref().map(|path| Flag {
            name: "spec".to_owned(),
            value: Some(path_text::encode(path)),
        });
        let connection = self.repeated.lock();
        CurrentRun {
            in_sandbox: self.azure.sandbox,
            words: self
                .words
                .iter()
                // The path of the program: printed commands begin with `amw-rw`.
                .skip(1)
                .map(|word| path_text::encode(Path::new(word)))
                .map(without_password)
                .collect(),
            azure: spec.into_iter().chain(self.azure.repeated(None)).collect(),
            connection: connection.unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Takes note of the answers that commands repeat.
    pub(crate) fn repeat(&self, answers: &Answers) {
        let mut repeated = self.repeated.lock().unwrap_or_else(PoisonError::into_inner);
        *repeated = repeat::repeated_flags(answers, files::is_missing);
    }
}
