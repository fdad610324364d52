//! How does the interview meet the terminal? Look, ask, tell; every decision is in `spec::interview`.

use std::path::Path;

use super::missing;
use super::prompt::{Prompt, Reply};
use super::screen::Screen;
use super::table;
use crate::error::Failure;
use crate::spec::interview::{Choice, Form, Interview, Kind, Look, Next, Question, Said, Sight};

/// Leads the interview to its end. `look` finds what the questions offer; without a `prompt` nothing is asked, and all
/// that is missing is the failure. `doing` completes "cannot …".
pub(crate) async fn lead(
    interview: &mut Interview,
    doing: &str,
    (screen, prompt): (&Screen, Option<&Prompt>),
    look: impl AsyncFn(Look, &Interview) -> Result<Sight, Failure>,
) -> Result<(), Failure> {
    loop {
        let next = interview.next();
        for (topic, value) in interview.news() {
            screen.settled(topic.name(), &value);
        }
        match next {
            Next::Look(what) => {
                let _spinner = screen.wait(&format!("looking for {}", what.what()));
                let sight = look(what, interview).await?;
                interview.saw(sight);
            }
            Next::Ask(question) => match prompt {
                Some(prompt) => ask(interview, &question, prompt, screen)?,
                None => {
                    return Err(missing::failure(
                        doing,
                        &[(question.topic.flag(), question.reason)],
                    ));
                }
            },
            Next::Nothing(look) => return Err(nothing(doing, look)),
            Next::Done => break,
        }
    }
    match interview.missing().as_slice() {
        [] => Ok(()),
        missing => Err(missing::failure(doing, missing)),
    }
}

fn ask(
    interview: &mut Interview,
    question: &Question,
    prompt: &Prompt,
    screen: &Screen,
) -> Result<(), Failure> {
    let reply = match &question.form {
        Form::Choose { choices, preferred } => prompt
            .select(
                question.title,
                &question.reason,
                &lines(choices, *preferred),
                *preferred,
            )?
            .map(Said::Chose),
        Form::Type(typed) => {
            let kind = typed.kind;
            let preferred = typed.preferred.as_deref();
            prompt
                .text(question.title, &question.reason, preferred, move |text| {
                    check(kind, text)
                })?
                .map(Said::Typed)
        }
    };
    match reply {
        Reply::Said(said) => {
            if let Some(value) = question.told(&said) {
                screen.settled(question.topic.name(), value);
            }
            interview.answer(question, said);
        }
        Reply::Back => {
            if !interview.back() {
                screen.say("This is the first question.");
            }
        }
    }
    Ok(())
}

/// Choices in columns, the recommended one marked.
fn lines(choices: &[Choice], preferred: usize) -> Vec<String> {
    let rows: Vec<Vec<String>> = choices
        .iter()
        .enumerate()
        .map(|(index, choice)| {
            let mark = if index == preferred {
                " (recommended)"
            } else {
                ""
            };
            vec![choice.label.clone(), format!("{}{mark}", choice.detail)]
        })
        .collect();
    table::aligned(&rows, 0, None)
        .lines()
        .map(str::to_owned)
        .collect()
}

/// What is typed must make sense, and a file must be there.
fn check(kind: Kind, text: &str) -> Result<(), String> {
    kind.check(text)?;
    if kind == Kind::File && !Path::new(text).is_file() {
        return Err(format!("there is no file `{text}`"));
    }
    Ok(())
}

fn nothing(doing: &str, look: Look) -> Failure {
    let failure = Failure::new(doing).reason(format!("no {} can be seen from here", look.what()));
    match look {
        Look::Subscriptions => failure
            .next("az login --tenant TENANT")
            .next("or name one with --subscription"),
        Look::Clusters => failure
            .next("look in another subscription with --subscription")
            .next("or name a cluster with --cluster"),
        Look::Prometheus | Look::Workspaces | Look::Files => failure,
    }
}
