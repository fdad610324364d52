//! Temporary files of ours. Each is locked as long as its run lives, so that the next run recognises what a killed one left.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::{self, File, Metadata, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use tempfile::{NamedTempFile, TempPath};

use super::system::{NO_FOLLOW, NO_WAIT, own_id};
use super::wait;

const PREFIX: &str = ".amw-rw-";
const SUFFIX: &str = ".unfinished";
/// Of a file that changes places with another one; the number of its inode is before it.
const SWAP_SUFFIX: &str = ".swap";
/// In hexadecimal digits.
const RANDOM_DIGITS: usize = 32;
const CHECK_DIGITS: usize = 8;

/// Files with such a name that this run reads: a file that the user names is not removed.
static HELD: Mutex<Vec<File>> = Mutex::new(Vec::new());
/// The files that were named to the user: a run sweeps a folder more than once.
static NAMED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A new file in this folder, made exclusively. A file system without locks has temporary files that are never swept.
pub(super) fn create(folder: &Path, mode: u32) -> io::Result<NamedTempFile> {
    loop {
        let made = tempfile::Builder::new()
            .prefix(&new_name()?)
            .rand_bytes(0)
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(folder)?;
        // Another run may have swept it between the creation and the lock, or may be about to, with a lock of its own.
        let is_swept = matches!(made.as_file().try_lock(), Err(TryLockError::WouldBlock));
        if !is_swept && made.as_file().metadata()?.nlink() > 0 {
            return Ok(made);
        }
    }
}

fn new_name() -> io::Result<String> {
    let mut random = [0; RANDOM_DIGITS / 2];
    aws_lc_rs::rand::fill(&mut random)
        .map_err(|_| io::Error::other("the random number generator of this machine fails"))?;
    let random = hex(&random);
    let check = check_digits(&random);
    Ok(format!("{PREFIX}{random}-{check}{SUFFIX}"))
}

/// A half-written file has the content of the user, so only its name can distinguish it from the files of the user. The check digits
/// make sure that this program made up the name.
pub(super) fn is_name(name: &OsStr) -> bool {
    let digits = name.to_str().and_then(|name| {
        let digits = name.strip_prefix(PREFIX)?;
        match digits.strip_suffix(SWAP_SUFFIX) {
            Some(digits) => Some(digits.split_once('.')?.0),
            None => digits.strip_suffix(SUFFIX),
        }
    });
    digits
        .and_then(|digits| digits.split_once('-'))
        .is_some_and(|(random, check)| {
            random.len() == RANDOM_DIGITS && check == check_digits(random)
        })
}

/// Gives a finished file the name under which it may change places with a file of the user. A run that is killed just after that
/// leaves the user's file under the name, perhaps with a text that exists nowhere else: it has another inode, by which `sweep`
/// knows it.
pub(super) fn for_exchange(new: NamedTempFile) -> io::Result<NamedTempFile> {
    let inode = new.as_file().metadata()?.ino();
    let path = new.path().to_owned();
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let name = name.trim_end_matches(SUFFIX);
    let swap = path.with_file_name(format!("{name}.{inode}{SWAP_SUFFIX}"));
    let (file, path) = new.into_parts();
    path.persist_noclobber(&swap).map_err(|error| error.error)?;
    Ok(NamedTempFile::from_parts(
        file,
        TempPath::try_from_path(swap)?,
    ))
}

/// Whether a file of such a name is the one that got the name.
fn is_still_ours(path: &Path, about: &Metadata) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let inode = name
        .strip_suffix(SWAP_SUFFIX)
        .and_then(|name| name.rsplit_once('.'));
    inode.is_none_or(|(_, inode)| inode == about.ino().to_string())
}

/// Whether the folder has a backup with this very text.
fn is_backed_up(path: &Path) -> bool {
    let (Ok(text), Some(Ok(entries))) = (fs::read(path), path.parent().map(fs::read_dir)) else {
        return false;
    };
    let is_backup = |name: &OsStr| name.to_string_lossy().contains(".bak");
    let mut backups = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_file() && path.file_name().is_some_and(is_backup));
    backups.any(|backup| fs::read(backup).is_ok_and(|backup| backup == text))
}

fn check_digits(random: &str) -> String {
    let digest = digest(
        &SHA256,
        format!("temporary file of amw-rw {random}").as_bytes(),
    );
    hex(&digest.as_ref()[..CHECK_DIGITS / 2])
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a String takes any text");
    }
    text
}

