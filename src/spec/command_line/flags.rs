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

/// The flags that give again what the user said in this run. What the spec file says is read from there again.
pub(crate) fn flags_of_this_run(answers: &Answers) -> Vec<Flag> {
    let said = answers
        .explained()
        .filter(|(_, _, source)| matches!(source, Source::Flag | Source::Asked));
    said.map(|(field, value, _)| Flag {
        name: field.to_owned(),
        value: Some(value.to_owned()),
    })
    .collect()
}
