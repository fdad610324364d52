//! Reads what users have, and writes it back whole or not at all: with a backup, and with the permissions that it had.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

/// In bytes; larger files are no configuration.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Why a file could not be read or written. What was there before is still there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("{0} does not exist")]
    Missing(PathBuf),
    #[error("{0} is a directory")]
    Directory(PathBuf),
    #[error("{0} is larger than 64 MiB, too large for a configuration")]
    TooLarge(PathBuf),
    #[error("{path} is not UTF-8 text: byte {position} does not belong there")]
    NotText { path: PathBuf, position: usize },
    #[error("access to {0} is denied")]
    Denied(PathBuf),
    #[error("the disk is full; {0} is as it was before")]
    DiskFull(PathBuf),
    #[error("{0} is mounted as a single file, and such a file cannot be replaced as a whole")]
    Mounted(PathBuf),
    #[error("{0} belongs to a user and group that a new file cannot be given to")]
    Owner(PathBuf),
    #[error("{path}: {source}")]
    Other { path: PathBuf, source: io::Error },
}

impl FileError {
    /// What to do about it.
    pub(crate) fn next(&self) -> &'static str {
        match self {
            Self::Missing(_) => "check the path",
            Self::Directory(_) => "name a file in it",
            Self::TooLarge(_) => "name the configuration file",
            Self::NotText { .. } => "save the file as UTF-8",
            Self::Denied(_) => {
                "run this as the user who owns the file, or write elsewhere with --out"
            }
            Self::DiskFull(_) => "free some space, then run this again",
            Self::Mounted(_) => {
                "change the file where it is mounted from, or write elsewhere with --out"
            }
            Self::Owner(_) => "run this as the user who owns the file",
            Self::Other { .. } => "try again, or write elsewhere with --out",
        }
    }
}

/// Who may read what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrecy {
    Public,
    /// It holds a secret: nobody but the owner and, in a file that was there before, its group.
    Secret,
}

