//! Why could a file not be read or written, and what to do about it?

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::system::{folder_of, is_absent};
use crate::problem::Problem;

/// Why a file could not be read or written. Except for `NotDurable` and `ChangedAside`, the file is as it was before.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("{0} does not exist")]
    Missing(PathBuf),
    #[error("{0} is a symbolic link to a file that does not exist")]
    DanglingLink(PathBuf),
    #[error("{0} is a directory")]
    Directory(PathBuf),
    #[error("{0} is larger than 64 MiB, too large for a configuration")]
    TooLarge(PathBuf),
    #[error("{path} is not UTF-8 text: byte {position} is invalid")]
    NotText { path: PathBuf, position: usize },
    #[error("access to {0} is denied")]
    Denied(PathBuf),
    #[error("you may not create files in the folder {0}")]
    FolderDenied(PathBuf),
    #[error("access to {0} is denied")]
    ReadDenied(PathBuf),
    #[error("{path}: {source}")]
    NotRead { path: PathBuf, source: io::Error },
    #[error("the disk is full; {0} is unchanged")]
    DiskFull(PathBuf),
    #[error("the disk quota of this user is used up; {0} is unchanged")]
    OverQuota(PathBuf),
    #[error("{0} is on a file system that is mounted read-only")]
    ReadOnly(PathBuf),
    #[error("{0} is mounted as a single file, so it cannot be replaced atomically")]
    Mounted(PathBuf),
    #[error("a new file cannot be given the owner and group of {0}")]
    Owner(PathBuf),
    #[error(
        "{link} is a symbolic link that another user made (user id {owner}); it is not followed"
    )]
    ForeignLink {
        link: PathBuf,
        owner: u32,
        target: PathBuf,
    },
    #[error("{path} belongs to user id {owner}, so this program did not create it")]
    ForeignFile { path: PathBuf, owner: u32 },
    #[error("{0} is not a regular file without other hard links: it is a link or a special file")]
    NotPlain(PathBuf),
    #[error("{0} is a socket or a disk, to which no text can be written")]
    NoText(PathBuf),
    #[error("{0} is a pipe or a device, and this needs a file")]
    NotRegular(PathBuf),
    #[error(
        "{0} has a name that this program gives to unfinished files, which a later run removes"
    )]
    TemporaryName(PathBuf),
    #[error("no program reads from {0}")]
    NoReader(PathBuf),
    #[error("{path} can be used by other users (mode {mode:04o}); it must have mode 0600")]
    Exposed { path: PathBuf, mode: u32 },
    #[error("{0} is empty, and this program never writes an empty file there")]
    Empty(PathBuf),
    #[error("every user may replace files in {0}: it is world-writable without the sticky bit")]
    OpenFolder(PathBuf),
    #[error("{0} was changed after this run had read it")]
    Changed(PathBuf),
    #[error(
        "another program changed {path} while amw-rw wrote it; the other version is in {saved}"
    )]
    ChangedAside { path: PathBuf, saved: PathBuf },
    #[error("another run of this program is writing {0}")]
    Busy(PathBuf),
    #[error(
        "the folder {folder} has been locked for {seconds} seconds, by another run of this program or by another program"
    )]
    Locked { folder: PathBuf, seconds: u64 },
    #[error(
        "{path} was replaced, but its folder could not be synced to disk ({cause}): the new text may not survive a \
         power failure{}", former(.backup.as_deref())
    )]
    NotDurable {
        path: PathBuf,
        backup: Option<PathBuf>,
        cause: io::Error,
    },
    #[error("{path}: {source}")]
    Other { path: PathBuf, source: io::Error },
}

fn former(backup: Option<&Path>) -> String {
    backup.map_or_else(String::new, |path| {
        format!("; the previous content is in {}", path.display())
    })
}

impl FileError {
    /// Whether a signal ended the reading.
    pub(crate) fn is_interruption(&self) -> bool {
        matches!(self, Self::NotRead { source, .. } if source.kind() == ErrorKind::Interrupted)
    }

    /// Why `path` was not written. A fault of the file system that is not known leaves it unchanged, which its text does not state.
    pub(crate) fn unwritten(self, path: &Path) -> Problem {
        let is_unknown = matches!(self, Self::Other { .. });
        let next = self.advice();
        let problem = Problem::of_error(self);
        match is_unknown {
            true => problem.reason(format!("{} is unchanged", path.display())),
            false => problem,
        }
        .next(next)
    }

