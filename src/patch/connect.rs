//! Puts one connection into one document.

use serde_yaml::Value;

use super::change::Change;
use super::document::Document;
use super::notice::Notice;
use super::refusal::{PatchRefusal, Reason};
use super::rewrite::rewrite;
use super::style::Style;
use super::{Outcome, label, ours};
use crate::render::{Installation, Place, Position, RemoteWrite, Target, Wanted, at_path};

/// What is to happen to the text, in this style.
pub(super) fn change(
    text: &str,
    style: &Style,
    installation: &Installation,
    remote_write: &RemoteWrite,
) -> Result<Change, PatchRefusal> {
    let Wish {
        document,
        wanted,
        is_new,
        mut notices,
        cluster_label,
    } = wish(text, installation, remote_write)?;
    let rewritten = rewrite(document, style, &wanted)?;
    let outcome = match &rewritten.splices[..] {
        [] => Outcome::Unchanged,
        _ if is_new => Outcome::Added,
        _ => Outcome::Updated,
    };
    notices.extend(rewritten.notices);
    Ok(Change {
        splices: rewritten.splices,
        outcome,
        notices,
        cluster_label,
    })
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
) -> Result<Wish<'a>, PatchRefusal> {
    let target = installation.target;
    let document = Document::parse(text, target.resource())?;
    let prefix = target.prefix_in(&document.merged);
    let found = at_path(&document.merged, &prefix).unwrap_or(&Value::Null);
    check_effect(target, found)?;

    let all = ours::existing(found, target, |place| document.spot_of(&prefix, place));
    let ours = ours::ours(&all, remote_write)?;
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
        .map_err(Reason::Unwritable)?
        .under(&prefix);
    Ok(Wish {
        wanted,
        is_new: place == new,
        notices,
        cluster_label: label.value,
        document,
    })
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
