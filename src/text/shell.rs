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

/// An option with its value, for a sentence that names what to add to a command.
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

/// `"$(printf '…')"`, which every POSIX shell knows (`$'…'` came in 2024, and dash lacks it): with it, a line feed cannot
/// break the printed line in two, and what is hidden can be seen.
///
/// The shell takes line feeds off the end of what a command prints. `${IFS#??}` is one: blank, tab and line feed are the value
/// of `IFS` in a new shell. (zsh adds a NUL, which ends a word for the program that gets it: there, of several line feeds at the end
/// one is left.)
fn escaped(word: &str) -> String {
    let body = word.trim_end_matches('\n');
    let ends = "${IFS#??}".repeat(word.len() - body.len());
    match body {
        "" => format!("\"{ends}\""),
        body => format!("\"$(printf '{}'){ends}\"", for_printf(body)),
    }
}

fn for_printf(word: &str) -> String {
    let mut text = String::new();
    for letter in word.chars() {
        match letter {
            '%' => text.push_str("%%"),
            '\\' => text.push_str(r"\\"),
            // Within double quotes, an interactive shell takes `!` for its history.
            '\'' | '!' => push_octal(&mut text, letter as u8),
            // It would be an option of printf.
            '-' if text.is_empty() => push_octal(&mut text, b'-'),
            '\n' => push_octal(&mut text, b'\n'),
            hidden if is_hidden(hidden) => match byte_of(hidden) {
                Some(byte) => push_octal(&mut text, byte),
                None => hidden
                    .to_string()
                    .bytes()
                    .for_each(|byte| push_octal(&mut text, byte)),
            },
            plain => text.push(plain),
        }
    }
    text
}

fn push_octal(text: &mut String, byte: u8) {
    text.push_str(&format!("\\{byte:03o}"));
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn a_value_with_hidden_characters_is_escaped_and_stays_on_its_line() {
        assert_eq!(
            shell_word("a\nnext: b\u{1b}[2J\u{202e}'\\"),
            r#""$(printf 'a\012next: b\033[2J\342\200\256\047\\')""#
        );
    }

    #[test]
    fn a_posix_shell_reads_a_word_as_it_was() {
        let zsh = Path::new("/usr/bin/zsh").exists();
        if !zsh {
            // The test runner would keep a printed line.
            let line = b"\nnot tested with zsh: it is not installed\n";
            std::io::Write::write_all(&mut std::io::stderr(), line).unwrap();
        }
        for word in [
            "a\nb",
            "-n\u{1b}",
            "50%s\u{7}\\n`id`$(id)\"'!x",
            "\u{202e}1",
            "\nx y",
            "\u{1}7",
            "values.yaml\n",
            "a\n%b's\n\n",
            "\n",
            "=ls",
            "~",
            "a=b",
            "!x",
            "x{a,b}",
            "a*b [c] #d ^e $f",
            "",
        ] {
            // A program gets the word, not the shell's own printf.
            let line = format!("env printf '%s|' {}", shell_word(word));
            assert_eq!(line.lines().count(), 1, "{line}");
            // Where the system has dash, `sh` is dash.
            for shell in ["/bin/sh", "/bin/bash", "/usr/bin/zsh"] {
                let is_zsh = shell.ends_with("zsh");
                if is_zsh && (!zsh || word.ends_with("\n\n")) {
                    continue;
                }
                let output = std::process::Command::new(shell)
                    .args(["-c", &line])
                    .output()
                    .unwrap();
                assert_eq!(
                    String::from_utf8_lossy(&output.stdout),
                    format!("{word}|"),
                    "{line}"
                );
            }
        }
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
        assert_eq!(
            path_word(Path::new(odd)),
            r#""$(printf './-bad\377.yaml')""#
        );
    }
}
