//! Puts one connection into one document.

use serde_yaml::Value;

use super::change::Change;
use super::document::Document;
use super::notice::Notice;
use super::refusal::{PatchRefusal, Reason};
use super::rewrite::rewrite;
use super::style::Style;
use super::{Instead, Outcome, label, ours};
use crate::render::{Installation, Place, Position, RemoteWrite, Target, Wanted, at_path};

/// What is to happen to the text, in this style.
pub(super) fn change(
    text: &str,
    style: &Style,
    installation: &Installation,
    remote_write: &RemoteWrite,
) -> Result<Change, PatchRefusal> {
    wish(text, installation, remote_write, None)?.change(style)
}

/// The same where our remote write takes the place of another one.
pub(super) fn replacement(
    text: &str,
    style: &Style,
    installation: &Installation,
    remote_write: &RemoteWrite,
    instead: &Instead,
) -> Result<Change, PatchRefusal> {
    wish(text, installation, remote_write, Some(instead))?.change(style)
}

/// One document, and what it must say.
pub(super) struct Wish<'a> {
    pub(super) document: Document<'a>,
    pub(super) wanted: Wanted,
    /// Whether our remote write was not there before.
    is_new: bool,
    pub(super) notices: Vec<Notice>,
    cluster_label: String,
}

pub(super) fn wish<'a>(
    text: &'a str,
    installation: &Installation,
    remote_write: &RemoteWrite,
    instead: Option<&Instead>,
) -> Result<Wish<'a>, PatchRefusal> {
    let target = installation.target;
    let document = Document::parse(text, target.resource())?;
    let prefix = target.prefix_in(&document.merged);
    let found = at_path(&document.merged, &prefix).unwrap_or(&Value::Null);
    check_effect(target, found)?;

    let mut all = ours::existing(found, target, |place| document.spot_of(&prefix, place));
    if let Some(instead) = instead {
        all.retain(|each| !instead.gone.contains(&each.place));
    }
    let ours = match instead {
        Some(instead) => ours::at(&all, instead.place, remote_write)?,
        None => ours::ours(&all, remote_write)?,
    };
    let new = Place {
        list: target.lists()[0],
        position: Position::End,
    };
    let place = ours.map_or(new, |ours| ours.place);
    let label = label::settle(
        at_path(found, target.cluster_label()),
        &remote_write.cluster_label,
    );
    let mut notices = ours::notices(&all, ours, remote_write);
    notices.extend(label.notice);

    let wanted = installation
        .wanted(remote_write, place, found)
        .map_err(Reason::Unwritable)?;
    let wanted = match instead {
        Some(instead) => wanted.and(instead.also.clone()),
        None => wanted,
    };
    let wanted = wanted.under(&prefix);
    Ok(Wish {
        wanted,
        is_new: place == new,
        notices,
        cluster_label: label.value,
        document,
    })
}

impl Wish<'_> {
    fn change(self, style: &Style) -> Result<Change, PatchRefusal> {
        let rewritten = rewrite(self.document, style, &self.wanted)?;
        let outcome = match &rewritten.splices[..] {
            [] => Outcome::Unchanged,
            _ if self.is_new => Outcome::Added,
            _ => Outcome::Updated,
        };
        let mut notices = self.notices;
        notices.extend(rewritten.notices);
        Ok(Change {
            splices: rewritten.splices,
            outcome,
            notices,
            cluster_label: self.cluster_label,
        })
    }
}

/// Refuses a file in which our remote write would count for nothing, or twice.
fn check_effect(target: Target, found: &Value) -> Result<(), PatchRefusal> {
    if let Some(path) = target.second_definition(found) {
        return Err(Reason::SecondDefinition {
            path: path.join("."),
        }
        .into());
    }
    if let Some(path) = target.setting_elsewhere(found) {
        return Err(Reason::Elsewhere {
            path: path.join("."),
        }
        .into());
    }
    Ok(())
}
