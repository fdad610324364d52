//! The answers that repeat a connection without questions, in a command or in a spec file.

use crate::next_step::NextStep;
use crate::spec::Spec;
use crate::spec::answers::{Answers, ConnectionAnswers, Source};
use crate::spec::choices::{ClusterChoice, WorkspaceChoice};
use crate::spec::command_line::own;
use crate::spec::file::SpecFile;
use crate::workflow::azure_settings::AzureSettings;
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

/// What to do once the plan is applied, as commands about the same connection.
pub(crate) fn after_apply(
    resolved: &ResolvedConnection,
    settings: &AzureSettings,
) -> [NextStep; 2] {
    let azure = settings.repeated(resolved.subscription.as_deref());
    let answers = all_answers(&resolved.answers, &resolved.spec);
    let (render, doctor) = (own::render(&azure, &answers), own::doctor(&azure, &answers));
    [
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
