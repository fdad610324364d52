//! Finds the comments that an edit would take along.

use std::ops::Range;

use granit_parser::{Event, Parser};

use super::lines::Splice;
use super::notice::{Notice, NoticeKind};
use super::refusal::Location;
use crate::render::{shown_comment, without_secrets};

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
    let options = granit_parser::options! { max_buffered_comment_events: usize::MAX };
    let lost: Vec<(Range<usize>, Location)> = Parser::new_from_str_with_options(text, options)
        .filter_map(Result::ok)
        .filter(|(event, _)| matches!(event, Event::Comment(..)))
        .filter_map(|(_, span)| {
            let range = span.byte_range()?;
            let is_lost = cuts
                .iter()
                .any(|cut| cut.start <= range.start && range.end <= cut.end);
            let location = Location::new(span.start.line(), span.start.col());
            is_lost.then_some((range, location))
        })
        .collect();
    if lost.is_empty() {
        return Vec::new();
    }
    let clean = without_secrets(text);
    let clean: Vec<&str> = clean.split('\n').collect();
    let notice = |(range, location): (Range<usize>, Location)| {
        let line = clean.get(location.line - 1).copied().unwrap_or_default();
        let text = shown_comment(&text[range], line);
        Notice {
            location: Some(location),
            what: NoticeKind::LostComment { text },
        }
    };
    lost.into_iter().map(notice).collect()
}
