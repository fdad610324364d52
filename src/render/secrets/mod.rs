//! Takes secrets out of configuration text before anyone sees it. What is a secret is decided from the parsed YAML; a
//! text that does not parse (a template, broken YAML) is judged line by line. Where in doubt, too much is hidden.

mod comments;
mod edits;
mod keys;
mod lines;
mod pem;
mod places;
mod scalar;
mod template;
mod urls;
mod values;
mod walk;
mod yaml_value;

#[cfg(test)]
mod examples;

use edits::LineEdits;
use walk::SecretWalk;
use yaml_value::ParsedText;

/// How many texts within texts are read as YAML: a ConfigMap holds a configuration, and that a comment or a script.
const MOST_TEXTS: usize = 4;

/// The text, with as many lines as before, and every secret value replaced.
pub(crate) fn without_secrets(text: &str) -> String {
    hide(text, 0)
}

fn hide(text: &str, depth: usize) -> String {
    let text = pem::hide_private_keys(text);
    if depth >= MOST_TEXTS {
        return lines::hide(&text);
    }
    hide_parsed(&text, &text, depth)
        .or_else(|| {
            let neutral = template::without_actions(&text)?;
            hide_parsed(&text, &neutral, depth)
        })
        .unwrap_or_else(|| lines::hide(&text))
}

/// `neutral` is the text as it is parsed, byte for byte as long. None if it is not YAML, or too much of it.
fn hide_parsed(text: &str, neutral: &str, depth: usize) -> Option<String> {
    let parsed = ParsedText::read(neutral)?;
    let mut edits = LineEdits::of(neutral);
    SecretWalk::new(neutral, &parsed.aliased, depth, &mut edits).documents(&parsed.documents)?;
    comments::hide_comments(neutral, &parsed.comments, depth, &mut edits)?;
    edits.apply(text)
}
