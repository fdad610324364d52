//! A pipe or a device that is written to: what takes no text is found out before there is any.

use std::collections::HashMap;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::error::{FileError, failed};
use super::system::{NO_WAIT, own_id};

/// Pipes that `check` opened. Closed and opened again, a pipe would signal the end of the text to its reader in between.
static OPENED: Mutex<Option<HashMap<PathBuf, File>>> = Mutex::new(None);

/// `/dev/full`: major and minor number of the device that never takes anything.
const FULL: (u32, u32) = (1, 7);

/// Finds out whether it takes a text. A pipe stays open for it.
pub(super) fn check(path: &Path, about: &Metadata) -> Result<(), FileError> {
    let kind = about.file_type();
    if kind.is_block_device() || kind.is_socket() {
        return Err(FileError::NoText(path.to_owned()));
    }
    let device = (
        rustix::fs::major(about.rdev()),
        rustix::fs::minor(about.rdev()),
    );
    if kind.is_char_device() && device == FULL {
        return Err(FileError::DiskFull(path.to_owned()));
    }
    let owner = about.uid();
    if kind.is_fifo() && owner != own_id() && owner != 0 {
        let path = path.to_owned();
        return Err(FileError::ForeignFile { path, owner });
    }
    let opened = open(path)?;
    if kind.is_fifo() {
        let mut pipes = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        pipes
            .get_or_insert_default()
            .entry(path.to_owned())
            .or_insert(opened);
    }
    Ok(())
}

/// Writes as fast as the reader of the pipe takes it.
pub(super) fn write(path: &Path, about: &Metadata, text: &str) -> Result<(), FileError> {
    check(path, about)?;
    let mut pipes = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = pipes.as_mut().and_then(|pipes| pipes.remove(path));
    drop(pipes);
    let mut file = kept.map_or_else(|| open(path), Ok)?;
    let failed = |error| failed(path, error);
    // Without waiting, a write to a full pipe would fail instead of lasting until its reader has read on.
    let waits = fcntl_getfl(&file).map(|flags| flags - OFlags::NONBLOCK);
    waits
        .and_then(|flags| fcntl_setfl(&file, flags))
        .map_err(|error| failed(error.into()))?;
    file.write_all(text.as_bytes()).map_err(failed)
}

/// Returns at once: a pipe that has no reader would keep us waiting.
fn open(path: &Path) -> Result<File, FileError> {
    let mut options = OpenOptions::new();
    options.write(true).custom_flags(NO_WAIT);
    options.open(path).map_err(|error| {
        // ENXIO is also the error of a device that does not exist.
        match error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) {
            true if error.kind() != ErrorKind::NotFound => FileError::NoReader(path.to_owned()),
            _ => failed(path, error),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    fn checked(path: &Path) -> Result<(), FileError> {
        check(path, &std::fs::metadata(path).unwrap())
    }

    #[test]
    fn what_takes_no_text_is_refused_before_there_is_any() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, socket) = (folder.path().join("pipe"), folder.path().join("socket"));
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, 0o600.into()).unwrap();
        let _listener = UnixListener::bind(&socket).unwrap();

        assert!(matches!(checked(&pipe), Err(FileError::NoReader(_))));
        assert!(matches!(checked(&socket), Err(FileError::NoText(_))));
        let full = checked(Path::new("/dev/full"));
        assert!(matches!(full, Err(FileError::DiskFull(_))));
        assert!(checked(Path::new("/dev/null")).is_ok());
    }

    #[test]
    fn a_reader_of_a_pipe_sees_no_end_between_the_check_and_the_text() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, 0o600.into()).unwrap();
        let reader = {
            let pipe = pipe.clone();
            std::thread::spawn(move || std::fs::read_to_string(pipe).unwrap())
        };
        while checked(&pipe).is_err() {
            std::thread::yield_now();
        }

        write(&pipe, &std::fs::metadata(&pipe).unwrap(), "a: 1\n").unwrap();

        assert_eq!(reader.join().unwrap(), "a: 1\n");
    }
}
