//! Where did each answer come from? What `-v` tells before anything is done.

use super::palette::Palette;
use super::table;
use crate::spec::answers::Answers;

/// One line per answer: what, which, and where it came from.
pub(crate) fn text(answers: &Answers, palette: Palette, window: Option<usize>) -> String {
    let rows: Vec<Vec<String>> = answers
        .explained()
        .map(|(field, value, source)| {
            vec![
                field.to_owned(),
                value.to_owned(),
                palette.faint(&source.to_string()),
            ]
        })
        .collect();
    table::aligned(&rows, 2, window)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::spec::answers::{ConnectionAnswers, Source};
    use crate::spec::choices::SignIn;

    #[test]
    fn each_answer_is_told_with_its_source() {
        let mut answers = Answers::from_flags(&ConnectionAnswers {
            auth: Some(SignIn::EntraSecret),
            ..Default::default()
        });
        answers.add(
            &ConnectionAnswers {
                resource_group: Some("rg-prod".into()),
                ..Default::default()
            },
            Source::Discovered,
        );

        assert_snapshot!(text(&answers, Palette::plain(), None), @r"
          auth            entra-secret  from the command line
          resource-group  rg-prod       found by looking
        ");
    }
}
