//! How does the program ask? Selections, lines of text and yes or no, each with a way back and a way out.

use console::Term;
use dialoguer::theme::ColorfulTheme;
use dialoguer::{Confirm, FuzzySelect, Input, Select};

use super::screen::Screen;
use crate::error::Failure;

/// From this many choices on, typing narrows the list.
const LONG_LIST: usize = 12;

/// What the user types to go back from a line of text.
const BACK: &str = "<";

/// What the user said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply<T> {
    Said(T),
    Back,
}

/// Asks on the terminal. Made only where somebody can answer.
pub(crate) struct Prompt {
    screen: Screen,
    theme: ColorfulTheme,
}

impl Prompt {
    pub(crate) fn new(screen: &Screen) -> Self {
        Self {
            screen: screen.clone(),
            theme: ColorfulTheme::default(),
        }
    }

    /// One of several lines, by its index. Esc goes back, Ctrl-C ends the program.
    pub(crate) fn select(
        &self,
        question: &str,
        lines: &[String],
        preferred: usize,
    ) -> Result<Reply<usize>, Failure> {
        let lines: Vec<String> = lines.iter().map(|line| self.fitted(line)).collect();
        let chosen = if lines.len() < LONG_LIST {
            Select::with_theme(&self.theme)
                .with_prompt(question)
                .items(&lines)
                .default(preferred)
                .interact_on_opt(&Term::stderr())
        } else {
            FuzzySelect::with_theme(&self.theme)
                .with_prompt(question)
                .items(&lines)
                .default(preferred)
                .interact_on_opt(&Term::stderr())
        };
        Ok(answered(chosen)?.map_or(Reply::Back, Reply::Said))
    }

    /// A line of text; `<` goes back.
    pub(crate) fn text(
        &self,
        question: &str,
        preferred: Option<&str>,
        check: impl Fn(&str) -> Result<(), String> + Clone,
    ) -> Result<Reply<String>, Failure> {
        let mut input = Input::<String>::with_theme(&self.theme)
            .with_prompt(question)
            .validate_with(move |text: &String| if text == BACK { Ok(()) } else { check(text) });
        if let Some(preferred) = preferred {
            input = input.default(preferred.to_owned());
        }
        let text = answered(input.interact_text_on(&Term::stderr()))?;
        Ok(if text == BACK {
            Reply::Back
        } else {
            Reply::Said(text)
        })
    }

    /// Yes or no; Esc means no.
    pub(crate) fn confirm(&self, question: &str, preferred: bool) -> Result<bool, Failure> {
        let answer = Confirm::with_theme(&self.theme)
            .with_prompt(question)
            .default(preferred)
            .interact_on_opt(&Term::stderr());
        Ok(answered(answer)?.unwrap_or(false))
    }

    /// Cut to the window. The list is redrawn by counting rows, in bytes, so that a longer line would leave a trail.
    fn fitted(&self, line: &str) -> String {
        let room = self.screen.width().unwrap_or(80).saturating_sub(4);
        let mut end = line.len();
        while end > room || !line.is_char_boundary(end) {
            end -= 1;
        }
        line[..end].to_owned()
    }
}

/// Ctrl-C reaches a prompt as an interrupted read, with the cursor still hidden.
fn answered<T>(answer: dialoguer::Result<T>) -> Result<T, Failure> {
    answer.map_err(|dialoguer::Error::IO(cause)| {
        let _ = Term::stderr().show_cursor();
        if cause.kind() == std::io::ErrorKind::Interrupted {
            Failure::interrupted()
        } else {
            Failure::new("ask on the terminal").because(cause)
        }
    })
}
