//! Runs of this program write in one folder by turns.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::FileError;

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
    // Some network file systems have no such locks, and a folder need not be readable: the comparison has to do there.
    let without = FolderLock { _folder: None };
    let Ok(folder) = File::open(folder) else {
        return Ok(without);
    };
    let started = Instant::now();
    loop {
        match folder.try_lock() {
            Ok(()) => {
                return Ok(FolderLock {
                    _folder: Some(folder),
                });
            }
            Err(TryLockError::WouldBlock) if started.elapsed() < LONGEST => sleep(PAUSE),
            Err(TryLockError::WouldBlock) => return Err(FileError::Busy(file.to_owned())),
            Err(TryLockError::Error(_)) => return Ok(without),
        }
    }
}
