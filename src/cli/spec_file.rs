//! Which spec file holds here? The one that `-f` names, or `amw-rw.yaml` where it exists.

use std::path::{Path, PathBuf};

use crate::cli::Context;
use crate::error::Failure;
use crate::files::{self, FileError, Secrecy};
use crate::spec::file::SpecFile;

const DEFAULT: &str = "amw-rw.yaml";

/// Where the spec file is, or would be.
pub(crate) fn path(context: &Context) -> PathBuf {
    context
        .globals
        .manner
        .spec
        .clone()
        .unwrap_or_else(|| PathBuf::from(DEFAULT))
}

/// The folder of the spec file: what belongs to the connection is kept beside it.
pub(crate) fn folder(context: &Context) -> PathBuf {
    let path = path(context);
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_path_buf()
}

/// Reads it. A file that `-f` names must be there, unless it is about to be written (`may_be_new`).
pub(crate) fn read(context: &Context, may_be_new: bool) -> Result<Option<SpecFile>, Failure> {
    let path = path(context);
    let doing = || format!("read the spec file {}", path.display());
    let text = match files::read(&path) {
        Err(FileError::Missing(_)) if context.globals.manner.spec.is_none() || may_be_new => {
            return Ok(None);
        }
        read => read.map_err(|error| {
            Failure::usage(doing())
                .because(error)
                .next("check -f, or write the file with: amw-rw init --save")
        })?,
    };
    SpecFile::parse(&text).map(Some).map_err(|error| {
        Failure::usage(doing())
            .because(error)
            .next("the fields are the flags of `amw-rw init --help`, without the dashes")
    })
}

/// Writes it, with a backup of what was there.
pub(crate) fn write(context: &Context, file: &SpecFile) -> Result<(), Failure> {
    let path = path(context);
    let written = files::write(&path, &file.to_yaml(), Secrecy::Public).map_err(|error| {
        Failure::new(format!("save the spec to {}", path.display())).because(error)
    })?;
    context.say(&format!("Saved {}.", written.path.display()));
    Ok(())
}
