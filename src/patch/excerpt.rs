//! Spares large files the full reading: sections that an edit does not touch are checked without being kept, and left out.
//!
//! A section that is left out keeps its key and a place holder in an excerpt of the file. The edit is made and verified
//! there, and its edits go to the same places in the file. In any doubt the file is read as a whole.

use std::borrow::Cow;
use std::ops::Range;

use super::Notice;
use super::change::VerifiedEdits;
use super::lines::Splice;
use super::outline;
use super::places;
use super::section::{Section, SectionValue};
use super::section_filter::{ReadDepth, SectionFilter, SectionPlace};
use super::sections::sections;
use super::stream_check::is_sound;
use super::style::{SAMPLE, Style};
use crate::target::Target;

/// In bytes; smaller files are quick to read as a whole.
const WORTH_IT: usize = 96 * 1024;
/// Sections that are not longer than this many bytes are not worth leaving out.
const SMALL: usize = 256;

fn is_list(line: &str) -> bool {
    line.trim_end() == "kind: List"
}

/// A file without the sections that are not needed.
pub(super) struct Excerpt<'a> {
    source: &'a str,
    pub(super) text: Cow<'a, str>,
    /// The texts within the file of which sections may be left out, each with its place in the file and its style.
    opened: Vec<(Range<usize>, Style)>,
    parts: Vec<ExcerptPart>,
}

/// A stretch of the excerpt, and the stretch of the file that it represents.
struct ExcerptPart {
    at: usize,
    source: usize,
    /// The same text in both; otherwise a place holder.
    is_verbatim: bool,
}

impl<'a> Excerpt<'a> {
    /// Of a file that is large enough; `None` where it is read as a whole.
    pub(super) fn of_large(source: &'a str, targets: &[Target]) -> Option<Self> {
        // The items of a `List` are resources, and its sections are none of a target.
        let is_whole = source.len() < WORTH_IT || source.lines().any(is_list);
        (!is_whole).then(|| Self::of(source, targets, SMALL))?
    }

    /// Of a file of any size.
    pub(super) fn of(source: &'a str, targets: &[Target], small: usize) -> Option<Self> {
        let sections = sections(source)?;
        let mut selection = SectionSelection {
            source,
            section_filter: SectionFilter { targets, small },
            omitted: Vec::new(),
            opened: Vec::new(),
        };
        selection.select(&sections, false)?;
        let mut excerpt = Self {
            source,
            text: Cow::default(),
            opened: selection.opened,
            parts: Vec::new(),
        };
        let mut copied = 0;
        for cut in &selection.omitted {
            excerpt.copy(copied, cut.start);
            excerpt.push(cut.start, false, cut.place_holder.clone().into());
            copied = cut.end;
        }
        excerpt.copy(copied, source.len());
        // An alias in a part that is left out may refer to what is touched.
        let is_shared = defines_anchor(&excerpt.text)
            && selection
                .omitted
                .iter()
                .any(|cut| has_mark(&source[cut.start..cut.end], '*'));
        (!is_shared).then_some(excerpt)
    }

