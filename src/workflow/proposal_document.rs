//! The new text of a file as JSON.

use serde::Serialize;

use super::proposal::Proposal;
use crate::render;

/// The file that is written, and how it changes.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TargetDocument {
    /// `None` for a target that goes to stdout.
    pub(crate) path: Option<String>,
    /// A unified diff; empty when the file is up to date.
    pub(crate) diff: String,
}

/// `amw-rw/render/v1`.
#[derive(Debug, Serialize)]
pub(crate) struct RenderDocument {
    schema: &'static str,
    target: TargetDocument,
    up_to_date: bool,
    text: String,
}

impl Proposal {
    pub(crate) fn document(&self) -> TargetDocument {
        TargetDocument {
            // What is up to date in the cluster is not written.
            path: self.path().filter(|_| !self.is_in_place()),
            diff: self.diff(),
        }
    }

    /// What `render -o json` answers: the file's new text without its secrets, and how it differs.
    pub(crate) fn render_document(&self) -> RenderDocument {
        RenderDocument {
            schema: "amw-rw/render/v1",
            target: self.document(),
            up_to_date: self.is_up_to_date(),
            text: render::changed_without_secrets(&self.before, &self.after),
        }
    }
}
