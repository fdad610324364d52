//! Comments hold what was configuration before, or an example of it: they are read as such, in the map that they are in.

use std::ops::Range;

use super::comment_places::{CommentPlaces, MapPlace, column_of};
use super::edits::LineEdits;
use super::nesting::Nesting;
use super::sentences::without_stated;
use super::urls::{PLACEHOLDER, is_shown};

/// Hides the secrets of comments; those of lines that follow each other are one text.
pub(super) fn hide_comments(
    text: &str,
    comments: &[Range<usize>],
    places: &CommentPlaces,
    nesting: Nesting,
    edits: &mut LineEdits,
) -> Option<()> {
    let mut rest = comments;
    while let [first, after @ ..] = rest {
        let mut end = first.end;
        let more = after.iter().take_while(|next| {
            // A key in PEM or a map that was commented out is only whole over its lines.
            let follows = starts_line(text, first.start) && is_next_line(text, end, next.start);
            end = next.end;
            follows
        });
        let count = 1 + more.count();
        let block = &rest[..count];
        rest = &rest[count..];
        hide_block(text, block, places, nesting, edits)?;
    }
    Some(())
}

fn starts_line(text: &str, at: usize) -> bool {
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    text[line..at].trim().is_empty()
}

fn is_next_line(text: &str, end: usize, start: usize) -> bool {
    text.get(end..start)
        .is_some_and(|between| between.trim().is_empty() && between.matches('\n').count() == 1)
}

fn hide_block(
    text: &str,
    block: &[Range<usize>],
    places: &CommentPlaces,
    nesting: Nesting,
    edits: &mut LineEdits,
) -> Option<()> {
    let bodies: Option<Vec<&str>> = block
        .iter()
        .map(|range| Some(text.get(range.clone())?.trim_start_matches('#').trim_end()))
        .collect();
    let bodies = bodies?;
    let filled = bodies.iter().filter(|body| !body.is_empty());
    let margin = filled
        .map(|body| body.len() - body.trim_start().len())
        .min();
    let margin = margin.unwrap_or_default();
    let lines = bodies
        .iter()
        .map(|body| body.get(margin..).unwrap_or_default());
    let inner = lines.collect::<Vec<_>>().join("\n");
    let start = block.first()?.start;
    let clean = nesting.hide(&inner);
    let clean = match starts_line(text, start) {
        true => {
            let column = column_of(text, start) + margin + 1;
            let maps = places.maps(start, column);
            let is_near = places.follows_hidden(start);
            in_maps(clean, maps, is_near, nesting.deeper())
        }
        false => at_end_of_line(clean, places, start, nesting.deeper()),
    };
    let is_bare = places.is_in_unnamed_spec(start) && !names_item(&inner);
    let lines = clean.split('\n').map(|line| match is_bare {
        true => without_value(&without_stated(line)),
        false => without_stated(line),
    });
    let clean = lines.collect::<Vec<_>>().join("\n");
    if clean == inner {
        return Some(());
    }
    for ((range, body), clean) in block.iter().zip(&bodies).zip(clean.split('\n')) {
        if body.get(margin..).unwrap_or_default() != clean {
            let end = range.start + text[range.clone()].trim_end().len();
            let start = end - body.len() + margin.min(body.len());
            edits.replace(start..end, clean.to_owned());
        }
    }
    Some(())
}

/// Whether a comment describes its values.
fn names_item(comment: &str) -> bool {
    let names = |line: &str| {
        let entry = line.trim_start_matches([' ', '-']);
        entry.starts_with("name:") || entry.starts_with("key:")
    };
    comment.lines().any(names)
}

/// The line without the value of `value: …`, which was that of a variable, perhaps.
fn without_value(line: &str) -> String {
    let entry = line.trim_start_matches([' ', '-']);
    match entry.strip_prefix("value:") {
        Some(value) if value.starts_with(' ') && !is_shown(value) => {
            let start = line.len() - value.len();
            format!("{} {PLACEHOLDER}", &line[..start])
        }
        _ => line.to_owned(),
    }
}

/// After a secret value, a comment often has the one before it.
fn at_end_of_line(
    comment: String,
    places: &CommentPlaces,
    start: usize,
    nesting: Nesting,
) -> String {
    match places.follows_hidden(start) {
        true if is_shown(&comment) => comment,
        true => PLACEHOLDER.to_owned(),
        false => in_maps(comment, places.maps(start, usize::MAX), false, nesting),
    }
}

/// `is_near` a secret, whatever map it is in.
fn in_maps(
    comment: String,
    maps: Vec<(MapPlace, Vec<&str>)>,
    is_near: bool,
    nesting: Nesting,
) -> String {
    let holds_secret = is_near || maps.iter().any(|(map, _)| map.holds_secret);
    let clean = maps.into_iter().fold(comment, |comment, (map, above)| {
        let whole = nesting.hide_within(&comment, map, above.clone());
        whole.unwrap_or_else(|| {
            // A sentence before the setting, such as `The old one:`, makes the whole no YAML.
            let lines = comment.split('\n').map(|line| {
                nesting
                    .hide_within(line, map, above.clone())
                    .unwrap_or_else(|| without_odd(line))
            });
            lines.collect::<Vec<_>>().join("\n")
        })
    });
    match holds_secret {
        true => clean
            .split('\n')
            .map(without_odd)
            .collect::<Vec<_>>()
            .join("\n"),
        false => clean,
    }
}

/// The line without words that do not occur in sentences, next to a secret.
fn without_odd(line: &str) -> String {
    let parts = line.split_inclusive([' ', '\t', '"', '\'', '`', ',', ';', '(', ')']);
    let clean = parts.map(|part| {
        let word = part.trim_end_matches([' ', '\t', '"', '\'', '`', ',', ';', '(', ')']);
        match is_odd(word.trim_end_matches(['.', ':'])) {
            true => format!("{PLACEHOLDER}{}", &part[word.len()..]),
            false => part.to_owned(),
        }
    });
    clean.collect()
}

fn is_odd(word: &str) -> bool {
    let has = |is: fn(char) -> bool| word.contains(is);
    // `v1.2.3` has letters and digits, as passwords have.
    let is_version = word
        .strip_prefix('v')
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
    word.len() >= 6
        && has(|each| each.is_ascii_alphabetic())
        && has(|each| each.is_ascii_digit() || "!@$%^*+=~".contains(each))
        && !is_version
        && !word.contains("://")
        && !word.contains(PLACEHOLDER)
}