    /// The whole file.
    pub(super) fn source(&self) -> &'a str {
        self.source
    }

    /// The style of the text that starts here in the excerpt, where it is not all of that text.
    pub(super) fn style_of_text(&self, at: usize) -> Option<&Style> {
        let source = self.in_source(at)?;
        let mut opened = self.opened.iter();
        let (_, style) = opened.find(|(range, _)| range.contains(&source))?;
        Some(style)
    }

    fn copy(&mut self, start: usize, end: usize) {
        let source = self.source;
        self.push(start, true, Cow::Borrowed(&source[start..end]));
    }

    fn push(&mut self, source: usize, is_verbatim: bool, text: Cow<'a, str>) {
        self.parts.push(ExcerptPart {
            at: self.text.len(),
            source,
            is_verbatim,
        });
        // A file without a section to leave out, such as a long text on one line, is not copied.
        match self.text.is_empty() {
            true => self.text = text,
            false => self.text.to_mut().push_str(&text),
        }
    }

    /// The same edits for the file; `None` where one of them is not within a part that is in both.
    pub(super) fn restore(&self, change: VerifiedEdits) -> Option<VerifiedEdits> {
        let splices = change.splices.into_iter().map(|Splice { range, text }| {
            let start = self.in_source(range.start)?;
            let end = match range.is_empty() {
                true => start,
                false => self.in_source(range.end - 1)? + 1,
            };
            let is_whole = end.checked_sub(start) == Some(range.len());
            is_whole.then_some(Splice {
                range: start..end,
                text,
            })
        });
        Some(VerifiedEdits {
            splices: splices.collect::<Option<_>>()?,
            notices: self.notices(change.notices),
            ..change
        })
    }

    /// The same notices with their places in the file, none where that is within a part that was left out.
    pub(super) fn notices(&self, notices: Vec<Notice>) -> Vec<Notice> {
        let here: Vec<_> = notices.iter().map(|notice| notice.location).collect();
        let offsets = places::offsets(&self.text, &here).into_iter();
        let offsets: Vec<_> = offsets.map(|at| self.of_mark(at?)).collect();
        let in_source = places::locations(self.source, &offsets).into_iter();
        let placed = notices.into_iter().zip(in_source);
        placed
            .map(|(notice, location)| Notice { location, ..notice })
            .collect()
    }

    /// The place in the file, unless it is within a part that was left out.
    fn in_source(&self, at: usize) -> Option<usize> {
        let part = self.part_at(at)?;
        (part.is_verbatim || part.at == at).then(|| part.source + at - part.at)
    }

    fn part_at(&self, at: usize) -> Option<&ExcerptPart> {
        let index = self.parts.partition_point(|part| part.at <= at);
        self.parts.get(index.checked_sub(1)?)
    }

    /// The place in the file of what a notice marks: every place holder has its key where it is in the file.
    fn of_mark(&self, at: usize) -> Option<usize> {
        let part = self.part_at(at)?;
        let inside = &self.text[part.at..at];
        (part.is_verbatim || !inside.contains('\n')).then(|| part.source + inside.len())
    }
}

/// Which sections of a file are left out.
struct SectionSelection<'a> {
    source: &'a str,
    section_filter: SectionFilter<'a>,
    omitted: Vec<OmittedRange>,
    opened: Vec<(Range<usize>, Style)>,
}

struct OmittedRange {
    start: usize,
    end: usize,
    place_holder: String,
}

impl SectionSelection<'_> {
    /// `None` where a section is no valid YAML: the full reading names its line.
    fn select(&mut self, sections: &[Section], is_embedded: bool) -> Option<()> {
        let source = self.source;
        let kinds = kinds(source, sections);
        let mut path: Vec<&str> = Vec::new();
        let mut index = 0;
        while let Some(section) = sections.get(index) {
            path.truncate(section.depth);
            path.push(section.name(source));
            let place = SectionPlace {
                text: source,
                path: &path,
                kind: kinds[section.document],
                is_embedded,
            };
            let depth = self.section_filter.read_depth(section, &place);
            if depth == ReadDepth::Sections {
                index += 1;
                continue;
            }
            let body = &source[section.start..section.end];
            if section.is_doubtful && !is_sound(body) {
                return None;
            }
            match depth {
                ReadDepth::KeyOnly if self.may_leave_out(section, body) => {
                    self.omitted.push(OmittedRange::of(section, source));
                }
                ReadDepth::SectionsOfText => self.open_text(section)?,
                _ => {}
            }
            while sections
                .get(index)
                .is_some_and(|next| next.start < section.end)
            {
                index += 1;
            }
        }
        Some(())
    }

    fn may_leave_out(&self, section: &Section, body: &str) -> bool {
        let is_at_end = section.end == self.source.len() && !body.ends_with('\n');
        // A line that is added after such a text would become a part of it.
        let has_open_end = is_at_end && (section.ends_in_text || section.is_doubtful);
        let keeps_blanks = (section.ends_in_text || section.is_doubtful) && may_keep_blanks(body);
        // An alias elsewhere may refer to the anchor, and an excerpt without it could not be read.
        let is_short_anchor = body.len() < SMALL * 64 && defines_anchor(body);
        !(has_open_end || keeps_blanks || is_short_anchor)
    }

    /// The sections of a text that is YAML itself. A text without keys is read as it is.
    fn open_text(&mut self, section: &Section) -> Option<()> {
        let SectionValue::Literal(lines) = &section.value else {
            return Some(());
        };
        let text = &self.source[lines.clone()];
        let first = text.lines().find(|line| !line.trim().is_empty());
        let indent = first.map_or(0, |line| line.len() - line.trim_start_matches(' ').len());
        let has_open_end = !text.ends_with('\n');
        let sections = outline::within(self.source, lines.clone(), indent);
        let Some(sections) = sections.filter(|_| !has_open_end) else {
            return Some(());
        };
        let style = style_of_indented(text, indent);
        self.opened.push((lines.clone(), style));
        self.select(&sections, true)
    }
}