/// Keeps a file of such a name from being swept, by this run or another, until this run ends.
pub(super) fn hold(path: &Path) {
    let is_ours = |path: &Path| path.file_name().is_some_and(is_name);
    if !fs::canonicalize(path).is_ok_and(|path| is_ours(&path)) {
        return;
    }
    let opened = File::options()
        .read(true)
        .custom_flags(NO_WAIT)
        .open(path)
        .and_then(|file| {
            file.try_lock_shared()?;
            Ok(file)
        });
    // Best effort: a living run that holds its lock does not lose it either.
    if let Ok(file) = opened {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        held.push(file);
    }
}

/// Removes what killed runs left in this folder: some of it holds secrets. Touches nothing of another user or program, and names
/// what may hold a text of the user that is nowhere else. Only for commands that write in this folder.
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
    for name in names.filter(|name| is_name(name)) {
        let path = folder.join(name);
        // Best effort: what cannot be removed now does no harm to what is written.
        if let Ok(CleanupResult::UserText) = remove_if_abandoned(&path) {
            // One folder has more than one spelling.
            name_saved(fs::canonicalize(&path).unwrap_or(path));
        }
    }
}

fn name_saved(path: PathBuf) {
    let mut named = NAMED.lock().unwrap_or_else(PoisonError::into_inner);
    if !named.contains(&path) {
        wait::report(&saved_note(&path));
        named.push(path);
    }
}

fn saved_note(path: &Path) -> String {
    format!(
        "note: {} is from a run that was killed, and is kept, since no backup (.bak) of this folder has its text. \
         Another program may have saved that text at that moment: compare it with your files, then remove it",
        path.display()
    )
}

/// Whether a temporary file was removed, and why not.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CleanupResult {
    Removed,
    /// A running process, another user or another program uses it.
    InUse,
    /// It has text of the user that no backup has.
    UserText,
}

/// A file whose run still lives holds its lock.
pub(super) fn remove_if_abandoned(path: &Path) -> io::Result<CleanupResult> {
    let file = File::options()
        .read(true)
        .custom_flags(NO_FOLLOW | NO_WAIT)
        .open(path)?;
    let about = file.metadata()?;
    if !about.is_file() || about.uid() != own_id() || file.try_lock().is_err() {
        return Ok(CleanupResult::InUse);
    }
    // The path can lead to another file since it was opened.
    if !is_same(&about, &fs::symlink_metadata(path)?) {
        return Ok(CleanupResult::InUse);
    }
    if !is_still_ours(path, &about) && !is_backed_up(path) {
        return Ok(CleanupResult::UserText);
    }
    fs::remove_file(path)?;
    Ok(CleanupResult::Removed)
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

    fn leave(folder: &Path) -> std::path::PathBuf {
        let path = folder.join(new_name().unwrap());
        fs::write(&path, "text").unwrap();
        path
    }

    #[test]
    fn leftovers_of_killed_runs_are_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let killed = leave(folder.path());
        let kept = [
            "values.yaml",
            ".other-temp",
            ".amw-rw-prod.yaml",
            ".amw-rw-a1B2c3",
            ".amw-rw-backup.unfinished",
            ".amw-rw-0123456789abcdef0123456789abcdef-01234567.unfinished",
        ];
        for name in kept {
            fs::write(folder.path().join(name), "text").unwrap();
        }
        let directory = folder.path().join(new_name().unwrap());
        fs::create_dir(&directory).unwrap();
        let alive = create(folder.path(), 0o600).unwrap();

        sweep(folder.path());

        assert!(!killed.exists());
        assert!(alive.path().exists() && directory.exists());
        for name in kept {
            assert!(folder.path().join(name).exists(), "{name}");
        }
    }

    #[test]
    fn a_leftover_that_this_run_reads_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (read, other) = (leave(folder.path()), leave(folder.path()));
        let link = folder.path().join("link");
        let linked = leave(folder.path());
        std::os::unix::fs::symlink(&linked, &link).unwrap();

        for path in [&read, &link] {
            assert_eq!(super::super::read(path).unwrap(), "text");
        }
        sweep(folder.path());

        assert!(read.exists() && linked.exists());
        assert!(!other.exists());
    }

    #[test]
    fn names_that_are_made_up_are_recognised() {
        let name = new_name().unwrap();

        assert!(is_name(OsStr::new(&name)), "{name}");
        assert!(!is_name(OsStr::new(&name.replace(SUFFIX, ".yaml"))));
        assert!(!is_name(OsStr::new(&format!("{name}.bak"))));
    }
}
