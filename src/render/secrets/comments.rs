//! Comments hold what was configuration before, or an example of it: they are read as such.

use std::ops::Range;

use super::edits::LineEdits;
use super::hide;

/// Hides the secrets of comments; those of lines that follow each other are one text.
pub(super) fn hide_comments(
    text: &str,
    comments: &[Range<usize>],
    depth: usize,
    edits: &mut LineEdits,
) -> Option<()> {
    let mut rest = comments;
    while let [first, after @ ..] = rest {
        let mut end = first.end;
        let more = after.iter().take_while(|next| {
            let follows = starts_line(text, first.start) && is_next_line(text, end, next.start);
            end = next.end;
            follows
        });
        let count = 1 + more.count();
        let block = &rest[..count];
        rest = &rest[count..];
        hide_block(text, block, depth, edits)?;
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
    depth: usize,
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
    let clean = hide(&inner, depth + 1);
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
