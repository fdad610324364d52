//! Secrets within a scalar that is none as a whole: a URL, a command line, a configuration as text.

use std::borrow::Cow;
use std::ops::Range;

use granit_parser::ScalarStyle;

use super::lines;
use super::nesting::Nesting;
use super::urls::{clean_url, is_url};
use super::values::clean_text;
use super::yaml_value::{YamlValue, YamlValueKind};

/// The part of a text to replace, and with what: without a new text all of it is hidden.
type PartialEdit = Option<(Range<usize>, Option<String>)>;

/// None if the place of the scalar is not in the text.
pub(super) fn clean_scalar(text: &str, node: &YamlValue, nesting: Nesting) -> Option<PartialEdit> {
    let YamlValueKind::Scalar(style, value) = &node.kind else {
        return Some(None);
    };
    let raw = text.get(node.range.clone())?;
    let content = node.range.start..node.range.start + raw.trim_end().len();
    if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
        return Some(clean_block(text, content, value, nesting));
    }
    let clean = clean_value(value, nesting);
    if clean == *value {
        return Some(None);
    }
    let raw = text.get(content.clone())?;
    let quotes = usize::from(!matches!(style, ScalarStyle::Plain));
    let inner = raw.get(quotes..raw.len().checked_sub(quotes)?)?;
    let inner_range = content.start + quotes..content.end - quotes;
    if inner == value.as_ref() {
        return Some(Some((inner_range, Some(clean.into_owned()))));
    }
    // Escapes may split what is secret; line breaks may, too, unless nothing of it is left after each line is clean.
    let has_escapes = inner.contains(['\\', '\'']);
    let by_line = lines::hide(inner);
    let joined = by_line.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_clean = !has_escapes && clean_value(&joined, nesting) == joined;
    Some(Some(match is_clean {
        true => (inner_range, Some(by_line)),
        false => (content, None),
    }))
}

fn clean_value(value: &str, nesting: Nesting) -> Cow<'_, str> {
    if value.len() < 6 {
        return Cow::Borrowed(value);
    }
    if is_url(value)
        && let Some((scheme, rest)) = value.split_once("://")
    {
        return Cow::Owned(format!("{scheme}://{}", clean_url(rest)));
    }
    if value.contains('\n') || value.starts_with(['{', '[']) {
        return Cow::Owned(nesting.hide(value));
    }
    // Only a `key: value` within it needs more than a look for what has the form of a secret.
    match value.contains(':') {
        true => Cow::Owned(lines::hide(value)),
        false => clean_text(value),
    }
}

/// A text block: whole lines, which are read without their indentation.
fn clean_block(text: &str, content: Range<usize>, value: &str, nesting: Nesting) -> PartialEdit {
    let start = text[..content.start]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let body = &text[start..content.end];
    let filled = || body.lines().filter(|line| !line.trim().is_empty());
    let indent_of = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let margin = filled().map(indent_of).min().unwrap_or_default();
    // The indentation is no part of the value.
    let cut = |line: &str| {
        line.get(margin..)
            .unwrap_or(line.trim_start_matches(' '))
            .to_owned()
    };
    let inner: String = body.split_inclusive('\n').map(cut).collect();
    let clean = nesting.hide(&inner);
    if clean == inner {
        // Lines that are joined may be a secret together.
        let value = value.trim_end();
        let is_joined = filled().count() > 1 && !value.contains('\n');
        let is_clean = !is_joined || clean_value(value, nesting) == value;
        return (!is_clean).then_some((content, None));
    }
    let indent = " ".repeat(margin);
    let put_back = |line: &str| match line.trim().is_empty() {
        true => line.to_owned(),
        false => format!("{indent}{line}"),
    };
    let clean = clean.split_inclusive('\n').map(put_back).collect();
    Some((start..content.end, Some(clean)))
}

/// Where an anchor or tag before a scalar begins: without quotes, it may be the beginning of a password.
pub(super) fn start_with_anchor(text: &str, start: usize) -> usize {
    let line = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let before = &text[line..start];
    let mut at = before.trim_end().len();
    while let Some(word) = before[..at].rfind([' ', '\t', '[', '{']).map(|gap| gap + 1) {
        if !before[word..at].starts_with(['&', '!']) {
            break;
        }
        at = before[..word].trim_end().len();
    }
    let rest = &before[at..];
    line + at + rest.len() - rest.trim_start().len()
}
