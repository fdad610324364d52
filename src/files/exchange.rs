//! Puts a new file in the place of one whose text is known, and puts that one back where its text turns out to be another.

use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use tempfile::NamedTempFile;

use super::error::{FileError, failed};
use super::read::contents;
use super::temporary;

/// The new file takes the place of the old one, which has to have the text `before`. Other programs know no lock of ours: an editor
/// can save between any comparison and a rename that replaces. Both files therefore change places, and the one that
/// comes out is compared.
pub(super) fn put(
    new: NamedTempFile,
    path: &Path,
    before: &[u8],
    after: &[u8],
) -> Result<(), FileError> {
    let new = temporary::for_exchange(new).map_err(|error| failed(path, error))?;
    match exchange(new.path(), path) {
        Ok(()) => {}
        // Network file systems and FUSE may lack it.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            return replace_after_comparison(new, path, before);
        }
        Err(error) => return Err(failed(path, error.into())),
    }
    // The old file has the name of the temporary one now, and is removed with it.
    let refusal = match contents(new.path()) {
        Ok(old) if old == before => return Ok(()),
        Ok(_) => FileError::Changed(path.to_owned()),
        Err(error) => failed(path, error),
    };
    match exchange(new.path(), path) {
        // A program that saved between the two exchanges wrote into the new file, or put another one in its place.
        Ok(()) if contents(new.path()).is_ok_and(|new| new == after) => Err(refusal),
        _ => Err(kept_aside(new, path)),
    }
}

fn exchange(one: &Path, other: &Path) -> Result<(), Errno> {
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)
}

fn replace_after_comparison(
    new: NamedTempFile,
    path: &Path,
    before: &[u8],
) -> Result<(), FileError> {
    let present = contents(path).map_err(|error| failed(path, error))?;
    if present != before {
        return Err(FileError::Changed(path.to_owned()));
    }
    new.persist(path)
        .map(drop)
        .map_err(|error| failed(path, error.error))
}

/// The text from before, under a name that no later run removes, where it can have one.
fn kept_aside(saved: NamedTempFile, path: &Path) -> FileError {
    let mut name = path.as_os_str().to_owned();
    name.push(".bak.changed");
    let name = PathBuf::from(name);
    let saved = match saved.persist_noclobber(&name) {
        Ok(_) => name,
        Err(error) => {
            let kept = error.file.path().to_owned();
            // Dropping it would remove what the user may have saved.
            std::mem::forget(error.file);
            kept
        }
    };
    FileError::ChangedAside {
        path: path.to_owned(),
        saved,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    type Put<'a> = &'a dyn Fn(NamedTempFile, &Path, &[u8]) -> Result<(), FileError>;

    #[test]
    fn a_text_that_was_saved_after_the_comparison_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prometheus.yml");
        let exchanged = |new, path: &Path, before: &[u8]| put(new, path, before, b"");
        for put in [&exchanged as Put<'_>, &replace_after_comparison] {
            fs::write(&path, "saved meanwhile").unwrap();
            let new = temporary::create(folder.path(), 0o600).unwrap();

            let refused = put(new, &path, b"old").unwrap_err();

            assert!(matches!(refused, FileError::Changed(_)), "{refused:?}");
            assert_eq!(fs::read_to_string(&path).unwrap(), "saved meanwhile");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn the_new_file_replaces_the_text_that_was_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prometheus.yml");
        let exchanged = |new, path: &Path, before: &[u8]| put(new, path, before, b"new");
        for put in [&exchanged as Put<'_>, &replace_after_comparison] {
            fs::write(&path, "old").unwrap();
            let new = temporary::create(folder.path(), 0o600).unwrap();
            fs::write(new.path(), "new").unwrap();

            put(new, &path, b"old").unwrap();

            assert_eq!(fs::read_to_string(&path).unwrap(), "new");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_text_that_is_saved_while_the_old_one_is_put_back_is_kept_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prometheus.yml");
        fs::write(&path, "saved meanwhile").unwrap();
        let new = temporary::create(folder.path(), 0o600).unwrap();
        // As if a program had written into the new file between the exchanges.
        fs::write(new.path(), "saved once more").unwrap();

        let refused = put(new, &path, b"old", b"new").unwrap_err();

        let FileError::ChangedAside { saved, .. } = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(fs::read_to_string(&path).unwrap(), "saved meanwhile");
        assert_eq!(fs::read_to_string(saved).unwrap(), "saved once more");
    }

    #[test]
    fn a_text_that_a_killed_run_exchanged_is_removed_only_with_a_backup_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prometheus.yml");
        fs::write(&path, "saved meanwhile").unwrap();
        let new = temporary::create(folder.path(), 0o600).unwrap();
        let new = temporary::for_exchange(new).unwrap();
        exchange(new.path(), &path).unwrap();
        // The run is killed: its lock goes, its file stays.
        let (file, left) = new.into_parts();
        let left = left.keep().unwrap();
        drop(file);

        temporary::sweep(folder.path());
        assert_eq!(fs::read_to_string(&left).unwrap(), "saved meanwhile");

        fs::write(folder.path().join("prometheus.yml.bak"), "saved meanwhile").unwrap();
        temporary::sweep(folder.path());
        assert!(!left.exists());
    }

    #[test]
    fn a_text_that_cannot_be_put_back_is_kept_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prometheus.yml");
        for name in ["prometheus.yml.bak.changed", ""] {
            let saved = temporary::create(folder.path(), 0o600).unwrap();
            fs::write(saved.path(), "saved meanwhile").unwrap();

            let FileError::ChangedAside { saved, .. } = kept_aside(saved, &path) else {
                panic!("another error");
            };

            assert!(
                saved.ends_with(name) || name.is_empty(),
                "{}",
                saved.display()
            );
            assert_eq!(fs::read_to_string(saved).unwrap(), "saved meanwhile");
        }
    }
}
