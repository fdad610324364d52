//! Where did each answer come from? The lines of `-v`.

use super::palette::Palette;
use super::table;
use crate::spec::answers::Source;

/// One line per answer: what, which, and where it came from.
pub(crate) fn text<'a>(
    answers: impl Iterator<Item = (&'a str, &'a str, Source)>,
    palette: Palette,
    window: Option<usize>,
) -> String {
    let rows: Vec<Vec<String>> = answers
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
    use crate::spec::answers::{Answers, ConnectionAnswers};
    use crate::spec::choices::SignIn;

    #[test]
    fn each_answer_is_printed_with_its_source() {
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

        assert_snapshot!(text(answers.explained(), Palette::plain(), None), @r"
          auth            entra-secret  from the command line
          resource-group  rg-prod       discovered
        ");
    }
}
