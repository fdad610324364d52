//! Where did each answer come from? `-v` tells: first which Azure is meant, then all about the connection.

use crate::cli::Context;
use crate::spec::answers::{Answers, Source};
use crate::spec::file::SpecFile;
use crate::ui;

/// Tells the answers about the connection, where that was asked for.
pub(crate) fn tell(context: &Context, answers: &Answers) {
    rows(context, answers.explained());
}

/// Tells which Azure is meant, where that was asked for: the spec file counts for what nobody said otherwise.
pub(crate) fn tell_azure(context: &Context, file: Option<&SpecFile>) {
    let said = context.azure_answers.iter();
    let said = said.map(|answer| {
        let value = answer.value.as_deref().unwrap_or("yes");
        (answer.flag.as_str(), value, answer.source)
    });
    let of_file: Vec<(String, String)> = file.map(SpecFile::about_azure).unwrap_or_default();
    let unsaid = |flag: &str| {
        !context
            .azure_answers
            .iter()
            .any(|answer| answer.flag == flag)
    };
    let of_file = of_file.iter().filter(|(flag, _)| unsaid(flag));
    rows(
        context,
        said.chain(of_file.map(|(flag, value)| (flag.as_str(), value.as_str(), Source::SpecFile))),
    );
}

fn rows<'a>(context: &Context, answers: impl Iterator<Item = (&'a str, &'a str, Source)>) {
    if context.globals.manner.verbose == 0 {
        return;
    }
    let text = ui::answers::text(answers, context.story_palette(), context.terminal.width);
    if !text.is_empty() {
        context.say(&text);
    }
}
