//! Where is a client secret kept between runs? In a file of its own that only its owner can read.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::error::Failure;
use crate::files::{self, FileError, Placeholder};

/// How long the name of the place of a secret is, in characters.
pub(crate) const PLACE_LENGTH: usize = files::PLACE_LENGTH;

/// In bytes, so that there is room for endings below Linux' 255.
const LONGEST_NAME: usize = 160;

/// The file that holds one connection's client secret, mode 0600, and a record next to it. A sandbox keeps both in memory.
#[derive(Debug, Clone)]
pub(crate) struct SecretFile {
    place: SecretLocation,
}

#[derive(Debug, Clone)]
enum SecretLocation {
    Disk {
        path: PathBuf,
        /// Where version 0.1 kept it.
        former: Option<PathBuf>,
    },
    Memory(Arc<Mutex<MemoryFile>>),
}

#[derive(Debug, Default)]
struct MemoryFile {
    secret: Option<SecretString>,
    record: Option<SecretRecord>,
}

/// What is known about the secret other than its value, `NAME.client-secret.json`. Holds nothing that signs in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SecretRecord {
    /// Object id of the application.
    pub(crate) application: String,
    /// Display name of a secret that was asked for and whose value was not kept yet: it may exist at Entra.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) requested: Option<String>,
    /// Entra's `keyId` of the secret in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key_id: Option<String>,
    /// SHA-256 of the secret that `key_id` belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// Where this record was written: a copy of the folder is another place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<String>,
}

impl SecretFile {
    /// `amw-rw-prod.client-secret` in the folder of the spec file. Two names never share a file.
    pub(crate) fn in_folder(folder: &Path, application: &str) -> Self {
        let at = |name: &str| folder.join(format!("{name}.client-secret"));
        let (name, former) = (file_name(application), former_file_name(application));
        Self {
            place: SecretLocation::Disk {
                path: at(&name),
                former: (name != former).then(|| at(&former)),
            },
        }
    }

    /// Gone with the process.
    pub(crate) fn in_memory() -> Self {
        Self {
            place: SecretLocation::Memory(Arc::default()),
        }
    }

    /// Where the secret is kept; `None` for memory.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.place {
            SecretLocation::Disk { path, .. } => Some(path),
            SecretLocation::Memory(_) => None,
        }
    }

    /// A digest of this file's path and its machine; `None` for memory.
    pub(crate) fn place(&self) -> Option<String> {
        self.path().and_then(files::place_digest)
    }

    /// The secret, or `None` when there is no such file.
    pub(crate) fn read(&self) -> Result<Option<SecretString>, Failure> {
        match &self.place {
            SecretLocation::Memory(kept) => Ok(lock(kept).secret.clone()),
            SecretLocation::Disk { path, former } => match read(path)? {
                None => former.as_deref().map_or(Ok(None), read_former),
                held => Ok(held),
            },
        }
    }

    /// What is known about it. A `key_id` is given only where it belongs to the secret in the file.
    pub(crate) fn record(&self) -> Result<Option<SecretRecord>, Failure> {
        let Some(mut record) = self.stored_record()? else {
            return Ok(None);
        };
        let held = self.read()?;
        if held.as_ref().map(digest_of) != record.digest {
            (record.key_id, record.digest) = (None, None);
        }
        Ok(Some(record))
    }

    /// What was written about it in this place, also of a secret that the file no longer holds.
    pub(crate) fn record_of_this_place(&self) -> Result<Option<SecretRecord>, Failure> {
        let place = self.place();
        let record = self.stored_record()?;
        // A record that came with a folder from elsewhere decides nothing: neither which application is ours, nor which
        // secret is removed.
        Ok(record.filter(|record| record.place == place))
    }

    /// Finds out whether a secret can be kept, before Azure is touched; gives a warning about the folder.
    pub(crate) fn check(&self) -> Result<Option<String>, Failure> {
        let SecretLocation::Disk { path, .. } = &self.place else {
            return Ok(None);
        };
        let warning = files::check_folder(folder(path))
            .and_then(|warning| files::check_writable(path).map(|()| warning))
            .and_then(|warning| Placeholder::check(path).map(|()| warning));
        warning.map_err(|error| unkept(path, error))
    }

    /// Removes what a killed run left next to it: that may hold the secret.
    pub(crate) fn sweep(&self) {
        if let Some(path) = self.path() {
            files::sweep(folder(path));
        }
    }

    /// Makes a file for a secret that Entra will show once, and records its display name; both are on disk afterwards.
    pub(crate) fn reserve(
        &self,
        application: &str,
        display_name: &str,
    ) -> Result<Reservation, Failure> {
        let placeholder = match &self.place {
            SecretLocation::Memory(_) => None,
            SecretLocation::Disk { path, .. } => {
                self.check()?;
                read(path)?;
                let made = Placeholder::create(path);
                Some(made.map_err(|error| unkept(path, error))?)
            }
        };
        // Only now is no other run between the record and its secret: what it recorded meanwhile must not be lost.
        let before = self.stored_record()?;
        let mut record = before.clone().unwrap_or_default();
        application.clone_into(&mut record.application);
        record.requested = Some(display_name.to_owned());
        record.place = self.place();
        self.store(&record)?;
        Ok(Reservation {
            file: self.clone(),
            placeholder,
            before,
            record,
        })
    }

    /// Forgets a secret that was asked for, once it is known not to exist at Entra.
    pub(crate) fn settle_request(&self) -> Result<(), Failure> {
        match self.stored_record()? {
            Some(record) if record.requested.is_some() => self.store(&SecretRecord {
                requested: None,
                ..record
            }),
            _ => Ok(()),
        }
    }

    fn stored_record(&self) -> Result<Option<SecretRecord>, Failure> {
        let path = match &self.place {
            SecretLocation::Memory(kept) => return Ok(lock(kept).record.clone()),
            SecretLocation::Disk { path, .. } => with_ending(path, "json"),
        };
        let text = match files::read_private(&path) {
            Ok(text) => text,
            Err(FileError::Missing(_)) => return Ok(None),
            Err(error) => return Err(unreadable(&path, error)),
        };
        serde_json::from_str(&text).map(Some).map_err(|error| {
            Failure::new(format!("read the record {}", path.display()))
                .because(error)
                .next("remove it, then run this again: a new client secret is made")
        })
    }

    fn store(&self, record: &SecretRecord) -> Result<(), Failure> {
        match &self.place {
            SecretLocation::Memory(kept) => {
                lock(kept).record = Some(record.clone());
                Ok(())
            }
            SecretLocation::Disk { path, .. } => {
                let text = serde_json::to_string(record).expect("a record is a map of strings");
                let path = with_ending(path, "json");
                files::write_private(&path, &format!("{text}\n"))
                    .map_err(|error| unkept(&path, error))
            }
        }
    }
}