/// What a write did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// Where the text is now, symbolic links resolved.
    pub(crate) path: PathBuf,
    /// Where the text from before is, if there was any.
    pub(crate) backup: Option<PathBuf>,
    /// Everybody could read the file before, and no longer can.
    pub(crate) was_made_private: bool,
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String, FileError> {
    let file = File::open(path).map_err(|error| failed(path, error))?;
    if file
        .metadata()
        .map_err(|error| failed(path, error))?
        .is_dir()
    {
        return Err(FileError::Directory(path.to_owned()));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| failed(path, error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(FileError::TooLarge(path.to_owned()));
    }
    String::from_utf8(bytes).map_err(|error| FileError::NotText {
        path: path.to_owned(),
        position: error.utf8_error().valid_up_to(),
    })
}

/// Puts the text in the place of the file at once, after a backup. A symbolic link stays one, a device is written to.
pub(crate) fn write(path: &Path, text: &str, secrecy: Secrecy) -> Result<Written, FileError> {
    let path = resolve(path)?;
    let failed = |error| failed(&path, error);
    let old = match fs::metadata(&path) {
        Ok(old) if old.is_dir() => return Err(FileError::Directory(path)),
        Ok(old) if !old.is_file() => {
            write_to_device(&path, text).map_err(failed)?;
            return Ok(Written {
                path,
                backup: None,
                was_made_private: false,
            });
        }
        Ok(old) => Some(old),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    let place = Place {
        path: &path,
        old: old.as_ref(),
        secrecy,
    };
    let backup = place.back_up()?;
    if let Err(error) = place.replace(text) {
        if let Some(backup) = backup.filter(|backup| backup.is_new) {
            // Best effort: the write has failed, and that is what to tell.
            let _ = fs::remove_file(backup.path);
        }
        return Err(error);
    }
    let was_made_private = place.was_open();
    Ok(Written {
        backup: backup.map(|backup| backup.path),
        was_made_private,
        path,
    })
}

/// Finds out whether `write` could do its work, before there is anything to write; changes nothing.
pub(crate) fn check_writable(path: &Path) -> Result<(), FileError> {
    let path = resolve(path)?;
    let failed = |error| failed(&path, error);
    match fs::metadata(&path) {
        Ok(old) if old.is_dir() => return Err(FileError::Directory(path)),
        Ok(old) if !old.is_file() => return Ok(()),
        Ok(_) => drop(OpenOptions::new().write(true).open(&path).map_err(failed)?),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let folder = path.parent().unwrap_or(Path::new("/"));
    tempfile::tempfile_in(folder).map(drop).map_err(failed)
}

/// A regular file, there or not yet, that gets a new text.
struct Place<'a> {
    path: &'a Path,
    old: Option<&'a Metadata>,
    secrecy: Secrecy,
}

struct Backup {
    path: PathBuf,
    /// Made just now, not found with this very text in it.
    is_new: bool,
}

impl Place<'_> {
    /// The first of FILE.bak, FILE.bak.1 and so on that is free or holds the same text already.
    fn back_up(&self) -> Result<Option<Backup>, FileError> {
        if self.old.is_none() {
            return Ok(None);
        }
        // A read-only file in a writable folder could be replaced, but its owner does not want that.
        OpenOptions::new()
            .write(true)
            .open(self.path)
            .map_err(|error| failed(self.path, error))?;
        let text = fs::read(self.path).map_err(|error| failed(self.path, error))?;
        if text.is_empty() {
            return Ok(None);
        }
        for number in 0_u32.. {
            let path = self.backup_path(number);
            if fs::read(&path).is_ok_and(|backup| backup == text) {
                return Ok(Some(Backup {
                    path,
                    is_new: false,
                }));
            }
            if fs::symlink_metadata(&path).is_err() {
                self.put(&path, &text)?;
                return Ok(Some(Backup { path, is_new: true }));
            }
        }
        unreachable!("no folder holds that many backups")
    }

    fn backup_path(&self, number: u32) -> PathBuf {
        let mut name: OsString = self.path.as_os_str().to_owned();
        name.push(".bak");
        if number > 0 {
            name.push(format!(".{number}"));
        }
        name.into()
    }

    fn replace(&self, text: &str) -> Result<(), FileError> {
        self.put(self.path, text.as_bytes())
    }

    /// Writes aside, in the same folder, and moves into place when all is safely on disk.
    fn put(&self, path: &Path, bytes: &[u8]) -> Result<(), FileError> {
        let failed = |error| failed(self.path, error);
        let folder = path.parent().unwrap_or(Path::new("/"));
        let mut aside = tempfile::Builder::new()
            .prefix(".amw-rw-")
            .permissions(Permissions::from_mode(self.mode_of_new()))
            .tempfile_in(folder)
            .map_err(failed)?;
        aside.write_all(bytes).map_err(failed)?;
        if let Some(old) = self.old {
            self.keep_owner(aside.as_file(), old)?;
            let mode = Permissions::from_mode(self.mode_of_old(old));
            aside.as_file().set_permissions(mode).map_err(failed)?;
        }
        aside.as_file().sync_all().map_err(failed)?;
        aside.persist(path).map_err(|error| failed(error.error))?;
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)
    }

    /// Before the umask takes its part; what replaces a file is private until it has that file's owner.
    fn mode_of_new(&self) -> u32 {
        let is_open = self.old.is_none() && self.secrecy == Secrecy::Public;
        if is_open { 0o666 } else { 0o600 }
    }

    fn mode_of_old(&self, old: &Metadata) -> u32 {
        let mode = old.mode() & 0o7777;
        match self.secrecy {
            Secrecy::Public => mode,
            Secrecy::Secret => mode & !0o007,
        }
    }

    fn was_open(&self) -> bool {
        self.old
            .is_some_and(|old| old.mode() & 0o7777 != self.mode_of_old(old))
    }

    /// Where the user may not give files away, the group at least must stay, or Prometheus may lose access.
    fn keep_owner(&self, file: &File, old: &Metadata) -> Result<(), FileError> {
        let new = file.metadata().map_err(|error| failed(self.path, error))?;
        if (new.uid(), new.gid()) == (old.uid(), old.gid()) {
            return Ok(());
        }
        fchown(file, Some(old.uid()), Some(old.gid()))
            .or_else(|_| fchown(file, None, Some(old.gid())))
            .map_err(|_| FileError::Owner(self.path.to_owned()))
    }
}

