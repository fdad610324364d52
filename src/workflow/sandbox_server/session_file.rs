//! A file at a path of the user's choice that is of use only as long as the sandbox runs.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// The first line of every such file, by which a later sandbox knows that it may replace one.
pub(super) const MARK: &str = "# written by amw-rw sandbox: a sandbox, not Azure\n";

/// A file of mode 0600; dropping it removes the file, unless another was put in its place.
#[derive(Debug)]
pub(super) struct SessionFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl SessionFile {
    /// Writes the mark and the text. The file is complete or absent, and what is not ours is not replaced.
    pub(super) fn write(path: &Path, text: &str) -> io::Result<Self> {
        Self::check(path)?;
        // Absolute, because the file is removed when the current directory may be another.
        let path = std::path::absolute(path)?;
        let folder = path.parent().unwrap_or(Path::new("/"));
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(MARK.as_bytes())?;
        file.write_all(text.as_bytes())?;
        // The temporary file has mode 0600 from the start, which a rename keeps.
        let file = file.persist(&path)?;
        let identity = identity(&file.metadata()?);
        Ok(Self { path, identity })
    }

    /// Refuses what is not ours, before there is a text.
    pub(super) fn check(path: &Path) -> io::Result<()> {
        check_mark(path, MARK)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SessionFile {
    fn drop(&mut self) {
        let present = fs::symlink_metadata(&self.path);
        // Another sandbox may have put its own file there.
        if present.is_ok_and(|it| identity(&it) == self.identity) {
            let removed = fs::remove_file(&self.path);
            tracing::debug!(file = %self.path.display(), ?removed, "the sandbox ends");
        }
    }
}

fn identity(metadata: &fs::Metadata) -> (u64, u64) {
    // By then the path alone can name another file.
    (metadata.dev(), metadata.ino())
}

/// Refuses a file that exists and does not begin with the mark, and a folder in which no file can be made.
pub(super) fn check_mark(path: &Path, mark: &str) -> io::Result<()> {
    if !may_replace(path, mark)? {
        return Err(not_ours());
    }
    let path = std::path::absolute(path)?;
    NamedTempFile::new_in(path.parent().unwrap_or(Path::new("/"))).map(drop)
}

/// Refuses to append to a file that exists and does not begin with the mark. Pipes and devices hold nothing.
pub(super) fn check_appended(path: &Path, mark: &str) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(present) if present.is_file() && present.len() > 0 && !starts_with(path, mark)? => {
            Err(not_ours())
        }
        _ => Ok(()),
    }
}

fn not_ours() -> io::Error {
    io::Error::new(
        io::ErrorKind::AlreadyExists,
        "the file exists and `amw-rw sandbox` did not write it",
    )
}

/// Only an absent or empty file (`mktemp` makes one), or one that a killed sandbox left. A link is never followed.
fn may_replace(path: &Path, mark: &str) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
        Ok(present) if !present.is_file() => Ok(false),
        Ok(present) if present.len() == 0 => Ok(true),
        Ok(_) => starts_with(path, mark),
    }
}

/// Reads no more than the mark: the file may be anything, of any size.
fn starts_with(path: &Path, mark: &str) -> io::Result<bool> {
    let mut start = Vec::new();
    // A pipe that was put in its place meanwhile must not keep us waiting.
    let mut options = fs::OpenOptions::new();
    options
        .read(true)
        .custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32);
    options
        .open(path)?
        .take(mark.len() as u64)
        .read_to_end(&mut start)?;
    Ok(start == mark.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_file_is_private_and_ends_with_its_value() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sandbox.env");

        let file = SessionFile::write(&path, "export A=b\n").unwrap();

        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        drop(file);
        assert!(!path.exists());
    }

    #[test]
    fn a_file_or_link_of_someone_else_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (notes, link) = (folder.path().join("notes"), folder.path().join("link"));
        fs::write(&notes, "mine").unwrap();
        std::os::unix::fs::symlink(&notes, &link).unwrap();

        for path in [&notes, &link] {
            let refused = SessionFile::write(path, "").unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        }
        assert_eq!(fs::read_to_string(&notes).unwrap(), "mine");
    }

    #[test]
    fn lines_are_only_added_to_a_file_of_such_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let (mine, empty, ours) = (
            path("a", "{}"),
            path("b", ""),
            path("c", "{\"time\":\"x\"}\n"),
        );
        let refused = |path: &Path| check_appended(path, "{\"time\":").is_err();

        assert!(refused(&mine));
        assert!(!refused(&empty) && !refused(&ours) && !refused(&folder.path().join("absent")));
    }

    #[test]
    fn no_more_than_the_mark_is_read_of_a_large_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large");
        // Reading all of it would need more memory than the machine has.
        fs::File::create(&path).unwrap().set_len(1 << 42).unwrap();

        assert!(!may_replace(&path, MARK).unwrap());
    }

    #[test]
    fn a_file_that_a_killed_sandbox_left_is_replaced_and_a_newer_one_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sandbox.env");

        let first = SessionFile::write(&path, "first").unwrap();
        let second = SessionFile::write(&path, "second").unwrap();
        drop(first);

        assert!(fs::read_to_string(&path).unwrap().ends_with("second"));
        drop(second);
        assert!(!path.exists());
    }
}
