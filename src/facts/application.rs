//! What was seen of an Entra application and its secrets?

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;

use crate::spec::ids::{ApplicationObjectId, ClientId, PrincipalId};
use crate::spec::names;

/// An application as Microsoft Graph describes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Application {
    #[serde(rename = "id")]
    pub(crate) object_id: ApplicationObjectId,
    #[serde(rename = "appId")]
    pub(crate) client_id: ClientId,
    #[serde(rename = "displayName")]
    pub(crate) name: String,
    #[serde(rename = "uniqueName", default)]
    pub(crate) key: Option<String>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    /// To the second: two applications can have the same time.
    #[serde(rename = "createdDateTime", default)]
    pub(crate) created: Option<Timestamp>,
}

impl Application {
    /// On applications of ours that could not get a key.
    pub(crate) const TAG: &str = "amw-rw";

    /// Whether the directory keeps it the only one under our key.
    pub(crate) fn has_key(&self) -> bool {
        // Graph lets `uniqueName` be set once, and a deleted application keeps it for 30 days.
        self.key.as_deref() == Some(&*names::application_key(&self.name))
    }

    /// Whether it carries the mark that we set. Everybody may set it on an application of their own.
    pub(crate) fn is_marked(&self) -> bool {
        // A user who may register applications can take a key first too, so a key alone proves nothing.
        self.has_key() || self.tags.iter().any(|tag| tag == Self::TAG)
    }

    /// Which of several applications of ours is used: the oldest, and of one second the one with the smaller object id, so
    /// that all runs choose the same one.
    pub(crate) fn precedence(&self) -> (bool, Option<Timestamp>, &str) {
        (!self.is_marked(), self.created, self.object_id.as_str())
    }
}

/// Another application of ours, not the one in use, left by a run that was interrupted; nothing can sign in as it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExtraApplication {
    pub(crate) application: Application,
    /// Its service principal, where there is one.
    pub(crate) principal: Option<PrincipalId>,
}

/// A client secret as the directory lists it: never its value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListedSecret {
    pub(crate) key_id: String,
    #[serde(rename = "displayName")]
    pub(crate) name: Option<String>,
    /// The first three characters of the value.
    pub(crate) hint: Option<String>,
    #[serde(rename = "startDateTime", default)]
    pub(crate) starts: Option<Timestamp>,
    #[serde(rename = "endDateTime")]
    pub(crate) ends: Option<Timestamp>,
}

impl ListedSecret {
    pub(crate) fn is_alive(&self, now: Timestamp) -> bool {
        self.ends.is_none_or(|end| end > now)
    }
}

/// A client secret that we hold, and that the application still accepts.
#[derive(Debug, Clone)]
pub(crate) struct HeldSecret {
    pub(crate) value: SecretString,
    /// Entra's id of it, where it was recorded.
    pub(crate) key_id: Option<String>,
    /// Where none was recorded for this value: the id of the secret that the file held before.
    pub(crate) replaced_key_id: Option<String>,
    /// When the application stops accepting it.
    pub(crate) expires: Option<Timestamp>,
}

/// What this machine knows of client secrets, other than the value that it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RecordedSecret {
    /// Object id of the application that one was asked for, by a run for this very file.
    pub(crate) application: Option<String>,
    /// Display name of a secret that was asked for and not kept yet: it may exist.
    pub(crate) requested: Option<String>,
    /// Entra's id of the secret that was last kept in the file, whether or not the file still holds it.
    pub(crate) last_kept: Option<String>,
    /// Digest of the file and its machine; `None` for a secret that ends with the process.
    pub(crate) place: Option<String>,
}

impl RecordedSecret {
    /// Whether a run for this file has used that application, which the user had agreed to.
    pub(crate) fn is_of(&self, application: &ApplicationObjectId) -> bool {
        self.application.as_deref() == Some(application.as_str())
    }

    /// What is known of this application: records of another one do not describe its secrets.
    pub(crate) fn of(&self, application: &ApplicationObjectId) -> Self {
        if self.is_of(application) {
            return self.clone();
        }
        Self {
            place: self.place.clone(),
            ..Self::default()
        }
    }
}

/// A live client secret of ours that is not the one in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnheldSecret {
    pub(crate) key_id: String,
    pub(crate) name: String,
    /// Whether it was made for the file of this connection. Others may be in use by another folder or machine.
    pub(crate) made_here: bool,
}

/// What Entra answers to the value in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SecretAnswer {
    Accepted,
    /// It is wrong or has expired, in Entra's words.
    Refused(String),
}
