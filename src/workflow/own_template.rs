//! The user's own template for new files of a target.

use std::path::Path;

use crate::error::Failure;
use crate::files::{self, FileError};
use crate::target::Target;

/// What it is called, and its text; `None` where the folder has none for this target.
pub(super) fn of(
    folder: Option<&Path>,
    target: Target,
) -> Result<Option<(String, String)>, Failure> {
    let Some((folder, (name, _))) = folder.zip(target.template()) else {
        return Ok(None);
    };
    let path = folder.join(name);
    match files::read(&path) {
        Ok(text) => Ok(Some((path.display().to_string(), text))),
        // A folder may lack a template for this target, but a folder that is not there is a
        // mistake.
        Err(FileError::Missing(_)) if folder.is_dir() => Ok(None),
        Err(error) => {
            let doing = format!("read template {}", path.display());
            Err(Failure::usage(doing).problem(error.into()))
        }
    }
}
