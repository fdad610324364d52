//! The answers that repeat a connection without questions, in a command or in a spec file.

use std::path::Path;

use crate::next_step::{Flag, NextStep};
use crate::spec::Spec;
use crate::spec::answers::{Answers, ConnectionAnswers, Source};
use crate::spec::choices::{ClusterChoice, WorkspaceChoice};
use crate::spec::command_line::{flags, own};
use crate::spec::file::SpecFile;
use crate::workflow::azure_settings::AzureSettings;
use crate::workflow::planned_connection::PlannedConnection;
use crate::workflow::resolve::ResolvedConnection;

/// The answers, plus the defaults and discoveries that could be different in a later run.
pub(crate) fn all_answers(answers: &Answers, spec: &Spec) -> ConnectionAnswers {
    let mut answers = answers.clone();
    let found = ConnectionAnswers {
        // There may be a second cluster when the command runs again.
        cluster: Some(ClusterChoice::Name(spec.platform.name().to_owned())),
        auth: Some(spec.credential.sign_in),
        workspace: Some(WorkspaceChoice::Name(spec.workspace.name().to_owned())),
        resource_group: spec.workspace.resource_group_name().map(str::to_owned),
        target: Some(spec.target),
        ..ConnectionAnswers::default()
    };
    // An id holds its resource group; both would be two answers to one question.
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

/// The flags that printed commands repeat: the answers of this run. Those of the spec file are read from there again, and an
/// input that does not exist would be refused again.
pub(crate) fn repeated_flags(answers: &Answers, is_missing: impl Fn(&Path) -> bool) -> Vec<Flag> {
    let input = answers.given().input;
    let is_missing = input.is_some_and(|input| is_missing(&input));
    let mut repeated = flags::flags_of_this_run(answers);
    repeated.retain(|flag| !(is_missing && flag.name == "input"));
    repeated
}

/// What to do once the plan is applied, as commands about the same connection. Nothing after `--only`: the connection may lack
/// what the other steps make, so what follows a whole run does not follow it.
pub(crate) fn after_apply(
    planned: &PlannedConnection,
    only: Option<&str>,
    settings: &AzureSettings,
) -> Vec<NextStep> {
    if only.is_some() || !planned.is_complete() {
        return Vec::new();
    }
    let resolved = &planned.resolved;
    let azure = settings.repeated(resolved.subscription.as_deref());
    let answers = all_answers(&resolved.answers, &resolved.spec);
    let (render, doctor) = (own::render(&azure, &answers), own::doctor(&azure, &answers));
    // What was accepted for the plan is refused again where the file is written.
    let render = match resolved.force {
        true => render.words(&["--force"]),
        false => render,
    };
    vec![
        NextStep::run("render the configuration of Prometheus", render),
        NextStep::run("test that data arrives", doctor),
    ]
}

/// The spec file with this connection; what it has about Azure comes from the flags and from `before`.
pub(crate) fn spec_file(
    resolved: &ResolvedConnection,
    settings: &AzureSettings,
    before: Option<&SpecFile>,
) -> SpecFile {
    SpecFile {
        subscription: resolved.subscription.clone(),
        connections: vec![all_answers(&resolved.answers, &resolved.spec)],
        ..settings.saved(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_that_is_missing_is_not_repeated_and_the_spec_file_is_read_again() {
        let mut answers = Answers::default();
        let of_flags = ConnectionAnswers {
            input: Some("values.yaml".into()),
            resource_group: Some("monitoring".to_owned()),
            ..ConnectionAnswers::default()
        };
        let of_file = ConnectionAnswers {
            cluster_label: Some("prod".to_owned()),
            ..ConnectionAnswers::default()
        };
        answers.add(&of_flags, Source::Flag);
        answers.add(&of_file, Source::SpecFile);

        let names = |is_missing: bool| {
            let flags = repeated_flags(&answers, |_| is_missing).into_iter();
            flags.map(|flag| flag.name).collect::<Vec<_>>()
        };

        assert_eq!(names(true), ["resource-group"]);
        assert_eq!(names(false).len(), 2);
        assert!(names(false).contains(&"input".to_owned()));
    }
}
