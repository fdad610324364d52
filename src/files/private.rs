//! Files that hold a secret: made exclusively by us, mode 0600, and checked after they are opened.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::error::{FileError, failed};
use super::system::{LARGEST, NO_FOLLOW, NO_WAIT, own_group, own_id};
use super::temporary;

/// Room for a secret that is written later, so that a disk that is full by then does no harm.
const ROOM: usize = 1024;

/// The text of a private file; nothing that another user could have put there is accepted.
pub(crate) fn read_private(path: &Path) -> Result<String, FileError> {
    let mut file = open(path)?;
    let mut text = String::new();
    Read::by_ref(&mut file)
        .take(LARGEST)
        .read_to_string(&mut text)
        .map_err(|error| failed(path, error))?;
    if text.is_empty() {
        return Err(FileError::Empty(path.to_owned()));
    }
    Ok(text)
}

/// Puts a new file of ours, mode 0600, in the place of an older one of ours; anything else there is refused.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), FileError> {
    match read_private(path) {
        Ok(_) | Err(FileError::Missing(_)) => {}
        Err(refusal) => return Err(refusal),
    }
    let failed = |error| failed(path, error);
    let folder = folder(path);
    let mut made = temporary::create(folder, 0o600).map_err(failed)?;
    check(path, &made.as_file().metadata().map_err(failed)?)?;
    made.write_all(text.as_bytes()).map_err(failed)?;
    // Before the rename: otherwise a power failure can leave the new name with an empty file.
    made.as_file().sync_all().map_err(failed)?;
    made.persist(path).map_err(|error| failed(error.error))?;
    synced(path)
}

/// Removes a private file of ours; fine when there is none.
pub(crate) fn remove_private(path: &Path) -> Result<(), FileError> {
    match open(path) {
        Err(FileError::Missing(_)) => return Ok(()),
        other => drop(other?),
    }
    fs::remove_file(path).map_err(|error| failed(path, error))?;
    synced(path)
}

/// Refuses a folder in which every user may replace files; gives a warning where another user or a group may.
pub(crate) fn check_folder(folder: &Path) -> Result<Option<String>, FileError> {
    let about = fs::metadata(folder).map_err(|error| failed(folder, error))?;
    // 0o1000 is the sticky bit: in such a folder only the owner of a file can replace it.
    if about.mode() & 0o1002 == 0o002 {
        return Err(FileError::OpenFolder(folder.to_owned()));
    }
    let (owner, group) = (about.uid(), about.gid());
    if owner != own_id() && owner != 0 {
        return Ok(Some(format!(
            "the folder {} belongs to user id {owner}, who can remove the client secret from it",
            folder.display()
        )));
    }
    // Where each user has a group of their own, new folders are writable for it: that is no one else.
    let is_shared = about.mode() & 0o1020 == 0o020 && group != own_group();
    Ok(is_shared.then(|| {
        format!(
            "group id {group} can write to the folder {} and remove the client secret from it",
            folder.display()
        )
    }))
}

/// A private file that is made before its content is known. Dropped, it is removed.
#[derive(Debug)]
pub(crate) struct Placeholder {
    file: File,
    path: PathBuf,
    is_done: bool,
}

impl Placeholder {
    /// Refuses what another user put at the path for `create`. What a run of ours left, or makes now, is no hindrance.
    pub(crate) fn check(target: &Path) -> Result<(), FileError> {
        match open(&Self::path_for(target)) {
            Ok(_) | Err(FileError::Missing(_)) => Ok(()),
            Err(refusal) => Err(refusal),
        }
    }

    fn path_for(target: &Path) -> PathBuf {
        let mut path = target.as_os_str().to_owned();
        path.push(".new");
        path.into()
    }

    /// Makes it as `TARGET.new` and syncs it to disk. One that a killed run left is replaced.
    pub(crate) fn create(target: &Path) -> Result<Self, FileError> {
        // A failed system call is reported for the file that the user knows.
        let failed = |error| failed(target, error);
        let path = Self::path_for(target);
        let file = match exclusive(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                drop(open(&path)?);
                let found = temporary::remove_if_abandoned(&path).map_err(failed)?;
                if found != temporary::CleanupResult::Removed {
                    return Err(FileError::Busy(path));
                }
                exclusive(&path)
            }
            made => made,
        };
        let mut made = Self {
            file: file.map_err(failed)?,
            path,
            is_done: false,
        };
        made.prepare(target)?;
        Ok(made)
    }

    fn prepare(&mut self, target: &Path) -> Result<(), FileError> {
        let failed = |error| failed(target, error);
        check(&self.path, &self.file.metadata().map_err(failed)?)?;
        self.file.write_all(&[b' '; ROOM]).map_err(failed)?;
        self.file.sync_all().map_err(failed)?;
        temporary::sync(folder(target)).map_err(failed)
    }

    /// Writes the text into it and moves it to `path`, where an older file of ours may be.
    pub(crate) fn fill(mut self, path: &Path, text: &str) -> Result<(), FileError> {
        let failed = |error| failed(path, error);
        self.file.rewind().map_err(failed)?;
        self.file.write_all(text.as_bytes()).map_err(failed)?;
        // What is left of the reserved room is cut off.
        self.file.set_len(text.len() as u64).map_err(failed)?;
        self.file.sync_all().map_err(failed)?;
        fs::rename(&self.path, path).map_err(failed)?;
        self.is_done = true;
        synced(path)
    }
}

