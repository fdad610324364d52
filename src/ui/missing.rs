//! What is still to be said, when nobody can be asked? Everything at once, each with its flag.

use crate::error::Failure;

/// `doing` completes "cannot …"; each answer is its flag and what it is, or what it can be.
pub(crate) fn failure(doing: &str, answers: &[(&str, String)]) -> Failure {
    let many = match answers.len() {
        1 => "1 answer is".to_owned(),
        several => format!("{several} answers are"),
    };
    let widest = answers
        .iter()
        .map(|(flag, _)| flag.len())
        .max()
        .unwrap_or(0);
    let failure = Failure::usage(doing).reason(format!(
        "{many} missing, and nobody can be asked: no terminal, or --no-input"
    ));
    answers.iter().fold(failure, |failure, (flag, what)| {
        failure.next(format!("add {flag:widest$}  {what}"))
    })
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::error::ExitCode;
    use crate::ui::failure;
    use crate::ui::palette::Palette;

    #[test]
    fn all_missing_answers_are_listed_at_once_each_with_its_flag() {
        let answers = [
            ("--subscription", "one of: dev, prod".to_owned()),
            (
                "--cluster",
                "unless there is just one cluster in it".to_owned(),
            ),
        ];

        let failure = super::failure("connect a Prometheus", &answers);

        assert_eq!(failure.exit_code(), ExitCode::Usage);
        assert_snapshot!(failure::text(&failure, Palette::plain()), @r"
        error: cannot connect a Prometheus
          because: 2 answers are missing, and nobody can be asked: no terminal, or --no-input
          next:    add --subscription  one of: dev, prod
                   add --cluster       unless there is just one cluster in it
        ");
    }
}
