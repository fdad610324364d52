//! Which line does it again without questions? Every answer as a flag, quoted for a shell.

use crate::cli::{AzureAnswer, Context};
use crate::spec::Spec;
use crate::spec::answers::{Answers, ConnectionAnswers, Source};
use crate::spec::choices::{ClusterChoice, WorkspaceChoice};
use crate::spec::command_line;

/// The answers as they turned out, defaults and discoveries written out where they could turn out otherwise next time.
pub(crate) fn settled(answers: &Answers, spec: &Spec) -> ConnectionAnswers {
    let mut answers = answers.clone();
    let found = ConnectionAnswers {
        cluster: Some(ClusterChoice::Name(spec.platform.name().to_owned())),
        auth: Some(spec.credential.kind()),
        workspace: Some(WorkspaceChoice::Name(spec.workspace.name().to_owned())),
        resource_group: spec.workspace.resource_group_name().map(str::to_owned),
        target: Some(spec.target),
        ..ConnectionAnswers::default()
    };
    if matches!(answers.given().workspace, Some(WorkspaceChoice::Id(_))) {
        let rest = ConnectionAnswers {
            resource_group: None,
            ..found
        };
        answers.add(&rest, Source::Discovered);
    } else {
        answers.add(&found, Source::Discovered);
    }
    answers.given()
}

/// `amw-rw init …`; `write` repeats the patch in place.
pub(crate) fn line(
    context: &Context,
    subscription: Option<&str>,
    answers: &ConnectionAnswers,
    write: bool,
) -> String {
    let mut words = command(context, "init", subscription, answers);
    words.extend(write.then(|| "--write".to_owned()));
    words.push("--yes".to_owned());
    command_line::shell_line(words.iter().map(String::as_str))
}

/// `amw-rw render … --companions`, for the same connection.
pub(crate) fn companions_line(
    context: &Context,
    subscription: Option<&str>,
    answers: &ConnectionAnswers,
) -> String {
    let mut words = command(context, "render", subscription, answers);
    words.push("--companions".to_owned());
    command_line::shell_line(words.iter().map(String::as_str))
}

fn command(
    context: &Context,
    name: &str,
    subscription: Option<&str>,
    answers: &ConnectionAnswers,
) -> Vec<String> {
    let mut words = vec!["amw-rw".to_owned(), name.to_owned()];
    let said = context.azure_answers.iter();
    words.extend(
        said.filter(|answer| answer.source == Source::Flag)
            .flat_map(AzureAnswer::words),
    );
    let is_told = context.globals.azure.subscription.is_some();
    let chosen = subscription.filter(|_| !is_told);
    words.extend(
        chosen
            .into_iter()
            .flat_map(|chosen| ["--subscription".to_owned(), chosen.to_owned()]),
    );
    words.extend(command_line::flags(&Answers::from_flags(answers)));
    words
}
