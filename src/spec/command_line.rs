//! How is something typed? Answers as flags, and words quoted as a POSIX shell needs them.

use super::answers::Answers;

/// The flags that give these answers again, such as `--cluster`, `aks-prod`.
pub(crate) fn flags(answers: &Answers) -> Vec<String> {
    answers
        .explained()
        .flat_map(|(field, value, _)| [format!("--{field}"), value.to_owned()])
        .collect()
}

/// One line that a shell reads as exactly these words.
pub(crate) fn shell_line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(quoted).collect();
    words.join(" ")
}

fn quoted(word: &str) -> String {
    let harmless = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=@%+,".contains(letter);
    if !word.is_empty() && word.chars().all(harmless) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::answers::ConnectionAnswers;
    use crate::spec::choices::{ClusterChoice, SignIn};

    #[test]
    fn answers_become_the_flags_that_give_them_again() {
        let answers = Answers::from_flags(&ConnectionAnswers {
            cluster: Some(ClusterChoice::Name("aks-prod".into())),
            auth: Some(SignIn::EntraSecret),
            input: Some("my values.yaml".into()),
            ..Default::default()
        });

        let words = flags(&answers);

        assert_eq!(
            shell_line(words.iter().map(String::as_str)),
            "--cluster aks-prod --auth entra-secret --input 'my values.yaml'"
        );
    }

    #[test]
    fn a_shell_reads_back_the_very_words() {
        assert_eq!(
            shell_line(["it's", "$HOME", "", "a*b", "~"]),
            r"'it'\''s' '$HOME' '' 'a*b' '~'"
        );
    }
}
