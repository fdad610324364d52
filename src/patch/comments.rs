//! Finds the comments that an edit would take along.

use std::collections::BTreeSet;
use std::ops::Range;

use granit_parser::{Event, Parser};

use super::lines::Splice;
use super::notice::{Notice, NoticeKind};
use super::refusal::Location;
use crate::redact::{shown_comment, without_secrets};

/// All comments of a text, up to where it is no YAML.
pub(super) fn comments(text: &str) -> Vec<String> {
    // The parser limits how many comments it keeps between two other events, and a file can start with a long licence.
    let options = granit_parser::options! { max_buffered_comment_events: usize::MAX };
    Parser::new_from_str_with_options(text, options)
        .map_while(Result::ok)
        .filter(|(event, _)| matches!(event, Event::Comment(..)))
        .filter_map(|(_, span)| Some(text[span.byte_range()?].trim().to_owned()))
        .collect()
}

/// One notice for each comment within what is replaced.
pub(super) fn lost_comments(text: &str, splices: &[Splice]) -> Vec<Notice> {
    let cuts: Vec<_> = splices.iter().map(|splice| splice.range.clone()).collect();
    // A second parse with comments costs as much as the first; most edits replace nothing that has a `#`.
    if !cuts.iter().any(|cut| text[cut.clone()].contains('#')) {
        return Vec::new();
    }
    let is_cut = |range: &Range<usize>| {
        cuts.iter()
            .any(|cut| cut.start <= range.start && range.end <= cut.end)
    };
    let notice = |(text, location)| Notice {
        location: Some(location),
        what: NoticeKind::LostComment { text },
    };
    let lost = comments_where(text, is_cut).into_iter();
    lost.map(notice).collect()
}

/// One notice for each comment of a text that the text in its place lacks.
pub(crate) fn comments_left_out(text: &str, after: &str) -> Vec<Notice> {
    let kept: BTreeSet<String> = comments(after).into_iter().collect();
    let is_lost = |range: &Range<usize>| !kept.contains(text[range.clone()].trim());
    let notice = |(text, _)| Notice {
        location: None,
        what: NoticeKind::LeftOutComment { text },
    };
    let lost = comments_where(text, is_lost).into_iter();
    lost.map(notice).collect()
}

/// Some comments without their secrets, and where they are.
fn comments_where(text: &str, is_lost: impl Fn(&Range<usize>) -> bool) -> Vec<(String, Location)> {
    let options = granit_parser::options! { max_buffered_comment_events: usize::MAX };
    let lost: Vec<(Range<usize>, Location)> = Parser::new_from_str_with_options(text, options)
        .filter_map(Result::ok)
        .filter(|(event, _)| matches!(event, Event::Comment(..)))
        .filter_map(|(_, span)| {
            let range = span.byte_range()?;
            let location = Location::new(span.start.line(), span.start.col());
            is_lost(&range).then_some((range, location))
        })
        .collect();
    if lost.is_empty() {
        return Vec::new();
    }
    let clean = without_secrets(text);
    let clean: Vec<&str> = clean.split('\n').collect();
    let shown = |(range, location): (Range<usize>, Location)| {
        let line = clean.get(location.line - 1).copied().unwrap_or_default();
        (shown_comment(&text[range], line), location)
    };
    lost.into_iter().map(shown).collect()
}
