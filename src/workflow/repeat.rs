//! The command lines that repeat a connection without questions: every answer as a flag, quoted for a shell.

use crate::spec::Spec;
use crate::spec::answers::{Answers, ConnectionAnswers, Source};
use crate::spec::choices::{ClusterChoice, WorkspaceChoice};
use crate::spec::command_line;

/// The answers, plus the defaults and discoveries that could be different in a later run.
pub(crate) fn all_answers(answers: &Answers, spec: &Spec) -> ConnectionAnswers {
    let mut answers = answers.clone();
    let found = ConnectionAnswers {
        cluster: Some(ClusterChoice::Name(spec.platform.name().to_owned())),
        auth: Some(spec.credential.sign_in),
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

/// `amw-rw init …`; `azure` are the arguments about Azure, `write` repeats the patch in place.
pub(crate) fn line(azure: &[String], answers: &ConnectionAnswers, write: bool) -> String {
    let mut words = command(azure, "init", answers);
    words.extend(write.then(|| "--write".to_owned()));
    words.push("--yes".to_owned());
    command_line::shell_line(words.iter().map(String::as_str))
}

/// `amw-rw render … --companions`, for the same connection.
pub(crate) fn companions_line(azure: &[String], answers: &ConnectionAnswers) -> String {
    let mut words = command(azure, "render", answers);
    words.push("--companions".to_owned());
    command_line::shell_line(words.iter().map(String::as_str))
}

fn command(azure: &[String], name: &str, answers: &ConnectionAnswers) -> Vec<String> {
    let mut words = vec!["amw-rw".to_owned(), name.to_owned()];
    words.extend(azure.iter().cloned());
    words.extend(command_line::flags(&Answers::from_flags(answers)));
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::choices::SignIn;

    fn answers() -> ConnectionAnswers {
        ConnectionAnswers {
            cluster: Some(ClusterChoice::Name("aks prod".into())),
            auth: Some(SignIn::WorkloadIdentity),
            ..ConnectionAnswers::default()
        }
    }

    #[test]
    fn the_line_repeats_every_answer_quoted_for_a_shell() {
        let azure = ["--tenant", "contoso.com", "--subscription", "my sub"].map(str::to_owned);

        assert_eq!(
            line(&azure, &answers(), true),
            "amw-rw init --tenant contoso.com --subscription 'my sub' --cluster 'aks prod' --auth workload-identity --write --yes"
        );
    }

    #[test]
    fn the_line_for_companions_is_about_the_same_connection() {
        assert_eq!(
            companions_line(&[], &answers()),
            "amw-rw render --cluster 'aks prod' --auth workload-identity --companions"
        );
    }
}
