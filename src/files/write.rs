//! Replaces a file at once, after a backup, or leaves it as it is; what fails is reported as it is.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use super::error::{FileError, failed};
use super::links::resolve;
use super::read::contents;
use super::system::{NO_FOLLOW, NO_WAIT, own_id};
use super::{attributes, exchange, folder_lock, group, stream, temporary};

/// Who may read what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrecy {
    Public,
    /// It holds a secret: only the owner may read it and, in a file that was there before, its group.
    Secret,
}

/// What a write did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WrittenFile {
    /// Where the text is now, symbolic links resolved.
    pub(crate) path: PathBuf,
    /// Where the text from before is, if there was any.
    pub(crate) backup: Option<PathBuf>,
}

/// Puts the text in the place of the file at once, after a backup, provided that the file still has the text `before`; none, or an
/// empty one, where that is empty. A symbolic link stays one, a device is written to. Runs of this program wait for each other, so
/// that none overwrites what another one wrote since the file was read.
pub(crate) fn replace(
    path: &Path,
    before: &str,
    text: &str,
    secrecy: Secrecy,
) -> Result<WrittenFile, FileError> {
    let path = resolved(path)?;
    let failed = |error| failed(&path, error);
    if let Ok(about) = fs::metadata(&path)
        && !about.is_file()
        && !about.is_dir()
    {
        stream::write(&path, &about, text)?;
        return Ok(WrittenFile { path, backup: None });
    }
    let _lock = folder_lock::take(folder(&path), &path)?;
    let old = match fs::metadata(&path) {
        Ok(old) if old.is_dir() => return Err(FileError::Directory(path)),
        Ok(old) => Some(old),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    let present = match old {
        Some(_) => contents(&path).map_err(failed)?,
        None => Vec::new(),
    };
    if present != before.as_bytes() {
        return Err(FileError::Changed(path));
    }
    temporary::sweep(folder(&path));
    let place = WriteTarget {
        path: &path,
        old: old.as_ref(),
        before: before.as_bytes(),
        secrecy,
    };
    place.back_up_and_put(text)
}

/// Where it leads, unless a later run would take the file for a leftover of ours.
fn resolved(path: &Path) -> Result<PathBuf, FileError> {
    let path = resolve(path)?;
    match path.file_name().is_some_and(temporary::is_name) {
        true => Err(FileError::TemporaryName(path)),
        false => Ok(path),
    }
}

/// Finds out whether `write` could do its work, before there is anything to write; changes no file of the user.
pub(crate) fn check_writable(path: &Path) -> Result<(), FileError> {
    let path = resolved(path)?;
    let failed = |error| failed(&path, error);
    match fs::metadata(&path) {
        Ok(old) if old.is_dir() => return Err(FileError::Directory(path)),
        Ok(old) if !old.is_file() => return stream::check(&path, &old),
        Ok(_) => drop(open_for_writing(&path).map_err(failed)?),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    temporary::create(folder(&path), 0o600)
        .map(drop)
        .map_err(failed)
}

/// Finds out whether lines can be added to it without waiting: a pipe needs a reader. Other faults appear when it is opened.
pub(crate) fn check_appendable(path: &Path) -> Result<(), FileError> {
    match fs::metadata(resolved(path)?) {
        Ok(old) if old.is_dir() => Err(FileError::Directory(path.to_owned())),
        Ok(old) if !old.is_file() => stream::check(path, &old),
        _ => Ok(()),
    }
}

/// Refuses what is there and is no regular file: a text that is rewritten in place needs one.
pub(crate) fn check_regular(path: &Path) -> Result<(), FileError> {
    match fs::metadata(path) {
        Ok(old) if old.is_dir() => Err(FileError::Directory(path.to_owned())),
        Ok(old) if !old.is_file() => Err(FileError::NotRegular(path.to_owned())),
        _ => Ok(()),
    }
}

/// Takes a file that holds a secret already from those who are neither its owner nor in its group; returns whether it
/// had to.
pub(crate) fn close_to_others(path: &Path) -> Result<bool, FileError> {
    let path = resolve(path)?;
    let failed = |error| failed(&path, error);
    let is_open = |about: &Metadata| about.is_file() && about.mode() & 0o007 != 0;
    if !is_open(&fs::metadata(&path).map_err(failed)?) {
        return Ok(false);
    }
    // By its handle: the owner of the folder could meanwhile replace the file by a link to another one.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(NO_FOLLOW | NO_WAIT)
        .open(&path)
        .map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if !is_open(&about) {
        return Ok(false);
    }
    if let Some(group) = reader(&about) {
        // Best effort: the note about who can read the file has the rest.
        let _ = fchown(&file, None, Some(group));
    }
    let closed = Permissions::from_mode(about.mode() & 0o7770);
    file.set_permissions(closed).map_err(failed)?;
    Ok(true)
}

/// The group that a file is given to when it is closed to others: packages install the configuration as root's and readable
/// for everybody, and run Prometheus as a user of its own. Only root can give it away.
fn reader(old: &Metadata) -> Option<u32> {
    new_group(own_id(), old.gid(), old.mode(), group::of_prometheus)
}

fn new_group(
    own_id: u32,
    group: u32,
    mode: u32,
    of_prometheus: impl FnOnce() -> Option<u32>,
) -> Option<u32> {
    let is_open_to_all = group == 0 && mode & 0o044 == 0o044;
    (own_id == 0 && is_open_to_all)
        .then(of_prometheus)
        .flatten()
}

/// Who can use a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Access {
    pub(crate) owner: u32,
    pub(crate) group: u32,
    pub(crate) mode: u32,
    /// It has an access control list, which can name more users and groups.
    pub(crate) is_listed: bool,
}

pub(crate) fn access(path: &Path) -> Result<Access, FileError> {
    let about = fs::metadata(path).map_err(|error| failed(path, error))?;
    Ok(Access {
        owner: about.uid(),
        group: about.gid(),
        mode: about.mode() & 0o7777,
        is_listed: attributes::has_access_list(path),
    })
}

/// A regular file, there or not yet, that gets a new text.
struct WriteTarget<'a> {
    path: &'a Path,
    old: Option<&'a Metadata>,
    /// What the file contains, as far as this run knows.
    before: &'a [u8],
    secrecy: Secrecy,
}

