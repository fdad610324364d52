//! Reads a text whole, with a limit. A pipe is read once, and reading it can be interrupted.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::error::{FileError, failed};
use super::system::{LARGEST, NO_FOLLOW, NO_WAIT};
use super::temporary;
use super::wait::Wait;

/// How soon an interrupt is noticed.
const GLANCE: Duration = Duration::from_millis(50);

/// A pipe gives its text once, and a command needs it more than once.
static STREAMS: Mutex<Option<HashMap<PathBuf, Vec<u8>>>> = Mutex::new(None);

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String, FileError> {
    String::from_utf8(read_bytes(path)?).map_err(|error| FileError::NotText {
        path: path.to_owned(),
        position: error.utf8_error().valid_up_to(),
    })
}

/// The bytes of a file, of which there is a limit.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, FileError> {
    let about = fs::metadata(path).map_err(|error| unread(path, error))?;
    if about.is_dir() {
        return Err(FileError::Directory(path.to_owned()));
    }
    let bytes = if about.is_file() {
        temporary::hold(path);
        limited(path)
    } else {
        stream(path)
    };
    let bytes = bytes.map_err(|error| unread(path, error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(FileError::TooLarge(path.to_owned()));
    }
    Ok(bytes)
}

/// What to do about a file that cannot be read is not what to do about one that cannot be written.
fn unread(path: &Path, error: io::Error) -> FileError {
    match failed(path, error) {
        FileError::Missing(path) if fs::symlink_metadata(&path).is_ok() => {
            FileError::DanglingLink(path)
        }
        FileError::Denied(_) | FileError::FolderDenied(_) => FileError::ReadDenied(path.to_owned()),
        FileError::Other { path, source } => FileError::NotRead { path, source },
        other => other,
    }
}

/// Whether it is a pipe or a device, which cannot be replaced by a new file.
pub(crate) fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir())
}

/// Whether nothing at all is in this place.
pub(crate) fn is_missing(path: &Path) -> bool {
    let seen = fs::metadata(path);
    seen.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// One byte more than the limit shows that there is more.
fn limited(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    // As large as needed: a buffer that doubles holds up to twice the file. Files of /proc have no size.
    let size = file.metadata()?.len().min(LARGEST) as usize;
    let mut bytes = Vec::with_capacity(size + 1);
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The bytes of a file at a path that was resolved, so that neither a pipe nor a link is expected there.
pub(super) fn contents(path: &Path) -> io::Result<Vec<u8>> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(NO_FOLLOW | NO_WAIT)
        .open(path)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn stream(path: &Path) -> io::Result<Vec<u8>> {
    let mut streams = STREAMS.lock().unwrap_or_else(PoisonError::into_inner);
    let streams = streams.get_or_insert_default();
    if let Some(bytes) = streams.get(path) {
        return Ok(bytes.clone());
    }
    let bytes = interruptible(path)?;
    streams.insert(path.to_owned(), bytes.clone());
    Ok(bytes)
}

/// Opening a pipe already waits for a writer, so both happen in a thread that is left behind at an interrupt.
fn interruptible(path: &Path) -> io::Result<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    let opened = path.to_owned();
    std::thread::Builder::new().spawn(move || sender.send(limited(&opened)))?;
    let mut wait = Wait::start();
    loop {
        match receiver.recv_timeout(GLANCE) {
            Ok(read) => return read,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(io::Error::other("the reading thread has ended"));
            }
        }
        wait.goes_on(|| {
            format!(
                "waiting until another program has written all of {}; Ctrl-C ends this",
                path.display()
            )
        })?;
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;
    use crate::problem::Problem;

    #[test]
    fn what_cannot_be_read_is_not_to_be_written_elsewhere() {
        let path = Path::new("in.yml");
        let number = |number| io::Error::from_raw_os_error(number);
        let interrupted = io::Error::new(ErrorKind::Interrupted, "interrupted");

        for error in [number(5), number(13), interrupted] {
            let problem = Problem::from(unread(path, error));

            let next = problem.next_steps()[0].line();
            assert!(!next.contains("write"), "{problem}: {next}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("latin1.yml");
        fs::write(&path, b"name: caf\xe9\n").unwrap();

        let error = read(&path).unwrap_err();

        assert!(
            matches!(error, FileError::NotText { position: 9, .. }),
            "{error}"
        );
    }

    #[test]
    fn a_file_that_is_far_too_large_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("huge");
        File::create(&path).unwrap().set_len(LARGEST + 1).unwrap();

        assert!(matches!(read(&path).unwrap_err(), FileError::TooLarge(_)));
    }

    #[test]
    fn an_endless_device_is_too_large() {
        let error = read(Path::new("/dev/zero")).unwrap_err();

        assert!(matches!(error, FileError::TooLarge(_)), "{error}");
    }

    #[test]
    fn a_pipe_gives_its_text_each_time_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        rustix::fs::mkfifoat(
            rustix::fs::CWD,
            &path,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        )
        .unwrap();
        let writer = path.clone();
        let writing = std::thread::spawn(move || fs::write(writer, "text"));

        let first = read(&path).unwrap();
        let second = read(&path).unwrap();

        assert_eq!((first.as_str(), second.as_str()), ("text", "text"));
        writing.join().unwrap().unwrap();
    }
}
