//! Which line does it again without questions? Every answer as a flag, quoted for a shell.

use crate::cli::Context;
use crate::spec::Spec;
use crate::spec::answers::{Answers, ConnectionAnswers, Source};
use crate::spec::choices::{ClusterChoice, WorkspaceChoice};

/// The answers as they turned out, defaults and discoveries written out where they could turn out otherwise next time.
pub(crate) fn settled(answers: &Answers, spec: &Spec) -> ConnectionAnswers {
    let mut answers = answers.clone();
    let found = ConnectionAnswers {
        cluster: Some(ClusterChoice::Name(spec.cluster.name().to_owned())),
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
pub(crate) fn line(context: &Context, answers: &ConnectionAnswers, write: bool) -> String {
    let globals = &context.globals.azure;
    let mut words = vec!["amw-rw".to_owned(), "init".to_owned()];
    let named = [
        ("--subscription", &globals.subscription),
        ("--tenant", &globals.tenant),
    ];
    for (flag, value) in named
        .into_iter()
        .filter_map(|(flag, value)| Some((flag, value.as_ref()?)))
    {
        words.extend([flag.to_owned(), quoted(value)]);
    }
    if let Some(cloud) = globals.cloud {
        words.extend(["--cloud".to_owned(), cloud.as_str().to_owned()]);
    }
    let mut all = Answers::default();
    all.add(answers, Source::Flag);
    for (field, value, _) in all.explained() {
        words.extend([format!("--{field}"), quoted(value)]);
    }
    let switches = [("--write", write), ("--sandbox", globals.sandbox)];
    words.extend(
        switches
            .iter()
            .filter(|(_, on)| *on)
            .map(|(flag, _)| (*flag).to_owned()),
    );
    words.push("--yes".to_owned());
    words.join(" ")
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@%+=,".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_with_blanks_or_quotes_survives_the_shell() {
        assert_eq!(quoted("aks-prod"), "aks-prod");
        assert_eq!(quoted("Ada's group"), r"'Ada'\''s group'");
        assert_eq!(quoted(""), "''");
    }
}
