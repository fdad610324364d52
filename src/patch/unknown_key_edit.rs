//! The message about a key that its program does not know.

use std::fmt;

use crate::key_schema::{KeyFault, UnknownKey};
use crate::target::Spelling;
use crate::target::key_path;
use crate::text::key_name::shown_key;
use crate::text::key_path::below;

/// A key of a file that its program does not know, and how the edit treats it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnknownKeyEdit {
    /// From the top of the file.
    pub(super) path: String,
    fault: KeyFault,
    is_secret: bool,
    spelling: Spelling,
    edit: KeyEdit,
}

/// How the edit treats an unknown key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyEdit {
    /// Removes it.
    Removed,
    /// Moves its value to the right key.
    Renamed,
    /// Keeps it, since it is not part of this connection.
    Kept,
    /// Nothing is edited: the file is only checked.
    Judged,
}

impl UnknownKeyEdit {
    /// `above` is the path of the map in which it was found.
    pub(super) fn new(
        above: &str,
        unknown: &UnknownKey,
        spelling: Spelling,
        edit: KeyEdit,
    ) -> Self {
        Self {
            path: below(above, &key_path(&unknown.path)),
            fault: unknown.fault.clone(),
            is_secret: unknown.is_secret,
            spelling,
            edit,
        }
    }

    /// What a value leads to that the program refuses.
    pub(super) fn refusal(spelling: Spelling) -> &'static str {
        match spelling {
            Spelling::Prometheus => "Prometheus does not start with it",
            // Some values are refused by the schema of the resource, others by the Prometheus that the Operator configures.
            Spelling::Operator => "the API server or Prometheus refuses it",
        }
    }

    /// What the user does about a key that is neither removed nor renamed here.
    pub(super) fn correction(&self) -> &'static str {
        match self.fault {
            KeyFault::TooNew { .. } => "use such a version, or remove the key",
            KeyFault::Respelled { .. } => "move what it has below the right key, remove it",
            KeyFault::Unknown { .. } => "correct or remove the key there",
        }
    }

    fn program(&self) -> &'static str {
        match self.spelling {
            Spelling::Prometheus => "Prometheus",
            Spelling::Operator => "the Prometheus Operator",
        }
    }

    fn effect(&self) -> &'static str {
        match self.spelling {
            // Its YAML is strict: one unknown key anywhere ends the load of the whole file.
            Spelling::Prometheus => Self::refusal(self.spelling),
            // By default it prunes the field and sends a `Warning` header; `fieldValidation=Strict` would refuse it.
            Spelling::Operator => "the API server drops it",
        }
    }
}

impl fmt::Display for UnknownKeyEdit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, program) = (shown_key(&self.path), self.program());
        match &self.fault {
            KeyFault::Unknown { near } => {
                write!(out, "{program} does not know the key `{path}`")?;
                near.map_or(Ok(()), |near| write!(out, " (did you mean `{near}`?)"))?;
            }
            KeyFault::Respelled { known } => {
                write!(
                    out,
                    "{program} calls the key `{path}` by the name `{known}`"
                )?;
            }
            KeyFault::TooNew { since } => {
                write!(out, "`{path}` needs {program} {since} or newer")?;
            }
        }
        match self.edit {
            KeyEdit::Removed => out.write_str(", so it is removed")?,
            KeyEdit::Renamed => out.write_str(", so it is renamed")?,
            KeyEdit::Kept => write!(out, ": {}, and it is not changed here", self.effect())?,
            KeyEdit::Judged => write!(out, ": {}", self.effect())?,
        }
        if self.is_secret {
            out.write_str(
                "; its value is a secret that everyone who could read this file has seen: replace that secret, and remove it from backups and version control",
            )?;
        }
        Ok(())
    }
}
