//! Words quoted as a POSIX shell needs them.

use std::fmt::Display;
use std::path::Path;

use super::path_text::{self, byte_of};
use super::visible::is_hidden;

/// A value as one word of a printed command, whatever it holds. Only letters without a meaning in any shell stay unquoted: zsh expands a leading `=`, and every shell a leading `~`.
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
/// `{a,b}`, `!` and control characters unquoted.
pub(crate) fn single_quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// An option with its value, for a sentence that says what to add to a command.
pub(crate) fn option(name: &'static str, value: impl Display) -> String {
    let value = value.to_string();
    // clap takes a value with a dash only behind `=`.
    match value.starts_with('-') {
        true => shell_word(&format!("{name}={value}")),
        false => format!("{name} {}", shell_word(&value)),
    }
}

/// A file as an argument: a name that starts with a dash would be read as an option.
pub(crate) fn file_argument(path: &str) -> String {
    match path.starts_with('-') {
        true => format!("./{path}"),
        false => path.to_owned(),
    }
}

/// The same, quoted.
pub(crate) fn file_word(path: &str) -> String {
    shell_word(&file_argument(path))
}

/// A path as one word, whatever bytes it has.
pub(crate) fn path_word(path: &Path) -> String {
    file_word(&path_text::encode(path))
}

/// `$'…'`, which bash, zsh and POSIX of 2024 know: with it, a line feed cannot break the printed line in two, and what
/// is hidden can be seen.
fn escaped(word: &str) -> String {
    let mut text = String::from("$'");
    for letter in word.chars() {
        match letter {
            // dash takes `$'` for a dollar sign and a quote, so a quote inside would end the word there.
            '\'' => text.push_str(r"\047"),
            '\\' => text.push_str(r"\\"),
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

    #[test]
    fn a_value_with_hidden_characters_is_escaped_and_stays_on_its_line() {
        assert_eq!(
            shell_word("a\nnext: b\u{1b}[2J\u{202e}'\\"),
            r"$'a\nnext: b\033[2J\342\200\256\047\\'"
        );
    }

    #[test]
    fn the_value_of_an_option_is_one_word_of_it() {
        assert_eq!(option("--prometheus", "a/b"), "--prometheus a/b");
        assert_eq!(
            option("--prometheus", "a;touch x/plain"),
            "--prometheus 'a;touch x/plain'"
        );
        assert_eq!(option("--tenant", "-x"), "--tenant=-x");
    }

    #[test]
    fn a_file_is_no_option() {
        assert_eq!(file_word("-x"), "./-x");
        assert_eq!(file_word("my values.yaml"), "'my values.yaml'");
        let odd = std::ffi::OsStr::from_bytes(b"-bad\xff.yaml");
        assert_eq!(path_word(Path::new(odd)), r"$'./-bad\377.yaml'");
    }
}
