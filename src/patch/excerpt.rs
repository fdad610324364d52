//! Spares large files the full reading: sections that an edit does not touch are neither parsed nor looked into.
//!
//! A section that is left out becomes `key: 0` in an excerpt of the file, the edit is made and proved there, and its
//! edits go to the same places in the file. In any doubt the file is read as a whole.

use super::Notice;
use super::change::VerifiedEdits;
use super::connect;
use super::lines::Splice;
use super::misplaced::may_name_rule;
use super::refusal::{Location, PatchRefusal};
use super::sections::{Section, sections};
use super::style::Style;
use crate::compat::Installation;
use crate::remote_write::RemoteWrite;
use crate::target::Target;

/// In bytes; smaller files are read as a whole, which finds errors anywhere in them.
const WORTH_IT: usize = 1024 * 1024;

/// What is to happen to a file of any size.
pub(super) fn change(
    source: &str,
    installation: &Installation,
    remote_write: &RemoteWrite,
) -> Result<VerifiedEdits, PatchRefusal> {
    let by_excerpt = match source.len() {
        WORTH_IT.. => change_by_excerpt(source, installation, remote_write),
        _ => None,
    };
    match by_excerpt {
        Some(change) => Ok(change),
        None => connect::change(source, &Style::of(source), installation, remote_write),
    }
}

/// The excerpt of a file that is large enough; `None` where the file is read as a whole.
pub(super) fn of_large(source: &str, target: Target) -> Option<String> {
    let excerpt = (source.len() >= WORTH_IT).then(|| Excerpt::of(source, target))?;
    excerpt.map(|excerpt| excerpt.text)
}

/// `None` if an excerpt cannot be made, or if the edit is refused in it: only the whole file shows why.
pub(super) fn change_by_excerpt(
    source: &str,
    installation: &Installation,
    remote_write: &RemoteWrite,
) -> Option<VerifiedEdits> {
    let excerpt = Excerpt::of(source, installation.target)?;
    let change = connect::change(
        &excerpt.text,
        &Style::of(source),
        installation,
        remote_write,
    )
    .ok()?;
    excerpt.restore(change)
}

struct Excerpt<'a> {
    source: &'a str,
    text: String,
    edits: Vec<ExcerptPart>,
    /// Line breaks so far in the excerpt, and in the file.
    breaks: (usize, usize),
}

/// A stretch of the excerpt, and the stretch of the file that it represents.
struct ExcerptPart {
    at: usize,
    source: usize,
    /// Line breaks before it in the excerpt, and in the file.
    breaks: (usize, usize),
    /// The same text in both; otherwise a place holder.
    is_verbatim: bool,
}

impl<'a> Excerpt<'a> {
    fn of(source: &'a str, target: Target) -> Option<Self> {
        // A large file is mostly rules, dashboards or scrape configurations, and each parse reads all of it.
        let sections = sections(source)?;
        let touched = target.sections();
        let is_touched = |section: &Section| touched.contains(&section.name());
        if target.resource().is_some()
            || (target.may_be_nested() && !sections.iter().any(is_touched))
        {
            return None;
        }
        let mut excerpt = Self {
            source,
            text: String::new(),
            edits: Vec::new(),
            breaks: (0, 0),
        };
        let mut copied = 0;
        for (index, section) in sections.iter().enumerate() {
            let body = &source[section.start..section.body_end];
            // Values of another Prometheus, or the only ones that the chart reads.
            let may_be_another = target.chart().is_some_and(|chart| section.name() == chart)
                || target
                    .certain_word()
                    .is_some_and(|word| body.contains(word));
            if may_be_another && !is_touched(section) {
                return None;
            }
            if is_touched(section) {
                // An alias to it can be in a section that is left out.
                if defines_anchor(body) {
                    return None;
                }
                continue;
            }
            let is_last = index + 1 == sections.len();
            // Text that is added at the end would become part of an open block there, which the excerpt does not show.
            let has_open_end = !source.ends_with('\n') && section.may_end_in_text();
            if is_last && (has_open_end || may_keep_blanks(body)) {
                return None;
            }
            // A remote write at a place that nothing reads has to be seen.
            if may_name_rule(body) {
                return None;
            }
            excerpt.copy(copied, section.start);
            excerpt.leave_out(section, body);
            copied = section.body_end;
        }
        excerpt.copy(copied, source.len());
        Some(excerpt)
    }

    fn copy(&mut self, start: usize, end: usize) {
        let source = self.source;
        self.push(start, true, &source[start..end], &source[start..end]);
    }

    fn leave_out(&mut self, section: &Section, body: &str) {
        let line_end = &body[body.trim_end_matches(['\r', '\n']).len()..];
        let place_holder = format!("{}: 0{line_end}", section.key);
        self.push(section.start, false, &place_holder, body);
    }

    fn push(&mut self, source: usize, is_verbatim: bool, text: &str, stands_for: &str) {
        self.edits.push(ExcerptPart {
            at: self.text.len(),
            source,
            breaks: self.breaks,
            is_verbatim,
        });
        self.text.push_str(text);
        self.breaks.0 += text.matches('\n').count();
        self.breaks.1 += stands_for.matches('\n').count();
    }

    fn restore(&self, change: VerifiedEdits) -> Option<VerifiedEdits> {
        let splices = change.splices.into_iter().map(|Splice { range, text }| {
            let range = self.in_source(range.start)?..self.in_source(range.end)?;
            Some(Splice { range, text })
        });
        let notices = change.notices.into_iter().map(|notice| Notice {
            location: notice
                .location
                .and_then(|location| self.location_in_source(location)),
            ..notice
        });
        Some(VerifiedEdits {
            splices: splices.collect::<Option<_>>()?,
            notices: notices.collect(),
            ..change
        })
    }

    /// The place in the file, unless it is within a part that was left out.
    fn in_source(&self, at: usize) -> Option<usize> {
        let index = self
            .edits
            .partition_point(|piece| piece.at <= at)
            .checked_sub(1)?;
        let piece = &self.edits[index];
        (piece.is_verbatim || piece.at == at).then(|| piece.source + at - piece.at)
    }

    /// Every piece starts with a line, so that its lines are counted once and not for each place.
    fn location_in_source(&self, location: Location) -> Option<Location> {
        let before = location.line - 1;
        // A last piece without text has no line of its own.
        let has_text = |piece: &&ExcerptPart| piece.at < self.text.len();
        let is_before = |piece: &&ExcerptPart| piece.breaks.0 <= before;
        let ExcerptPart {
            breaks,
            is_verbatim,
            ..
        } = *self.edits.iter().filter(has_text).rfind(is_before)?;
        let line = breaks.1 + location.line - breaks.0;
        // The place holder of a section has its key on the first line, where it is in the file.
        (is_verbatim || breaks.0 == before).then_some(Location { line, ..location })
    }
}

/// An alias in a part that is left out may stand for it.
fn defines_anchor(text: &str) -> bool {
    let is_start = |before: char| before.is_whitespace() || "[{,-?:".contains(before);
    text.match_indices('&')
        .any(|(at, _)| text[..at].ends_with(is_start))
}

/// A block scalar at the end of a file may take the blank lines there for its own (`|+`).
fn may_keep_blanks(text: &str) -> bool {
    let is_header = |at: usize| {
        text[..at]
            .trim_end_matches(|each: char| each.is_ascii_digit())
            .ends_with(['|', '>'])
    };
    text.match_indices('+').any(|(at, _)| is_header(at))
}