/// The path with all symbolic links followed; its last part need not exist.
fn resolve(path: &Path) -> Result<PathBuf, FileError> {
    match fs::canonicalize(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        resolved => return resolved.map_err(|error| failed(path, error)),
    }
    if let Ok(target) = fs::read_link(path) {
        return Err(FileError::Missing(target));
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let folder = fs::canonicalize(folder).map_err(|error| failed(folder, error))?;
    let name = path
        .file_name()
        .ok_or_else(|| FileError::Directory(path.to_owned()))?;
    Ok(folder.join(name))
}

/// Such as /dev/stdout: there is nothing to keep or to replace.
fn write_to_device(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new()
        .write(true)
        .open(path)?
        .write_all(text.as_bytes())
}

fn failed(path: &Path, error: io::Error) -> FileError {
    let path = path.to_owned();
    match error.kind() {
        ErrorKind::NotFound => FileError::Missing(path),
        ErrorKind::IsADirectory => FileError::Directory(path),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => FileError::Denied(path),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => FileError::DiskFull(path),
        ErrorKind::ResourceBusy => FileError::Mounted(path),
        _ => FileError::Other {
            path,
            source: error,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn path(&self, name: &str) -> PathBuf {
            fs::canonicalize(self.0.path()).unwrap().join(name)
        }

        fn with(&self, name: &str, text: &str, mode: u32) -> PathBuf {
            let path = self.path(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            path
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(self.0.path()).unwrap();
            let mut names: Vec<_> = entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn a_file_is_replaced_with_its_mode_kept_and_its_old_text_beside_it() {
        let folder = Folder::new();
        let path = folder.with("prometheus.yml", "old", 0o640);

        let written = write(&path, "new", Secrecy::Public).unwrap();

        assert_eq!((read(&path).unwrap().as_str(), mode(&path)), ("new", 0o640));
        let backup = written.backup.unwrap();
        assert_eq!(
            (read(&backup).unwrap().as_str(), mode(&backup)),
            ("old", 0o640)
        );
        assert_eq!(folder.names(), ["prometheus.yml", "prometheus.yml.bak"]);
    }

    #[test]
    fn an_older_backup_is_never_lost_and_none_is_made_twice() {
        let folder = Folder::new();
        let path = folder.with("values.yaml", "one", 0o644);

        for text in ["two", "three", "two", "one"] {
            write(&path, text, Secrecy::Public).unwrap();
        }

        let backups: Vec<_> = folder
            .names()
            .into_iter()
            .map(|name| read(&folder.path(&name)).unwrap())
            .collect();
        assert_eq!(
            folder.names(),
            [
                "values.yaml",
                "values.yaml.bak",
                "values.yaml.bak.1",
                "values.yaml.bak.2"
            ]
        );
        assert_eq!(backups, ["one", "one", "two", "three"]);
    }

    #[test]
    fn an_empty_file_has_nothing_to_keep() {
        let folder = Folder::new();
        let path = folder.with("prometheus.yml", "", 0o644);

        let written = write(&path, "new", Secrecy::Public).unwrap();

        assert_eq!(written.backup, None);
        assert_eq!(folder.names(), ["prometheus.yml"]);
    }

    #[test]
    fn a_secret_closes_the_file_and_its_backup_to_everybody_else() {
        let folder = Folder::new();
        let path = folder.with("prometheus.yml", "old", 0o644);

        let written = write(&path, "secret", Secrecy::Secret).unwrap();
        let new = write(&folder.path("secret.yaml"), "secret", Secrecy::Secret).unwrap();

        assert!(written.was_made_private && !new.was_made_private);
        assert_eq!(
            (mode(&path), mode(&written.backup.unwrap()), mode(&new.path)),
            (0o640, 0o640, 0o600)
        );
    }

    #[test]
    fn a_symbolic_link_stays_one_and_its_target_gets_the_text() {
        let folder = Folder::new();
        let target = folder.with("real.yml", "old", 0o644);
        let link = folder.path("link.yml");
        symlink("real.yml", &link).unwrap();

        let written = write(&link, "new", Secrecy::Public).unwrap();

        assert_eq!(written.path, target);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(read(&link).unwrap(), "new");
    }

    #[test]
    fn a_link_to_nowhere_a_directory_and_a_missing_folder_are_named() {
        let folder = Folder::new();
        symlink("gone.yml", folder.path("link.yml")).unwrap();

        let refused = |name: &str| write(&folder.path(name), "new", Secrecy::Public).unwrap_err();

        assert!(
            matches!(refused("link.yml"), FileError::Missing(path) if path == Path::new("gone.yml"))
        );
        assert!(matches!(refused(""), FileError::Directory(_)));
        assert!(
            matches!(refused("no/such.yml"), FileError::Missing(path) if path == folder.path("no"))
        );
        assert_eq!(folder.names(), ["link.yml"]);
    }

    #[test]
    fn a_full_disk_is_called_one() {
        let error = write(Path::new("/dev/full"), "new", Secrecy::Public).unwrap_err();

        assert!(matches!(error, FileError::DiskFull(_)), "{error}");
    }

    #[test]
    fn bytes_that_are_no_text_are_counted() {
        let folder = Folder::new();
        let path = folder.path("latin1.yml");
        fs::write(&path, b"name: caf\xe9\n").unwrap();

        let error = read(&path).unwrap_err();

        assert!(
            matches!(error, FileError::NotText { position: 9, .. }),
            "{error}"
        );
    }

    #[test]
    fn what_is_far_too_large_is_not_read() {
        let folder = Folder::new();
        let path = folder.path("huge");
        File::create(&path).unwrap().set_len(LARGEST + 1).unwrap();

        assert!(matches!(read(&path).unwrap_err(), FileError::TooLarge(_)));
    }
}
