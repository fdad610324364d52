//! What is every command given? The global flags, and the handles through which it speaks, asks, and learns of Ctrl-C.

use std::sync::Arc;

use serde::Serialize;

use super::globals::{AzureAnswer, Globals, OutputFormat};
use super::sources;
use crate::error::Failure;
use crate::files;
use crate::network::wait_notices::WaitNotices;
use crate::progress::Progress;
use crate::spec::answers::{Answers, Source};
use crate::spec::cloud::CloudName;
use crate::spec::file::SpecFile;
use crate::spec::interview::{Asking, Interview, Look, Sight};
use crate::ui;
use crate::ui::interrupt::Interrupt;
use crate::ui::palette::Palette;
use crate::ui::product::Product;
use crate::ui::prompt::Prompt;
use crate::ui::screen::Screen;
use crate::ui::terminal::Terminal;
use crate::ui::wizard::Wizard;
use crate::workflow::repeat::AzureFlags;
use crate::workflow::wizard_choices::Dialog;

/// What a command may use of the world around it, besides Azure and the cluster.
pub(crate) struct Context {
    pub(crate) globals: Globals,
    /// What the command line and the environment say about which Azure is meant.
    pub(crate) azure_answers: Vec<AzureAnswer>,
    pub(crate) terminal: Terminal,
    /// Where steps and checks tell how far they are.
    pub(crate) progress: Arc<dyn Progress>,
    pub(crate) interrupt: Interrupt,
    screen: Screen,
    product: Product,
}

impl Context {
    pub(super) fn new(globals: Globals, azure_answers: Vec<AzureAnswer>) -> Self {
        let manner = &globals.manner;
        let terminal = Terminal::look(manner.color, manner.no_input);
        let screen = Screen::new(&terminal, manner.quiet);
        ui::log::install(manner.verbose, &screen);
        Self {
            progress: ui::progress::on(&screen),
            interrupt: Interrupt::default(),
            product: Product::default(),
            terminal,
            screen,
            globals,
            azure_answers,
        }
    }

    /// Starts to listen for Ctrl-C.
    pub(super) fn listen(&self) -> Result<(), Failure> {
        let interrupt = self.interrupt.clone();
        let screen = self.screen.clone();
        files::watch_reading(
            move || interrupt.is_set(),
            move |note| screen.say(&screen.palette().faint(note)),
        );
        self.interrupt.listen(&self.screen)
    }

    pub(crate) fn wants_json(&self) -> bool {
        self.globals.manner.output == OutputFormat::Json
    }

    /// The colours of stdout.
    pub(crate) fn palette(&self) -> Palette {
        self.terminal.stdout
    }

    /// The colours of stderr, where the story is told.
    pub(crate) fn story_palette(&self) -> Palette {
        self.screen.palette()
    }

    /// Tells the story: one line or several on stderr, nothing with `--quiet`.
    pub(crate) fn say(&self, text: &str) {
        self.screen.say(text);
    }

    /// Tells, as part of the story, when a service keeps us waiting.
    pub(crate) fn wait_notices(&self) -> WaitNotices {
        let screen = self.screen.clone();
        let insisting = self.screen.clone();
        WaitNotices::to(move |note| screen.say(&screen.palette().faint(note))).warning(
            move |note| insisting.insist(&format!("{} {note}", insisting.palette().change("!"))),
        )
    }

    /// Tells on stderr what must not be missed, even with `--quiet`.
    pub(crate) fn warn(&self, text: &str) {
        self.screen
            .insist(&format!("{} {text}", self.screen.palette().change("!")));
    }

    /// Writes a file or a script to stdout: as it is, unless a terminal would obey it.
    pub(crate) fn print(&self, text: &str) -> Result<(), Failure> {
        self.product.text(text)
    }

    /// Writes to stdout what people read.
    pub(crate) fn show(&self, text: &str) -> Result<(), Failure> {
        self.product.view(text)
    }

    /// Writes a diff to stdout, for people where it is coloured and for `patch` where it is not.
    pub(crate) fn print_diff(&self, diff: &str) -> Result<(), Failure> {
        let palette = self.palette();
        match palette.is_coloured() {
            true => self.show(&ui::diff::coloured(diff, palette)),
            false => self.print(diff),
        }
    }

    /// Writes the product as one JSON document to stdout.
    pub(crate) fn print_json(&self, document: &impl Serialize) -> Result<(), Failure> {
        self.product.document(document)
    }

    /// Where the wizard asks; `None` when nobody is there to answer.
    pub(crate) fn prompt(&self) -> Option<Prompt> {
        self.terminal.can_ask.then(|| Prompt::new(&self.screen))
    }

    /// The cloud of the flags, else that of the spec file.
    pub(crate) fn cloud(&self, file: Option<&SpecFile>) -> CloudName {
        let of_file = || file.and_then(|file| file.cloud);
        self.globals
            .azure
            .cloud
            .or_else(of_file)
            .unwrap_or_default()
    }

    /// What a printed command repeats about Azure; `chosen` is the subscription if no flag names one.
    pub(crate) fn azure_flags<'a>(&self, chosen: Option<&'a str>) -> AzureFlags<'a> {
        let flags = self.azure_answers.iter();
        let flags = flags.filter(|answer| answer.source == Source::Flag);
        AzureFlags {
            words: flags.flat_map(AzureAnswer::words).collect(),
            subscription: chosen.filter(|_| self.globals.azure.subscription.is_none()),
        }
    }

    /// Asks for a yes before something is done, such as `Make these 3 changes?`; `--yes` answers it.
    pub(crate) fn confirm(&self, question: &str) -> Result<bool, Failure> {
        if self.globals.manner.yes {
            return Ok(true);
        }
        match self.prompt() {
            Some(prompt) => prompt.confirm(question, true),
            None => Err(Failure::usage("go on without a yes")
                .reason(format!("there is no terminal to ask on: {question}"))
                .next("add --yes")),
        }
    }

    /// Asks for a consent that `--yes` alone does not give, because what follows cannot be undone.
    pub(crate) fn consent(&self, warning: &str, flag: &str) -> Result<bool, Failure> {
        match self.prompt() {
            Some(prompt) if !self.globals.manner.yes => {
                prompt.confirm(&format!("{warning}. Do it?"), false)
            }
            _ => Err(
                Failure::usage("do what cannot be undone without being told so")
                    .reason(warning)
                    .next(format!("add {flag}")),
            ),
        }
    }

    /// Reports why the command ended, and gives a script that reads JSON its one document.
    pub(super) fn report(&self, failure: &Failure) {
        self.screen
            .report(&ui::failure::text(failure, self.screen.palette()));
        if self.wants_json() {
            self.product.last_resort(&ui::failure::document(failure));
        }
    }
}

impl Dialog for Context {
    fn asking(&self) -> Asking {
        match (self.terminal.can_ask, self.globals.manner.yes) {
            (false, _) => Asking::Nothing,
            (true, true) => Asking::OnlyNeeded,
            (true, false) => Asking::Everything,
        }
    }

    async fn interview(
        &self,
        interview: &mut Interview,
        doing: &str,
        look: impl AsyncFn(Look, &Interview) -> Result<Sight, Failure>,
    ) -> Result<(), Failure> {
        let prompt = self.prompt();
        let wizard = Wizard {
            doing,
            screen: &self.screen,
            prompt: prompt.as_ref(),
        };
        wizard.lead(interview, look).await
    }

    fn explain(&self, answers: &Answers) {
        sources::tell(self, answers);
    }
}
