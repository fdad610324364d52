//! Answers as flags of this program.

use crate::next_step::Flag;
use crate::spec::answers::{Answers, ConnectionAnswers, Source};

/// The flags that give these answers again, such as `--cluster aks-prod`.
pub(super) fn flags(answers: &ConnectionAnswers) -> Vec<Flag> {
    let answers = Answers::from_flags(answers);
    let flags = answers.explained().map(|(field, value, _)| Flag {
        name: field.to_owned(),
        value: Some(value.to_owned()),
    });
    flags.collect()
}

/// The flags that repeat what the user gave in this run. The spec file is read again.
pub(crate) fn flags_of_this_run(answers: &Answers) -> Vec<Flag> {
    let given = answers
        .explained()
        .filter(|(_, _, source)| matches!(source, Source::Flag | Source::Asked));
    given
        .map(|(field, value, _)| Flag {
            name: field.to_owned(),
            value: Some(value.to_owned()),
        })
        .collect()
}
