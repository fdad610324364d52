//! How is something typed? Answers as flags, and words quoted as a POSIX shell needs them.

use std::path::Path;

use super::answers::Answers;
use super::path_text::{self, byte_of};
use super::visible::is_hidden;

/// The flags that give these answers again, such as `--cluster`, `aks-prod`.
pub(crate) fn flags(answers: &Answers) -> Vec<String> {
    answers
        .explained()
        .flat_map(|(field, value, _)| [format!("--{field}"), value.to_owned()])
        .collect()
}

/// One line that a shell reads as exactly these words.
pub(crate) fn shell_line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(shell_word).collect();
    words.join(" ")
}

/// A value as one word of a printed command, whatever it holds: `format!("kubectl get pods -n {}", shell_word(name))`.
///
/// Only letters that no shell gives a meaning stay bare: zsh expands a leading `=`, and every shell a leading `~`.
pub(crate) fn shell_word(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=@%+,".contains(letter);
    if word.contains(|letter| is_hidden(letter) || letter == '\n') {
        return escaped(word);
    }
    if !word.is_empty() && !word.starts_with('=') && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        single_quoted(word)
    }
}

/// A value in single quotes, which every POSIX shell reads as it is. `shell_words::quote` is no replacement: it leaves
/// `{a,b}`, `!` and control characters bare.
pub(crate) fn single_quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A file as a word: a name that starts with a dash would be read as an option.
pub(crate) fn file_word(path: &str) -> String {
    if path.starts_with('-') {
        shell_word(&format!("./{path}"))
    } else {
        shell_word(path)
    }
}

/// The same of a path, whatever bytes it has.
pub(crate) fn path_word(path: &Path) -> String {
    file_word(&path_text::encode(path))
}

/// A kubectl command that reaches the cluster of this context of the kubeconfig: the current one can lead to another cluster.
pub(crate) fn kubectl_line<'a>(
    words: impl IntoIterator<Item = &'a str>,
    context: Option<&'a str>,
) -> String {
    let context = context.into_iter().flat_map(|name| ["--context", name]);
    shell_line(["kubectl"].into_iter().chain(words).chain(context))
}

/// What Helm has to be given to reach the cluster of this context of the kubeconfig: another cluster can have a release of the
/// same name.
pub(crate) fn kube_context(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| {
        format!(" --kube-context {}", shell_word(name))
    })
}

/// `$'…'`, which bash, zsh and POSIX of 2024 know: with it, a line feed cannot break the printed line in two, and what
/// is hidden can be seen.
fn escaped(word: &str) -> String {
    let mut text = String::from("$'");
    for letter in word.chars() {
        match letter {
            '\'' | '\\' => text.extend(['\\', letter]),
            '\n' => text.push_str(r"\n"),
            hidden if is_hidden(hidden) => {
                let bytes = match byte_of(hidden) {
                    Some(byte) => vec![byte],
                    None => hidden.to_string().into_bytes(),
                };
                text.extend(bytes.iter().map(|byte| format!("\\{byte:03o}")));
            }
            plain => text.push(plain),
        }
    }
    text + "'"
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

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
    fn a_file_name_that_is_not_utf8_is_typed_byte_by_byte() {
        let name = std::ffi::OsStr::from_bytes(b"bad\xff.yaml");
        let answers = Answers::from_flags(&ConnectionAnswers {
            input: Some(name.into()),
            ..Default::default()
        });

        let words = flags(&answers);

        assert_eq!(answers.given().input.unwrap(), std::path::Path::new(name));
        assert_eq!(
            shell_line(words.iter().map(String::as_str)),
            r"--input $'bad\377.yaml'"
        );
    }

    #[test]
    fn a_shell_reads_back_the_very_words() {
        assert_eq!(
            shell_line(["it's", "$HOME", "", "a*b", "~"]),
            r"'it'\''s' '$HOME' '' 'a*b' '~'"
        );
    }

    /// What people and machines call things, and what strangers call them.
    const HOSTILE: &[&str] = &[
        "1; touch x #",
        "$(touch x)",
        "`touch x`",
        "a'b",
        "a\"b",
        "a\\b",
        "a b",
        "",
        "~root",
        "=ls",
        "*",
        "{a,b}",
        "!!",
        "a|b&c>d<e",
        "#x",
        "ü → 監視",
    ];

    #[test]
    fn a_hostile_value_stays_one_word() {
        for value in HOSTILE {
            let line = format!("helm upgrade {} --version {}", shell_word(value), "1");

            let words = shell_words::split(&line).unwrap();

            assert_eq!(words, ["helm", "upgrade", value, "--version", "1"]);
        }
    }

    #[test]
    fn a_value_with_hidden_characters_is_escaped_and_stays_on_its_line() {
        assert_eq!(
            shell_word("a\nnext: b\u{1b}[2J\u{202e}'\\"),
            r"$'a\nnext: b\033[2J\342\200\256\'\\'"
        );
    }

    #[test]
    fn a_file_is_no_option() {
        assert_eq!(file_word("-x"), "./-x");
        assert_eq!(file_word("my values.yaml"), "'my values.yaml'");
        let odd = std::ffi::OsStr::from_bytes(b"-bad\xff.yaml");
        assert_eq!(path_word(Path::new(odd)), r"$'./-bad\377.yaml'");
    }
}
