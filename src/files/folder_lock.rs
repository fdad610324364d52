//! Runs of this program write in one folder by turns.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::error::FileError;
use super::wait::Wait;

/// A write takes milliseconds. Any program that may read the folder can hold its lock, and must not keep us waiting.
const LONGEST: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(20);

/// The lock of a folder; it ends when dropped, or with the process.
#[derive(Debug)]
pub(super) struct FolderLock {
    _folder: Option<File>,
}

/// Waits until no other run writes in the folder. The folder is locked and not the file: a file that is replaced is another
/// file then, and one that is not there yet has no lock.
pub(super) fn take(folder: &Path, file: &Path) -> Result<FolderLock, FileError> {
    take_within(LONGEST, folder, file)
}

fn take_within(longest: Duration, folder: &Path, file: &Path) -> Result<FolderLock, FileError> {
    // Some network file systems have no such locks, and a folder need not be readable: the comparison has to do there.
    let without = FolderLock { _folder: None };
    let Ok(opened) = File::open(folder) else {
        return Ok(without);
    };
    let started = Instant::now();
    let mut wait = Wait::start();
    loop {
        match opened.try_lock() {
            Ok(()) => {
                return Ok(FolderLock {
                    _folder: Some(opened),
                });
            }
            Err(TryLockError::WouldBlock) if started.elapsed() < longest => {}
            Err(TryLockError::WouldBlock) => {
                return Err(FileError::Locked {
                    folder: folder.to_owned(),
                    seconds: longest.as_secs(),
                });
            }
            Err(TryLockError::Error(_)) => return Ok(without),
        }
        // Not the wait engine of `network`: its waits are asynchronous and grow, to spare a server. The holder of this lock writes
        // for milliseconds, and a file is written outside of the runtime.
        sleep(PAUSE);
        let interrupted = |source| FileError::NotRead {
            path: file.to_owned(),
            source,
        };
        wait.goes_on(|| note(folder)).map_err(interrupted)?;
    }
}

fn note(folder: &Path) -> String {
    format!(
        "waiting until another run, or another program, has unlocked the folder {}, for {} s at most; Ctrl-C ends this",
        folder.display(),
        LONGEST.as_secs()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_another_program_keeps_locked_is_named_after_the_longest_wait() {
        let folder = tempfile::tempdir().unwrap();
        let other = File::open(folder.path()).unwrap();
        other.lock_shared().unwrap();

        let file = folder.path().join("file");
        let error = take_within(PAUSE, folder.path(), &file).unwrap_err();

        let text = format!("the folder {} has been locked", folder.path().display());
        assert!(error.to_string().starts_with(&text), "{error}");
    }
}
