//! Sentences of comments that contain a password: `the password is …`, `new password …`, `password -> …`.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::forms::replace_group;
use super::urls::is_shown;

/// What follows a word for a secret after `is` or an arrow.
static STATED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)\b(?:password|passwd|passphrase|passwort|kennwort|pwd|secret|token|api key|apikey)s?[ \t]*(?:\b(is|was|ist|war)\b[ \t]*:?|->|=>|→)[ \t]*["'`]?([^\s"'`]+)(["'`]?[.]?[ \t]*$)?"#,
    )
    .expect("the form is a regular expression")
});

/// The word after one for a password; a Secret or a token has its name there.
static NEXT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)\b(?:password|passwd|passphrase|passwort|kennwort|pwd)[ \t]+["'`]?([^\s"'`]+)"#,
    )
    .expect("the form is a regular expression")
});

/// Words after `is` that describe a secret.
const ABOUT: [&str; 30] = [
    "above",
    "below",
    "default",
    "empty",
    "here",
    "in",
    "kept",
    "known",
    "long",
    "missing",
    "new",
    "not",
    "now",
    "old",
    "optional",
    "public",
    "put",
    "read",
    "secret",
    "set",
    "short",
    "sent",
    "taken",
    "temporary",
    "there",
    "unknown",
    "unset",
    "valid",
    "wrong",
    "written",
];

/// A line of a comment without the passwords of its sentences.
pub(super) fn without_stated(line: &str) -> String {
    let clean = replace_group(line, &STATED, 2, is_stated).unwrap_or_else(|| line.to_owned());
    replace_group(&clean, &NEXT, 1, |found| is_unusual(&found[1])).unwrap_or(clean)
}

fn is_stated(found: &Captures) -> bool {
    let word = plain(&found[2]);
    if found.get(1).is_none() {
        return !is_place(word);
    }
    is_unusual(word) || found.get(3).is_some() && is_alone(word)
}

/// No word of a sentence about a secret, such as `required`.
fn is_alone(word: &str) -> bool {
    let lower = word.to_lowercase();
    word.len() >= 6 && !is_place(word) && !lower.ends_with("ed") && !ABOUT.contains(&&*lower)
}

fn is_unusual(word: &str) -> bool {
    let word = plain(word);
    let has_mark = word.contains(|each: char| each.is_ascii_digit() || "!@$%^*+=~".contains(each));
    let has_capital = word.chars().skip(1).any(char::is_uppercase)
        && word.contains(|each: char| each.is_lowercase());
    word.len() >= 4 && (has_mark || has_capital) && !is_place(word)
}

/// A file, a URL, a variable or an expression.
fn is_place(word: &str) -> bool {
    const FILES: [&str; 6] = [".yaml", ".yml", ".json", ".txt", ".md", ".env"];
    is_shown(word)
        || word.starts_with(['/', '.', '$', '{', '<', '-'])
        || word.contains("://")
        || FILES.iter().any(|ending| word.ends_with(ending))
}

fn plain(word: &str) -> &str {
    word.trim_end_matches(['.', ',', ';', ':', ')'])
}
