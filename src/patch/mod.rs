//! Puts a connection into a file that the user already has, and changes nothing else in it.

#![allow(
    dead_code,
    unused_imports,
    reason = "the commands that patch come later"
)]

mod comments;
mod document;
mod edit;
mod flow;
mod label;
mod lines;
mod notice;
mod ours;
mod pieces;
#[cfg(test)]
mod places;
mod proof;
#[cfg(test)]
mod properties;
mod refusal;
mod rewrite;
#[cfg(test)]
mod stories;
mod style;
mod tree;

use std::fmt;

use document::Document;
pub(crate) use notice::{Notice, What};
pub(crate) use refusal::{PatchRefusal, Reason, Spot};
use rewrite::rewrite;
use serde_yaml::Value;

use crate::render::{
    BlockStyle, Installation, Place, Position, RemoteWrite, at_path, block_lines, without_secrets,
};

/// A file with the connection in it. May hold a secret, so `Debug` hides the text.
#[derive(PartialEq, Eq)]
pub(crate) struct Patched {
    pub(crate) text: String,
    pub(crate) outcome: Outcome,
    pub(crate) notices: Vec<Notice>,
    /// The external label `cluster` that the file has now, which may be the user's own.
    pub(crate) cluster_label: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All was in place; the text is the same, byte for byte.
    Unchanged,
    /// Our remote write was there, and something in it or around it was mended.
    Updated,
    /// Our remote write is new.
    Added,
}

/// Puts the connection into the file, or mends it there. Nothing else changes, or there is a refusal.
pub(crate) fn patch(
    source: &str,
    installation: &Installation,
    remote_write: &RemoteWrite,
) -> Result<Patched, PatchRefusal> {
    put_in(source, installation, remote_write)
        .map_err(|refusal| refusal.with_paste(paste(installation, remote_write)))
}

fn put_in(
    source: &str,
    installation: &Installation,
    remote_write: &RemoteWrite,
) -> Result<Patched, PatchRefusal> {
    let document = Document::parse(source)?;
    let target = installation.target;
    let prefix = target.prefix_in(&document.merged);
    let found = at_path(&document.merged, &prefix).unwrap_or(&Value::Null);
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
    let (text, outcome) = match rewrite(document, &wanted)? {
        None => (source.to_owned(), Outcome::Unchanged),
        Some(rewritten) => {
            notices.extend(rewritten.notices);
            (
                rewritten.text,
                if place == new {
                    Outcome::Added
                } else {
                    Outcome::Updated
                },
            )
        }
    };
    Ok(Patched {
        text,
        outcome,
        notices,
        cluster_label: label.value,
    })
}

/// What a user would have to put in by hand, from the top of the file on.
fn paste(installation: &Installation, remote_write: &RemoteWrite) -> String {
    let place = Place {
        list: installation.target.lists()[0],
        position: Position::End,
    };
    let Ok(wanted) = installation.wanted(remote_write, place, &Value::Null) else {
        return String::new();
    };
    let lines = block_lines(&wanted.fresh().unwrap_or_default(), BlockStyle::default());
    without_secrets(&(lines.join("\n") + "\n"))
}

impl fmt::Debug for Patched {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Patched")
            .field("outcome", &self.outcome)
            .field("notices", &self.notices)
            .field("cluster_label", &self.cluster_label)
            .finish_non_exhaustive()
    }
}
