//! Where does the patched file go, if neither `--write` nor `--out` says it?

use super::Interview;
use super::question::{
    AnswerOption, ChoiceEffect, ONLY_OUR_BLOCK, PATCHED, Question, Topic, TypedKind, choose, typed,
};

/// As `--out` takes it for stdout.
const STDOUT: &str = "-";

pub(super) fn place(interview: &Interview) -> Question {
    let file = interview
        .named_file()
        .expect("asked only where a file is named");
    let into = |path: &std::path::Path| {
        ChoiceEffect::answers(|answers| answers.out = Some(path.to_owned()))
    };
    let choices = vec![
        AnswerOption::new(file.display().to_string(), PATCHED, into(&file)),
        AnswerOption::new(
            "another file ...",
            "the named file stays as it is",
            ChoiceEffect::Ask(Topic::OutputFile),
        ),
        AnswerOption::new(
            "stdout",
            "printed; no file is written",
            into(STDOUT.as_ref()),
        ),
    ];
    choose(
        Topic::Output,
        "Where does the result go?",
        ONLY_OUR_BLOCK,
        choices,
        Some(0),
    )
}

pub(super) fn other_file() -> Question {
    typed(
        Topic::OutputFile,
        "Which file for the result?",
        "the named file stays as it is",
        TypedKind::OutputFile,
        None,
    )
}
