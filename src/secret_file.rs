//! Where is a client secret kept between runs? In a file of its own that only its owner can read.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use crate::error::Failure;
use crate::files::{self, FileError, Secrecy};

/// The file that holds one connection's client secret, mode 0600.
#[derive(Debug, Clone)]
pub(crate) struct SecretFile {
    path: PathBuf,
}

impl SecretFile {
    /// `amw-rw-prod.client-secret` beside the spec file.
    pub(crate) fn beside(folder: &Path, application: &str) -> Self {
        let name: String = application
            .chars()
            .map(|letter| {
                if letter.is_alphanumeric() || letter == '-' {
                    letter
                } else {
                    '_'
                }
            })
            .collect();
        Self {
            path: folder.join(format!("{name}.client-secret")),
        }
    }

    /// The secret, or `None` when there is no such file.
    pub(crate) fn read(&self) -> Result<Option<SecretString>, Failure> {
        match files::read(&self.path) {
            Ok(text) => Ok(Some(SecretString::from(text.trim()))
                .filter(|secret| !secret.expose_secret().is_empty())),
            Err(FileError::Missing(_)) => Ok(None),
            Err(error) => Err(Failure::new(format!(
                "read the client secret in {}",
                self.path.display()
            ))
            .because(error)),
        }
    }

    /// Makes sure that a secret can be kept, before one is made that is shown only once.
    pub(crate) fn reserve(&self) -> Result<(), Failure> {
        if self.path.exists() {
            Ok(())
        } else {
            self.put("")
        }
    }

    /// Takes the reservation back when no secret came of it.
    pub(crate) fn release(&self) {
        if std::fs::metadata(&self.path).is_ok_and(|file| file.len() == 0) {
            // Best effort: that there is no secret is what to tell.
            let _ = std::fs::remove_file(&self.path);
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn write(&self, secret: &SecretString) -> Result<(), Failure> {
        self.put(secret.expose_secret())
    }

    fn put(&self, text: &str) -> Result<(), Failure> {
        files::write(&self.path, text, Secrecy::Secret).map(drop).map_err(|error| {
            Failure::new(format!("keep a client secret in {}", self.path.display()))
                .because(error)
                .next("run in a folder where you may write, or name a spec file in one: --spec FILE")
        })
    }
}