    fn advice(&self) -> String {
        match self {
            Self::Missing(_) => "check the path",
            Self::DanglingLink(_) => "remove the link, or create the file that it leads to",
            Self::Directory(_) => "name a file in it",
            Self::TooLarge(_) => "name the configuration file",
            Self::NotText { .. } => "save the file as UTF-8",
            Self::Denied(_) => {
                "run this as the user who owns the file, or write elsewhere with --out"
            }
            Self::FolderDenied(_) => {
                "use a folder that you may write to: for a file --out FOLDER/FILE, for the spec -f FOLDER/amw-rw.yaml"
            }
            Self::ReadDenied(_) => "run this as a user who may read it",
            Self::NotRead { .. } if self.is_interruption() => "run the same command again",
            Self::NotRead { .. } => "check the file and its disk, then run the same command again",
            Self::DiskFull(path) | Self::OverQuota(path) => more_space(path),
            Self::ReadOnly(_) => "use a writable folder",
            Self::Mounted(_) => {
                "change the file where it is mounted from, or write elsewhere with --out"
            }
            Self::Owner(_) => "run this as the user who owns the file",
            Self::ForeignLink { target, .. } => {
                return format!(
                    "to use the file that the link points to, name it: {}",
                    target.display()
                );
            }
            Self::ForeignFile { .. } | Self::NotPlain(_) | Self::Empty(_) => {
                "find out who made the file, remove it, then run this again"
            }
            Self::Exposed { path, .. } => {
                return format!(
                    "if you trust its content: chmod 600 {}; if not, remove it",
                    path.display()
                );
            }
            Self::NoText(_) => "name a file with --out",
            Self::NotRegular(_) => "name a file, or a path where there is none yet",
            Self::TemporaryName(_) => "copy it to another name, and use that",
            Self::NoReader(_) => "start the program that reads it first, or use --out FILE",
            Self::OpenFolder(_) => {
                "keep the spec file in a folder that only you can write to: -f FOLDER/amw-rw.yaml"
            }
            Self::Changed(_) => "run the same command again",
            Self::ChangedAside { saved, .. } => {
                return format!(
                    "compare the file with {} before the next run",
                    saved.display()
                );
            }
            Self::Locked { .. } => {
                "wait until that program has ended (lslocks names it), then run this again"
            }
            Self::Busy(_) => "wait until the other run has ended, then run this again",
            Self::NotDurable { .. } => "check the disk, then run this again",
            Self::Other { .. } => "try again, or write elsewhere with --out",
        }
        .to_owned()
    }
}

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        let next = error.advice();
        Self::of_error(error).next(next)
    }
}

pub(super) fn failed(path: &Path, error: io::Error) -> FileError {
    let path = path.to_owned();
    match error.kind() {
        ErrorKind::NotFound => FileError::Missing(path),
        ErrorKind::IsADirectory => FileError::Directory(path),
        // Without a right to the folder, the error names the new file, which is not what is in the way.
        ErrorKind::PermissionDenied if is_absent(&path) => {
            FileError::FolderDenied(folder_of(&path))
        }
        ErrorKind::PermissionDenied => FileError::Denied(path),
        ErrorKind::ReadOnlyFilesystem => FileError::ReadOnly(path),
        ErrorKind::StorageFull => FileError::DiskFull(path),
        ErrorKind::QuotaExceeded => FileError::OverQuota(path),
        // A file that is mounted by itself, as with `subPath` in a pod, cannot be replaced by a rename (EBUSY).
        ErrorKind::ResourceBusy => FileError::Mounted(path),
        _ => FileError::Other {
            path,
            source: error,
        },
    }
}

/// `/dev/full` has none to free.
fn more_space(path: &Path) -> &'static str {
    match path.starts_with("/dev") {
        true => "name a file: --out FILE",
        false => "free some space, then run this again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_that_is_denied_names_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let denied = || io::Error::from(ErrorKind::PermissionDenied);
        let old = folder.path().join("old.yml");
        std::fs::write(&old, "").unwrap();

        let new = failed(&folder.path().join("new.yml"), denied());

        let text = format!(
            "you may not create files in the folder {}",
            folder.path().display()
        );
        assert_eq!(new.to_string(), text);
        assert!(matches!(failed(&old, denied()), FileError::Denied(path) if path == old));
    }
    #[test]
    fn a_device_has_no_space_to_free() {
        let advice = |path: &str| FileError::DiskFull(path.into()).advice();

        assert!(advice("/dev/full").contains("--out FILE"));
        assert!(advice("/srv/values.yaml").contains("free some space"));
    }
}
