//! Takes secrets out of configuration text before anyone sees it. What is a secret is decided from the parsed YAML; a
//! text that does not parse (a template, broken YAML) is judged line by line. Where in doubt, too much is hidden.

mod arguments;
mod commands;
mod comment_places;
mod comments;
mod edits;
mod forms;
mod keys;
mod lines;
mod nesting;
mod pem;
mod places;
mod scalar;
mod sentences;
mod siblings;
mod template;
mod urls;
mod values;
mod walk;
mod yaml_value;

#[cfg(test)]
mod examples;

use comment_places::MapPlace;
use edits::LineEdits;
use nesting::Nesting;
use walk::SecretWalk;
use yaml_value::ParsedText;

/// The text, with as many lines as before, and every secret value replaced.
pub(crate) fn without_secrets(text: &str) -> String {
    hide(text, Nesting::outermost(hide, hide_within))
}

/// A value or a sentence on one line, without what has the form of a secret, such as the password of a URL.
pub(crate) fn without_secret_forms(text: &str) -> String {
    values::clean_text(text).into_owned()
}

/// A comment as it is shown; `clean_line` is its line of the text without secrets.
pub(crate) fn shown_comment(comment: &str, clean_line: &str) -> String {
    match clean_line.trim_end().ends_with(comment.trim_end()) {
        true => comment.to_owned(),
        false => format!("# {}", urls::PLACEHOLDER),
    }
}

fn hide(text: &str, nesting: Nesting) -> String {
    let text = pem::hide_private_keys(text);
    if nesting.is_too_deep() {
        return lines::hide(&text);
    }
    hide_parsed(&text, &text, nesting)
        .or_else(|| {
            let neutral = template::without_actions(&text)?;
            hide_parsed(&text, &neutral, nesting)
        })
        .unwrap_or_else(|| lines::hide(&text))
}

/// `neutral` is the text as it is parsed, byte for byte as long. None if it is not YAML, or too much of it.
fn hide_parsed(text: &str, neutral: &str, nesting: Nesting) -> Option<String> {
    let parsed = ParsedText::read(neutral)?;
    let mut edits = LineEdits::of(neutral);
    let walk = SecretWalk::new(neutral, &parsed.aliased, nesting, &mut edits);
    let walk = match parsed.comments.is_empty() {
        true => walk,
        false => walk.with_places(),
    };
    let places = walk.documents(&parsed.documents)?;
    comments::hide_comments(neutral, &parsed.comments, &places, nesting, &mut edits)?;
    edits.apply(text)
}

/// The text of a comment in a map with these keys above it.
fn hide_within(text: &str, map: MapPlace, above: Vec<&str>, nesting: Nesting) -> Option<String> {
    let parsed = ParsedText::read(text)?;
    let mut edits = LineEdits::of(text);
    SecretWalk::new(text, &parsed.aliased, nesting, &mut edits)
        .within(map, above)
        .documents(&parsed.documents)?;
    edits.apply(text)
}
