//! The folder for a sandbox's own files: only its owner can enter it, and it is gone with the sandbox.
//!
//! A killed sandbox cannot remove its folder, so the next one does.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::TempDir;

const PREFIX: &str = "amw-rw-sandbox-";
/// Locked for as long as the sandbox lives; the kernel releases the lock of a killed process.
const LOCK: &str = "lock";
/// A younger folder may belong to a sandbox that has not locked it yet.
const MINIMUM_AGE: Duration = Duration::from_secs(60);

/// A folder of mode 0700; dropping it removes it.
#[derive(Debug)]
pub(crate) struct PrivateFolder {
    folder: TempDir,
    _lock: File,
}

impl PrivateFolder {
    /// Makes a folder in the directory for temporary files, and removes those of killed sandboxes there.
    pub(crate) fn new() -> io::Result<Self> {
        Self::new_in(&std::env::temp_dir())
    }

    fn new_in(directory: &Path) -> io::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(directory)?;
        let lock = create(&folder.path().join(LOCK))?;
        // Locked before the search for abandoned folders, so that another start spares this one.
        lock.lock()?;
        let owner = fs::symlink_metadata(folder.path())?.uid();
        remove_abandoned(directory, owner);
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a new file of mode 0600.
    pub(crate) fn write(&self, name: &str, text: &str) -> io::Result<PathBuf> {
        let path = self.path().join(name);
        create(&path)?.write_all(text.as_bytes())?;
        Ok(path)
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// A failure here is not worth a word: the folder is only a leftover.
fn remove_abandoned(directory: &Path, owner: u32) {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    for entry in entries {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if is_ours && is_abandoned(&entry.path(), owner).unwrap_or(false) {
            let removed = fs::remove_dir_all(entry.path());
            tracing::debug!(folder = %entry.path().display(), ?removed, "a killed sandbox left this");
        }
    }
}

/// Whether this is a folder of ours whose sandbox no longer runs. Another user's folder never is.
fn is_abandoned(folder: &Path, owner: u32) -> io::Result<bool> {
    // Anyone can create a link of this name in a shared directory; a link is never followed.
    let metadata = fs::symlink_metadata(folder)?;
    let age = metadata.modified()?.elapsed().unwrap_or_default();
    let private = metadata.is_dir() && metadata.mode() & 0o777 == 0o700;
    if !private || metadata.uid() != owner || age < MINIMUM_AGE {
        return Ok(false);
    }
    // Without a lock file this is not a folder of this program.
    let lock = File::open(folder.join(LOCK))?;
    Ok(lock.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::DirBuilderExt, time::SystemTime};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    /// A folder as a sandbox leaves it, last changed long ago.
    fn folder_in(directory: &Path, name: &str, mode: u32) -> PathBuf {
        let folder = directory.join(name);
        fs::DirBuilder::new().mode(mode).create(&folder).unwrap();
        fs::write(folder.join(LOCK), "").unwrap();
        let long_ago = SystemTime::UNIX_EPOCH + MINIMUM_AGE;
        File::open(&folder).unwrap().set_modified(long_ago).unwrap();
        folder
    }

    #[test]
    fn only_the_owner_can_enter_the_folder_and_read_its_files() {
        let directory = tempfile::tempdir().unwrap();

        let folder = PrivateFolder::new_in(directory.path()).unwrap();
        let file = folder.write("kubeconfig", "token").unwrap();

        assert_eq!(mode(folder.path()), 0o700);
        assert_eq!(mode(&file), 0o600);
        drop(folder);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn folders_of_killed_sandboxes_are_removed_and_all_others_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        let abandoned = folder_in(directory.path(), "amw-rw-sandbox-dead", 0o700);
        let open_to_others = folder_in(directory.path(), "amw-rw-sandbox-open", 0o755);
        let unrelated = folder_in(directory.path(), "notes", 0o700);
        let running = folder_in(directory.path(), "amw-rw-sandbox-runs", 0o700);
        let lock = File::open(running.join(LOCK)).unwrap();
        lock.lock().unwrap();

        let folder = PrivateFolder::new_in(directory.path()).unwrap();

        assert!(!abandoned.exists());
        assert!(open_to_others.exists() && unrelated.exists() && running.exists());
        assert!(folder.path().exists());
    }
}
