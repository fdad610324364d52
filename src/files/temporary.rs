//! Temporary files of ours. Each is locked as long as its run lives, so that the next run recognises what a killed one left.

use std::fs::{self, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use tempfile::NamedTempFile;

use super::{NO_FOLLOW, NO_WAIT, own_id};

const PREFIX: &str = ".amw-rw-";

/// A new file in this folder, made exclusively. A file system without locks has temporary files that are never swept.
pub(super) fn create(folder: &Path, mode: u32) -> io::Result<NamedTempFile> {
    loop {
        let made = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(folder)?;
        let _ = made.as_file().try_lock();
        // Another run may have swept it between the creation and the lock.
        if made.as_file().metadata()?.nlink() > 0 {
            return Ok(made);
        }
    }
}

/// Removes what killed runs left in this folder: some of it holds secrets. Touches nothing of another user or program.
pub(crate) fn sweep(folder: &Path) {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name()));
    for name in names.filter(|name| name.to_string_lossy().starts_with(PREFIX)) {
        // Best effort: what cannot be removed now does no harm to what is written.
        let _ = remove_if_abandoned(&folder.join(name));
    }
}

/// Whether it was removed; a file whose run still lives holds its lock.
pub(super) fn remove_if_abandoned(path: &Path) -> io::Result<bool> {
    let file = File::options()
        .read(true)
        .custom_flags(NO_FOLLOW | NO_WAIT)
        .open(path)?;
    let about = file.metadata()?;
    if !about.is_file() || about.uid() != own_id() || file.try_lock().is_err() {
        return Ok(false);
    }
    if !is_same(&about, &fs::symlink_metadata(path)?) {
        return Ok(false);
    }
    fs::remove_file(path)?;
    Ok(true)
}

fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Makes a rename in this folder survive a power failure.
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_of_killed_runs_are_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".amw-rw-killed", "values.yaml", ".other-temp"] {
            fs::write(folder.path().join(name), "text").unwrap();
        }
        fs::create_dir(folder.path().join(".amw-rw-folder")).unwrap();
        let alive = create(folder.path(), 0o600).unwrap();

        sweep(folder.path());

        assert!(!folder.path().join(".amw-rw-killed").exists());
        assert!(alive.path().exists());
        for name in ["values.yaml", ".other-temp", ".amw-rw-folder"] {
            assert!(folder.path().join(name).exists(), "{name}");
        }
    }
}
