//! Puts a connection into a text that is YAML within YAML: the prometheus.yml of a ConfigMap, the values of a release.

use granit_parser::ScalarStyle;

use super::change::VerifiedEdits;
use super::data::read;
use super::document::Document;
use super::lines::splice;
use super::notice::Notice;
use super::refusal::{Location, PatchRefusal, Reason};
use super::rewrite::rewrite;
use super::style::Style;
use super::tree::Node;
use crate::render::Desired;
use crate::target::{PathSegment, key_path};

/// A text within a document.
pub(super) struct Embedded<'a> {
    outer: Document<'a>,
    path: Vec<PathSegment>,
    text: String,
    offset: LocationOffset,
}

impl<'a> Embedded<'a> {
    /// Refused where the text is folded, since its lines are others than those of the file.
    pub(super) fn new(
        outer: Document<'a>,
        path: Vec<PathSegment>,
        text: String,
    ) -> Result<Self, PatchRefusal> {
        let value = outer.node_at(&path);
        if value.and_then(Node::scalar_style) == Some(ScalarStyle::Folded) {
            let location = outer.location_of_steps(&path);
            let path = key_path(&path);
            return Err(PatchRefusal::new(Reason::Folded { path }).at_any(location));
        }
        let offset = LocationOffset::to(value);
        Ok(Self {
            outer,
            path,
            text,
            offset,
        })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where it is in the file.
    pub(super) fn start(&self) -> usize {
        self.outer
            .node_at(&self.path)
            .map_or(0, |value| value.start)
    }

    /// What is to happen to the file, when `connect` decides what happens to the text in it. The text has this style where it
    /// is not all of the text.
    pub(super) fn change(
        self,
        style: &Style,
        inner_style: Option<&Style>,
        connect: impl FnOnce(&str, &Style) -> Result<VerifiedEdits, PatchRefusal>,
    ) -> Result<VerifiedEdits, PatchRefusal> {
        let Self {
            outer,
            path,
            text,
            offset,
        } = self;
        let own_style;
        let inner_style = match inner_style {
            Some(style) => style,
            None => {
                own_style = Style::of(&text);
                &own_style
            }
        };
        let change = connect(&text, inner_style);
        let mut change = change.map_err(|refusal| offset.refusal(refusal))?;
        let notices = change.notices.into_iter();
        change.notices = notices.map(|notice| offset.notice(notice)).collect();

        // Places in the inner text are none of the file, so its edits become one new text, which is then laid into the
        // file line by line.
        let after = splice(&text, &change.splices).ok_or(Reason::Unverified)?;
        let after = ended_as(&text, after);
        drop((text, std::mem::take(&mut change.splices)));
        let desired = Desired::is(after).at_steps(&path);
        change.splices = rewrite(outer, style, desired)?.splices;
        Ok(change)
    }

    /// What `look` sees in the text, and where that is in the file.
    pub(super) fn inside<Seen>(
        self,
        look: impl FnOnce(&str) -> Result<Seen, PatchRefusal>,
    ) -> Result<(Seen, LocationOffset), PatchRefusal> {
        let seen = look(&self.text).map_err(|refusal| self.offset.refusal(refusal))?;
        Ok((seen, self.offset))
    }
}

/// The new text without a line break at its end where the old one has none there. A block with `|-` cannot hold one, and
/// removing the last lines leaves the one before them.
fn ended_as(before: &str, after: String) -> String {
    if before.ends_with('\n') {
        return after;
    }
    let trimmed = after.trim_end_matches('\n');
    // A last value with `|+` has its line breaks as data.
    let is_same = |trimmed: &str| read(trimmed).is_ok_and(|data| read(&after).ok() == Some(data));
    match trimmed.len() < after.len() && is_same(trimmed) {
        true => trimmed.to_owned(),
        false => after,
    }
}

/// From places in the inner text to places in the file.
pub(super) struct LocationOffset(Option<Location>);

impl LocationOffset {
    /// Only a literal block has its lines one to one in the file.
    fn to(value: Option<&Node>) -> Self {
        Self(
            value
                .filter(|value| value.is_literal())
                .map(|value| value.location),
        )
    }

    fn location(&self, inner: Location) -> Option<Location> {
        let start = self.0?;
        Some(Location {
            line: inner.line + start.line - 1,
            column: inner.column + start.column - 1,
        })
    }

    pub(super) fn notice(&self, notice: Notice) -> Notice {
        Notice {
            location: notice.location.and_then(|location| self.location(location)),
            ..notice
        }
    }

    fn refusal(&self, refusal: PatchRefusal) -> PatchRefusal {
        let line = |line: usize| Some(line + self.0?.line - 1);
        let location = refusal.location;
        let mut refusal = refusal.with_lines(line);
        refusal.location = location.and_then(|location| self.location(location));
        if let (Reason::DuplicateKey { first, .. }, Some(start)) = (&mut refusal.reason, self.0) {
            *first += start.line - 1;
        }
        refusal
    }
}