/// A place for one secret. Dropped, it leaves what was there before, and the record of what was asked for.
#[derive(Debug)]
#[must_use = "the place is given up when this is dropped"]
pub(crate) struct Reservation {
    file: SecretFile,
    /// `None` for memory.
    placeholder: Option<Placeholder>,
    /// The record of before.
    before: Option<SecretRecord>,
    record: SecretRecord,
}

impl Reservation {
    /// Keeps the secret and its id. The id goes first: from the moment that the secret is in its place another run may
    /// reserve the next one, and must see what it is. Until then the digest shows that the id is of no secret here.
    pub(crate) fn fill(self, secret: &SecretString, key_id: &str) -> Result<(), Failure> {
        let Self {
            file,
            placeholder,
            record,
            ..
        } = self;
        let record = SecretRecord {
            key_id: Some(key_id.to_owned()),
            digest: Some(digest_of(secret)),
            ..record
        };
        file.store(&record)?;
        match (&file.place, placeholder) {
            (SecretLocation::Memory(kept), _) => lock(kept).secret = Some(secret.clone()),
            (SecretLocation::Disk { path, .. }, Some(placeholder)) => placeholder
                .fill(path, secret.expose_secret())
                .map_err(|error| unkept(path, error))?,
            (SecretLocation::Disk { .. }, None) => {
                unreachable!("a place on disk has a placeholder")
            }
        }
        // Best effort: the secret is kept, and the name of one that is held is not taken for a lost one.
        let _ = file.store(&SecretRecord {
            requested: None,
            ..record
        });
        Ok(())
    }

    /// Gives the place up because Entra made no secret for certain.
    pub(crate) fn release(self) -> Result<(), Failure> {
        self.file.settle_request()
    }

    /// Gives the place up after the secret was removed again: the record is as if none had been asked for, so that the
    /// application does not count as used here.
    pub(crate) fn withdraw(self) -> Result<(), Failure> {
        match (&self.before, &self.file.place) {
            (Some(before), _) => self.file.store(before),
            (None, SecretLocation::Memory(kept)) => {
                lock(kept).record = None;
                Ok(())
            }
            (None, SecretLocation::Disk { path, .. }) => {
                let path = with_ending(path, "json");
                files::remove_private(&path).map_err(|error| unkept(&path, error))
            }
        }
    }
}

fn lock(kept: &Mutex<MemoryFile>) -> std::sync::MutexGuard<'_, MemoryFile> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read(path: &Path) -> Result<Option<SecretString>, Failure> {
    match files::read_private(path) {
        Ok(text) => Ok(Some(SecretString::from(text.trim()))),
        Err(FileError::Missing(_)) => Ok(None),
        Err(error) => Err(unreadable(path, error)),
    }
}

/// A file with a record next to it belongs to the application that has its very name.
fn read_former(path: &Path) -> Result<Option<SecretString>, Failure> {
    if with_ending(path, "json").exists() {
        return Ok(None);
    }
    read(path)
}

fn unreadable(path: &Path, error: FileError) -> Failure {
    Failure::new(format!("read the client secret in {}", path.display())).problem(error.into())
}