impl OmittedRange {
    fn of(section: &Section, source: &str) -> Self {
        if let SectionValue::Flow(value) = &section.value {
            let text = &source[value.clone()];
            let end = if text.contains('\n') { "\n" } else { "" };
            return Self {
                start: value.start,
                end: value.end,
                place_holder: match text.bytes().next() {
                    Some(b'{') => format!("{{{end}\"_\": 0{end}}}"),
                    Some(b'[') => format!("[{end}0{end}]"),
                    _ => "\"\"".to_owned(),
                },
            };
        }
        let body = &source[section.start..section.end];
        let line_end = &body[body.trim_end_matches(['\r', '\n']).len()..];
        let value = match section.value {
            SectionValue::Map => "{_: 0}",
            SectionValue::List => "[0]",
            _ => "0",
        };
        Self {
            start: section.start,
            end: section.end,
            place_holder: format!(
                "{}: {value}{line_end}",
                &source[section.start..section.key.end]
            ),
        }
    }
}

/// Of each document the kind of resource that it is.
fn kinds<'t>(source: &'t str, sections: &[Section]) -> Vec<Option<&'t str>> {
    let documents = sections.last().map_or(0, |last| last.document + 1);
    let mut kinds = vec![None; documents];
    let tops = sections.iter().filter(|section| section.depth == 0);
    for section in tops.filter(|section| section.name(source) == "kind") {
        let value = match &section.value {
            SectionValue::Flow(value) => &source[value.clone()],
            _ => &source[section.key.end..section.end],
        };
        let value = value.trim_start_matches([':', ' ']);
        let value = value.split(['\r', '\n', ' ']).next().unwrap_or_default();
        kinds[section.document] = Some(value.trim_matches(['"', '\'']));
    }
    kinds
}

/// The style of a text whose lines are indented.
fn style_of_indented(text: &str, indent: usize) -> Style {
    let mut sample = String::new();
    for line in text.split_inclusive('\n') {
        if sample.len() >= SAMPLE {
            break;
        }
        let blank = line.trim_start_matches(' ');
        let is_short = line.len() - blank.len() < indent;
        let line = if is_short { blank } else { &line[indent..] };
        sample.push_str(line.trim_end_matches('\n').trim_end_matches('\r'));
        sample.push('\n');
    }
    Style::of(&sample)
}

/// An alias in a part that is left out may refer to it.
fn defines_anchor(text: &str) -> bool {
    has_mark(text, '&')
}

/// The mark of an anchor or alias, where one may be.
fn has_mark(text: &str, mark: char) -> bool {
    let is_start = |before: char| before.is_whitespace() || "[{,-?:".contains(before);
    let bytes = text.as_bytes();
    text.match_indices(mark).any(|(at, _)| {
        let is_name = bytes
            .get(at + 1)
            .is_some_and(|next| !matches!(next, b' ' | b'\n' | b'\r' | b'&' | b'*'));
        is_name && (at == 0 || text[..at].ends_with(is_start))
    })
}

/// A block scalar at the end of a section may take the blank lines after it for its own (`|+`).
fn may_keep_blanks(text: &str) -> bool {
    let is_header = |at: usize| {
        text[..at]
            .trim_end_matches(|each: char| each.is_ascii_digit())
            .ends_with(['|', '>'])
    };
    text.match_indices('+').any(|(at, _)| is_header(at))
}
