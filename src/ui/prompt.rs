//! How does the program ask? Selections, lines of text and yes or no, each with a way back and a way out.

use std::borrow::Cow;

use console::{Term, truncate_str};
use dialoguer::theme::ColorfulTheme;
use dialoguer::{Confirm, FuzzySelect, Input, Select};

use super::choice_rows;
use super::palette::{Palette, terminal_text};
use super::screen::Screen;
use super::table::wrapped;
use crate::error::Failure;
use crate::text::visible::one_line;

/// From this many choices on, typing narrows the list.
const LONG_LIST: usize = 12;

/// Columns behind the question of a long list that the filter is typed into.
const FILTER: usize = 24;

/// Rows that a long list leaves free: its question, a filter that takes a second row, and the row of the cursor.
const AROUND_LIST: usize = 4;

/// What the user types to go back from a line of text.
const BACK: &str = "<";

/// What the user answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PromptReply<T> {
    Answer(T),
    Back,
}

impl<T> PromptReply<T> {
    pub(crate) fn map<U>(self, meaning: impl FnOnce(T) -> U) -> PromptReply<U> {
        match self {
            Self::Answer(answer) => PromptReply::Answer(meaning(answer)),
            Self::Back => PromptReply::Back,
        }
    }
}

/// Asks on the terminal. Made only where a user can answer; it blocks, and belongs on the main thread, which is the
/// one that a signal wakes up.
pub(crate) struct Prompt {
    screen: Screen,
    theme: ColorfulTheme,
}

impl Prompt {
    pub(crate) fn new(screen: &Screen) -> Self {
        Self {
            screen: screen.clone(),
            theme: ColorfulTheme {
                prompt_style: console::Style::new(),
                success_prefix: console::style("✓".to_owned()).for_stderr().green(),
                ..ColorfulTheme::default()
            },
        }
    }

    /// One of several lines, by its index, with the last two being the way back and the way out. Esc goes back too.
    pub(crate) fn select(
        &self,
        question: &str,
        reason: &str,
        lines: &[String],
        preferred: usize,
    ) -> Result<PromptReply<usize>, Failure> {
        // Not every reader knows that Esc goes back.
        let ways_out = ["<- back", "quit, with nothing changed"].map(str::to_owned);
        let shown: Vec<String> = lines
            .iter()
            .chain(&ways_out)
            .map(|line| one_line(line))
            .collect();
        // Two columns for the mark, and one on each side.
        let shown = choice_rows::distinct(&shown, self.room().saturating_sub(4));
        let chosen = match shown.len() < LONG_LIST {
            true => self.choose(&self.headed(question, reason, 0), &shown, preferred)?,
            false => {
                let reason = format!("{} choices, type to filter; {reason}", lines.len());
                self.find(&self.headed(question, &reason, FILTER), &shown, preferred)?
            }
        };
        match chosen {
            Some(index) if index < lines.len() => Ok(PromptReply::Answer(index)),
            Some(index) if index > lines.len() => Err(quit()),
            _ => Ok(PromptReply::Back),
        }
    }

    fn choose(
        &self,
        prompt: &str,
        lines: &[String],
        preferred: usize,
    ) -> Result<Option<usize>, Failure> {
        let select = Select::with_theme(&self.theme)
            .with_prompt(prompt)
            .items(lines)
            .default(preferred)
            .report(false);
        self.answer(|terminal| select.interact_on_opt(terminal))
    }

    /// A list that typing narrows. It starts at its first row whatever is preferred, so that one is put there.
    fn find(
        &self,
        prompt: &str,
        lines: &[String],
        preferred: usize,
    ) -> Result<Option<usize>, Failure> {
        // A filter cannot start at a later row: the preferred one comes first instead.
        let order = choice_rows::preferred_first(lines.len(), preferred);
        let select = FuzzySelect::with_theme(&self.theme)
            .with_prompt(prompt)
            .items(order.iter().map(|index| &lines[*index]))
            .default(0)
            .max_length(list_rows(self.screen.height()))
            .report(false);
        let chosen = self.answer(|terminal| select.interact_on_opt(terminal))?;
        Ok(chosen.map(|row| order[row]))
    }

