//! What the file system is asked in several places, and its constants.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// In bytes; larger files are no configuration.
pub(super) const LARGEST: u64 = 64 * 1024 * 1024;

pub(super) fn is_absent(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The user that this process acts as.
pub(super) fn own_id() -> u32 {
    rustix::process::geteuid().as_raw()
}

pub(super) fn own_group() -> u32 {
    rustix::process::getegid().as_raw()
}

pub(super) const NO_FOLLOW: i32 = rustix::fs::OFlags::NOFOLLOW.bits() as i32;
/// Opening a pipe returns at once, even without a process at its other end.
pub(super) const NO_WAIT: i32 = rustix::fs::OFlags::NONBLOCK.bits() as i32;