fn unkept(path: &Path, error: FileError) -> Failure {
    Failure::new(format!("keep a client secret in {}", path.display()))
        .problem(error.unwritten(path))
        .next("or keep it in another folder, with a spec file of its own: -f FOLDER/amw-rw.yaml")
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{ending}"));
    name.into()
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

fn digest_of(secret: &SecretString) -> String {
    let bytes = secret.expose_secret().as_bytes();
    STANDARD.encode(digest::digest(&digest::SHA256, bytes))
}

/// Letters, digits, `-` and `_` as they are, all else percent-encoded; the end of a long name becomes a digest.
///
/// Letters and digits of every script stay: encoding them now would lose the files that earlier runs wrote.
fn file_name(application: &str) -> String {
    let mut name = String::new();
    for letter in application.chars() {
        if letter.is_alphanumeric() || "-_".contains(letter) {
            name.push(letter);
        } else {
            let letter = letter.to_string();
            name.extend(utf8_percent_encode(&letter, NON_ALPHANUMERIC));
        }
    }
    if name.len() <= LONGEST_NAME {
        return name;
    }
    let digest = digest::digest(&digest::SHA256, application.as_bytes());
    let mut short: String = name.chars().take(LONGEST_NAME / 4).collect();
    for byte in &digest.as_ref()[..16] {
        // `~` is not in any other name.
        let mark = if short.contains('~') { "" } else { "~" };
        write!(short, "{mark}{byte:02x}").expect("a String takes any text");
    }
    short
}

/// As version 0.1 named it.
fn former_file_name(application: &str) -> String {
    let kept = |letter: char| letter.is_alphanumeric() || letter == '-';
    application
        .chars()
        .map(|letter| if kept(letter) { letter } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(secret: Option<SecretString>) -> Option<String> {
        secret.map(|secret| secret.expose_secret().to_owned())
    }

    fn keep_first(file: &SecretFile) {
        let place = file.reserve("id", "first").unwrap();
        place.fill(&"one".into(), "key-1").unwrap();
    }

    #[test]
    fn two_applications_never_share_a_file() {
        let long = "x".repeat(200);
        let names = [
            "team a", "team_a", "team-a", "team.a", "team%20a", "té", &long,
        ];

        let files: std::collections::HashSet<String> =
            names.iter().map(|name| file_name(name)).collect();

        assert_eq!(files.len(), names.len());
        assert!(files.iter().all(|name| name.len() <= LONGEST_NAME));
        assert_eq!(file_name("team a"), "team%20a");
        assert_eq!(file_name("amw-rw-aks_prod"), "amw-rw-aks_prod");
    }

    #[test]
    fn a_file_of_the_former_name_is_still_found_unless_it_is_another_applications() {
        let folder = tempfile::tempdir().unwrap();
        let (spaced, plain) = (
            SecretFile::in_folder(folder.path(), "team a"),
            SecretFile::in_folder(folder.path(), "team_a"),
        );
        files::write_private(&folder.path().join("team_a.client-secret"), "old").unwrap();

        assert_eq!(text(spaced.read().unwrap()).as_deref(), Some("old"));
        plain
            .reserve("app", "amw-rw 1")
            .unwrap()
            .fill(&"new".into(), "key")
            .unwrap();

        assert_eq!(text(spaced.read().unwrap()), None);
        assert_eq!(text(plain.read().unwrap()).as_deref(), Some("new"));
    }

    #[test]
    fn a_request_without_a_reply_is_remembered_and_the_held_secret_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = SecretFile::in_folder(folder.path(), "app");
        keep_first(&file);

        drop(file.reserve("id", "second").unwrap());

        let record = file.record().unwrap().unwrap();
        assert_eq!(record.requested.as_deref(), Some("second"));
        assert_eq!(record.key_id.as_deref(), Some("key-1"));
        assert_eq!(text(file.read().unwrap()).as_deref(), Some("one"));
        assert!(!folder.path().join("app.client-secret.new").exists());

        file.reserve("other", "third").unwrap().withdraw().unwrap();
        assert_eq!(file.record().unwrap().unwrap(), record);

        file.reserve("id", "third").unwrap().release().unwrap();
        assert_eq!(file.record().unwrap().unwrap().requested, None);
    }

    #[test]
    fn the_key_id_of_another_secret_is_not_given() {
        let folder = tempfile::tempdir().unwrap();
        let file = SecretFile::in_folder(folder.path(), "app");
        keep_first(&file);

        files::write_private(file.path().unwrap(), "by hand").unwrap();

        assert_eq!(file.record().unwrap().unwrap().key_id, None);
    }

    #[test]
    fn a_first_request_that_was_withdrawn_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = SecretFile::in_folder(folder.path(), "app");

        file.reserve("id", "first").unwrap().withdraw().unwrap();

        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn memory_works_like_a_file() {
        let file = SecretFile::in_memory();

        keep_first(&file);

        assert_eq!(text(file.read().unwrap()).as_deref(), Some("one"));
        assert_eq!(
            file.record().unwrap().unwrap().key_id.as_deref(),
            Some("key-1")
        );
    }
}
