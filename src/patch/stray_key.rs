//! What a message says of a key that its program does not know.

use std::fmt;

use crate::key_schema::{KeyFault, Stray};
use crate::target::Spelling;
use crate::target::key_path;
use crate::text::key_name::shown_key;

/// A key of a file that its program does not know, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StrayKey {
    /// From the top of the file.
    pub(super) path: String,
    fault: KeyFault,
    is_secret: bool,
    spelling: Spelling,
    fate: KeyFate,
}

/// What becomes of a stray key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyFate {
    /// It is taken out.
    Removed,
    /// Its value gets the right key.
    Renamed,
    /// It stays, since it is not part of this connection.
    Kept,
    /// It is judged, and nothing is written.
    Judged,
}

impl StrayKey {
    /// `above` is the path of the map in which it was found.
    pub(super) fn new(above: &str, stray: &Stray, spelling: Spelling, fate: KeyFate) -> Self {
        let separator = if above.is_empty() { "" } else { "." };
        Self {
            path: format!("{above}{separator}{}", key_path(&stray.path)),
            fault: stray.fault.clone(),
            is_secret: stray.is_secret,
            spelling,
            fate,
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
            Spelling::Prometheus => "Prometheus does not start with it",
            // By default it prunes the field and sends a `Warning` header; `fieldValidation=Strict` would refuse it.
            Spelling::Operator => "the API server drops it",
        }
    }
}

impl fmt::Display for StrayKey {
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
        match self.fate {
            KeyFate::Removed => out.write_str(", so it is removed")?,
            KeyFate::Renamed => out.write_str(", so it is renamed")?,
            KeyFate::Kept => write!(out, ": {}, and it is not changed here", self.effect())?,
            KeyFate::Judged => write!(out, ": {}", self.effect())?,
        }
        if self.is_secret {
            out.write_str(
                "; its value is a secret that everyone who could read this file has seen: replace that secret, and remove it from backups and version control",
            )?;
        }
        Ok(())
    }
}