    /// A line of text; `<` goes back.
    pub(crate) fn text(
        &self,
        question: &str,
        reason: &str,
        preferred: Option<&str>,
        check: impl Fn(&str) -> Result<(), String> + Clone,
    ) -> Result<PromptReply<String>, Failure> {
        let room = self.room() - 3;
        let hint = format!("{}; {BACK} goes back", one_line(reason));
        let hint = truncate_str(&hint, room, "…");
        self.screen
            .say_always(&format!("  {}", self.palette().faint(&hint)));
        let mut input = Input::<String>::with_theme(&self.theme)
            .with_prompt(terminal_text(&self.palette().strong(&one_line(question))))
            .report(false)
            .validate_with(move |text: &String| match check(text) {
                Err(why) if text != BACK => Err(truncate_str(&why, room, "…").into_owned()),
                _ => Ok(()),
            });
        if let Some(preferred) = preferred {
            input = input.default(preferred.to_owned());
        }
        let text = self.answer(|terminal| {
            let text = input.interact_text_on(terminal)?;
            // The hint goes where the prompt has gone. A terminal that cannot do that keeps it.
            let _ = terminal.clear_last_lines(1);
            Ok(text)
        })?;
        Ok(if text == BACK {
            PromptReply::Back
        } else {
            PromptReply::Answer(text)
        })
    }

    /// Yes or no, with Enter; Esc means no.
    pub(crate) fn confirm(&self, question: &str, preferred: bool) -> Result<bool, Failure> {
        let (before, question) = self.split(question);
        if let Some(before) = before {
            self.screen.say_always(&before);
        }
        let confirm = Confirm::with_theme(&self.theme)
            .with_prompt(terminal_text(&self.palette().strong(&question)))
            .default(preferred)
            // A person who types `y` and Enter must not answer the next question with the Enter.
            .wait_for_newline(true);
        let answer = self.answer(|terminal| confirm.interact_on_opt(terminal))?;
        // Esc gives no answer.
        Ok(answer.unwrap_or(false))
    }

    /// The only way to the terminal: the screen stops what moves there. Ctrl-C reaches a prompt as an interrupted read,
    /// with the cursor still hidden.
    fn answer<T>(
        &self,
        interact: impl FnOnce(&Term) -> dialoguer::Result<T>,
    ) -> Result<T, Failure> {
        self.screen.ask(|terminal| {
            interact(terminal).map_err(|dialoguer::Error::IO(cause)| {
                // dialoguer hides the cursor while it asks, and leaves it hidden when it fails.
                let _ = terminal.show_cursor();
                if cause.kind() == std::io::ErrorKind::Interrupted {
                    let _ = terminal.write_line("");
                    Failure::interrupted()
                } else {
                    Failure::new("ask on the terminal").because(cause)
                }
            })
        })
    }

    /// What is too long for one row is printed before the question: a prompt that is drawn again takes one row away.
    fn split(&self, question: &str) -> (Option<String>, String) {
        // What dialoguer prints behind the question.
        const AROUND: usize = "?  (y/n) › yes".len();
        let question = one_line(question);
        if question.len() + AROUND <= self.room() {
            return (None, question);
        }
        let parts = question.rsplit_once(". ");
        let (before, last) = parts
            .filter(|(_, last)| last.len() + AROUND <= self.room())
            .unwrap_or((&question, "Yes or no?"));
        let before = wrapped(before, 0, Some(self.room())).join("\n");
        (Some(before), last.to_owned())
    }

    fn palette(&self) -> Palette {
        self.screen.palette()
    }

    fn room(&self) -> usize {
        self.screen.width().unwrap_or(80).max(20)
    }

    /// The question, and its reason as far as one row has room for it: a prompt is taken away again row by row. `typed`
    /// columns stay free behind it.
    fn headed(&self, question: &str, reason: &str, typed: usize) -> String {
        let reason = fitting_reason(question, reason, self.room().saturating_sub(typed));
        let palette = self.palette();
        let text = format!(
            "{} {}",
            palette.strong(&one_line(question)),
            palette.faint(&one_line(&reason))
        );
        terminal_text(&text)
    }
}

/// As much of the reason as fits behind the question in a row with this many columns.
fn fitting_reason<'a>(question: &str, reason: &'a str, room: usize) -> Cow<'a, str> {
    let around = "?   › ".chars().count() + question.chars().count();
    truncate_str(reason, room.saturating_sub(around), "…")
}

/// How many rows of a list are shown in a window of this height.
fn list_rows(height: Option<usize>) -> usize {
    const USUAL: usize = 24;
    height.unwrap_or(USUAL).saturating_sub(AROUND_LIST).max(1)
}

/// Leaving a prompt leaves the program.
fn quit() -> Failure {
    Failure::interrupted().reason("nothing was changed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_leaves_room_for_the_filter() {
        let (question, reason) = (
            "Which cluster?",
            "2300 choices, type to filter; your kubeconfig points at the recommended one",
        );

        let shown = fitting_reason(question, reason, 80 - FILTER);

        let columns = format!("? {question} {shown} › ").chars().count();
        assert!(columns + FILTER <= 80, "{shown}");
        assert!(shown.starts_with("2300 choices, type to filter"), "{shown}");
        assert_eq!(list_rows(Some(24)), 20);
        assert_eq!(list_rows(Some(2)), 1);
    }
}