struct Backup {
    path: PathBuf,
    /// Made just now, not found with this very text in it.
    is_new: bool,
}

enum PutError {
    NotReplaced(FileError),
    /// A file was made in the same place meanwhile.
    Occupied,
    /// The new file is in its place, but perhaps not on disk.
    NotSynced(io::Error),
}

impl WriteTarget<'_> {
    fn back_up_and_put(&self, text: &str) -> Result<WrittenFile, FileError> {
        let path = self.path.to_owned();
        let backup = self.back_up()?;
        match self.put_text(text) {
            Ok(()) => Ok(WrittenFile {
                backup: backup.map(|backup| backup.path),
                path,
            }),
            Err(PutError::NotReplaced(error)) => {
                let is_replaced = matches!(error, FileError::ChangedAside { .. });
                if let Some(backup) = backup.filter(|backup| backup.is_new && !is_replaced) {
                    // Best effort: the write has failed, and that error is the one to report.
                    let _ = fs::remove_file(backup.path);
                }
                Err(error)
            }
            Err(PutError::Occupied) => Err(FileError::Changed(path)),
            Err(PutError::NotSynced(cause)) => Err(FileError::NotDurable {
                backup: backup.map(|backup| backup.path),
                path,
                cause,
            }),
        }
    }

    /// The first of FILE.bak, FILE.bak.1 and so on that is free or holds the same text already.
    fn back_up(&self) -> Result<Option<Backup>, FileError> {
        if self.old.is_none() {
            return Ok(None);
        }
        let failed = |error| failed(self.path, error);
        // A read-only file in a writable folder could be replaced, but its owner does not want that.
        open_for_writing(self.path).map_err(failed)?;
        if self.before.is_empty() {
            return Ok(None);
        }
        let mut number = 0_u32;
        loop {
            let path = self.backup_path(number);
            let Ok(about) = fs::symlink_metadata(&path) else {
                return match self.put_new(&path, self.before) {
                    Ok(()) => Ok(Some(Backup { path, is_new: true })),
                    Err(PutError::NotReplaced(error)) => Err(error),
                    // It may hold the same text.
                    Err(PutError::Occupied) => continue,
                    Err(PutError::NotSynced(error)) => {
                        // Best effort: it has what the file itself still has.
                        let _ = fs::remove_file(path);
                        Err(failed(error))
                    }
                };
            };
            if about.is_file() && contents(&path).is_ok_and(|backup| backup == self.before) {
                return Ok(Some(Backup {
                    path,
                    is_new: false,
                }));
            }
            number += 1;
        }
    }

    fn backup_path(&self, number: u32) -> PathBuf {
        let mut name: OsString = self.path.as_os_str().to_owned();
        name.push(".bak");
        if number > 0 {
            name.push(format!(".{number}"));
        }
        name.into()
    }

    /// Puts the new text in its place when all of it is safely on disk.
    fn put_text(&self, text: &str) -> Result<(), PutError> {
        if self.old.is_none() {
            return self.put_new(self.path, text.as_bytes());
        }
        let aside = self.written_aside(self.path, text.as_bytes())?;
        exchange::put(aside, self.path, self.before, text.as_bytes())
            .map_err(PutError::NotReplaced)?;
        temporary::sync(folder(self.path)).map_err(PutError::NotSynced)
    }

    /// Makes a file where there is none.
    fn put_new(&self, path: &Path, bytes: &[u8]) -> Result<(), PutError> {
        let aside = self.written_aside(path, bytes)?;
        let moved = aside.persist_noclobber(path);
        moved.map_err(|error| match error.error.kind() {
            ErrorKind::AlreadyExists => PutError::Occupied,
            _ => PutError::NotReplaced(failed(self.path, error.error)),
        })?;
        temporary::sync(folder(path)).map_err(PutError::NotSynced)
    }

    fn written_aside(
        &self,
        path: &Path,
        bytes: &[u8],
    ) -> Result<tempfile::NamedTempFile, PutError> {
        let failed = |error| PutError::NotReplaced(failed(self.path, error));
        let mut aside = temporary::create(folder(path), self.mode_of_new()).map_err(failed)?;
        aside.write_all(bytes).map_err(failed)?;
        if let Some(old) = self.old {
            self.keep_owner(aside.as_file(), old)
                .map_err(PutError::NotReplaced)?;
            attributes::keep(self.path, aside.as_file()).map_err(failed)?;
            // After the owner and the attributes: with this mode before them, others could read it for a
            // moment.
            let mode = Permissions::from_mode(self.mode_of_old(old));
            aside.as_file().set_permissions(mode).map_err(failed)?;
        }
        aside.as_file().sync_all().map_err(failed)?;
        Ok(aside)
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

    /// Where the user may not give files away, the group at least must stay, or Prometheus may lose access.
    fn keep_owner(&self, file: &File, old: &Metadata) -> Result<(), FileError> {
        let new = file.metadata().map_err(|error| failed(self.path, error))?;
        let group = match self.secrecy {
            Secrecy::Secret => reader(old).unwrap_or(old.gid()),
            Secrecy::Public => old.gid(),
        };
        if (new.uid(), new.gid()) == (old.uid(), group) {
            return Ok(());
        }
        fchown(file, Some(old.uid()), Some(group))
            .or_else(|_| fchown(file, None, Some(group)))
            .map_err(|_| FileError::Owner(self.path.to_owned()))
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

/// Never waits and never follows a link: the path was resolved, so neither a pipe nor a link is expected here.
fn open_for_writing(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .custom_flags(NO_FOLLOW | NO_WAIT)
        .open(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::super::read;
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

    /// Replaces whatever is there.
    fn write(path: &Path, text: &str, secrecy: Secrecy) -> Result<WrittenFile, FileError> {
        replace(
            path,
            &fs::read_to_string(path).unwrap_or_default(),
            text,
            secrecy,
        )
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn a_file_that_was_changed_since_it_was_read_is_not_replaced() {
        let folder = Folder::new();
        let changed = folder.with("prometheus.yml", "of another run", 0o644);
        let made = folder.with("values.yaml", "of another run", 0o644);

        for (path, before) in [(&changed, "old"), (&made, "")] {
            let refused = replace(path, before, "new", Secrecy::Public).unwrap_err();

            assert!(matches!(refused, FileError::Changed(_)), "{refused:?}");
            assert_eq!(read(path).unwrap(), "of another run");
        }
        assert_eq!(folder.names(), ["prometheus.yml", "values.yaml"]);
        let absent = folder.path("new.yaml");
        replace(&absent, "", "new", Secrecy::Public).unwrap();
        assert_eq!(read(&absent).unwrap(), "new");
    }

    #[test]
    fn no_run_at_once_loses_the_text_of_another() {
        let folder = Folder::new();
        let path = folder.with("prometheus.yml", "start\n", 0o644);
        let adds = |name: usize| {
            loop {
                let before = read(&path).unwrap();
                let text = format!("{before}{name}\n");
                match replace(&path, &before, &text, Secrecy::Public) {
                    Ok(_) => return,
                    Err(FileError::Changed(_)) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        };

        std::thread::scope(|runs| {
            for name in 0..8 {
                runs.spawn(move || adds(name));
            }
        });

        let text = read(&path).unwrap();
        for name in 0..8 {
            assert!(text.lines().any(|line| line == name.to_string()), "{text}");
        }
    }

    #[test]
    fn a_file_is_replaced_with_its_mode_kept_and_a_backup() {
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

        assert_eq!(
            (mode(&path), mode(&written.backup.unwrap()), mode(&new.path)),
            (0o640, 0o640, 0o600)
        );
    }

    #[test]
    fn only_root_gives_away_only_what_everybody_could_read() {
        let prometheus = || Some(999);

        assert_eq!(new_group(0, 0, 0o644, prometheus), Some(999));
        assert_eq!(new_group(0, 0, 0o644, || None), None);
        assert_eq!(new_group(0, 0, 0o640, prometheus), None);
        assert_eq!(new_group(0, 27, 0o644, prometheus), None);
        assert_eq!(new_group(1000, 0, 0o644, prometheus), None);
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
        let error = replace(Path::new("/dev/full"), "", "new", Secrecy::Public).unwrap_err();

        assert!(matches!(error, FileError::DiskFull(_)), "{error}");
    }
}