impl Drop for Placeholder {
    fn drop(&mut self) {
        if !self.is_done {
            // Best effort: the next run removes it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn exclusive(path: &Path) -> io::Result<File> {
    let file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .custom_flags(NO_FOLLOW)
        .open(path)?;
    // Without locks a second run at once is not noticed; there is no other way to notice.
    let _ = file.try_lock();
    Ok(file)
}

fn open(path: &Path) -> Result<File, FileError> {
    let about = fs::symlink_metadata(path).map_err(|error| failed(path, error))?;
    if !about.is_file() {
        return Err(FileError::NotPlain(path.to_owned()));
    }
    let opened = File::options()
        .read(true)
        .custom_flags(NO_FOLLOW | NO_WAIT)
        .open(path);
    let file = match opened {
        Ok(file) => file,
        // An unreadable file of another user is reported as such.
        Err(error) => {
            check(path, &about)?;
            return Err(failed(path, error));
        }
    };
    // Again by its handle: the path can lead to another file since it was looked at.
    check(path, &file.metadata().map_err(|error| failed(path, error))?)?;
    Ok(file)
}

fn check(path: &Path, about: &Metadata) -> Result<(), FileError> {
    let (path, mode) = (path.to_owned(), about.mode() & 0o7777);
    // A hard link is one more name of the file, perhaps in a folder of another user.
    if !about.is_file() || about.nlink() > 1 {
        return Err(FileError::NotPlain(path));
    }
    if about.uid() != own_id() {
        let owner = about.uid();
        return Err(FileError::ForeignFile { path, owner });
    }
    if mode & 0o077 != 0 {
        return Err(FileError::Exposed { path, mode });
    }
    Ok(())
}

fn synced(path: &Path) -> Result<(), FileError> {
    temporary::sync(folder(path)).map_err(|cause| FileError::NotDurable {
        path: path.to_owned(),
        backup: None,
        cause,
    })
}

fn folder(path: &Path) -> &Path {
    let parent = path.parent();
    parent
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn with(name: &str, text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn an_older_file_of_ours_is_replaced_by_a_new_one() {
        let (_folder, path) = with("secret", "old", 0o600);
        let inode = fs::metadata(&path).unwrap().ino();

        write_private(&path, "new").unwrap();

        let about = fs::metadata(&path).unwrap();
        assert_eq!(read_private(&path).unwrap(), "new");
        assert_eq!(about.mode() & 0o777, 0o600);
        assert_ne!(about.ino(), inode);
    }

    #[test]
    fn a_planted_file_is_refused_and_left_alone() {
        for (text, mode) in [("", 0o600), ("", 0o666), ("x", 0o660), ("x", 0o644)] {
            let (_folder, path) = with("secret", text, mode);

            let refusal = write_private(&path, "new").unwrap_err();

            assert!(
                matches!(refusal, FileError::Exposed { .. } | FileError::Empty(_)),
                "{refusal}"
            );
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_link_at_its_place_is_refused_and_its_target_left_alone() {
        let (folder, target) = with("target", "mine", 0o600);
        let (soft, hard) = (folder.path().join("soft"), folder.path().join("hard"));
        symlink(&target, &soft).unwrap();
        fs::hard_link(&target, &hard).unwrap();

        for link in [soft, hard] {
            assert!(matches!(read_private(&link), Err(FileError::NotPlain(_))));
            assert!(matches!(
                write_private(&link, "new"),
                Err(FileError::NotPlain(_))
            ));
        }
        assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
    }

    #[test]
    fn a_folder_where_everybody_may_replace_files_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let set = |mode| fs::set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();

        set(0o777);
        assert!(matches!(
            check_folder(folder.path()),
            Err(FileError::OpenFolder(_))
        ));
        set(0o1777);
        assert!(check_folder(folder.path()).unwrap().is_none());
    }

    #[test]
    fn a_folder_that_a_group_can_write_to_is_warned_about() {
        let folder = tempfile::tempdir().unwrap();
        let set = |mode| fs::set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();

        set(0o770);
        assert!(check_folder(folder.path()).unwrap().is_none());
        if std::os::unix::fs::chown(folder.path(), None, Some(4242)).is_err() {
            // Only root may give a folder to a foreign group.
            return;
        }
        set(0o770);
        let warning = check_folder(folder.path()).unwrap().unwrap();
        assert!(warning.contains("group id 4242"), "{warning}");
    }

    #[test]
    fn a_placeholder_of_a_living_run_is_not_taken_and_an_abandoned_one_is() {
        let folder = tempfile::tempdir().unwrap();
        let (path, place) = (
            folder.path().join("secret"),
            folder.path().join("secret.new"),
        );
        let alive = Placeholder::create(&path).unwrap();

        assert!(matches!(
            Placeholder::create(&path),
            Err(FileError::Busy(_))
        ));
        drop(alive);
        assert!(!place.exists());

        drop(exclusive(&place).unwrap());
        let made = Placeholder::create(&path).unwrap();
        made.fill(&path, "text").unwrap();

        assert_eq!(read_private(&path).unwrap(), "text");
        assert!(!place.exists());
    }
}
