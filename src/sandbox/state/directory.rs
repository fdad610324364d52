//! The directory of the tenant: who exists, and what the tenant lets them do there.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::StoredFederatedCredential;

/// The domains of the tenant; the first is the default one.
pub(crate) const DOMAINS: [&str; 2] = ["sandbox.example", "sandbox.onmicrosoft.com"];

/// The directory of one tenant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Directory {
    pub(crate) tenant_id: Uuid,
    pub(crate) tenant_name: String,
    /// Everyone who can hold a role: users, and the service principals of applications and identities.
    pub(crate) principals: Vec<StoredPrincipal>,
    pub(crate) applications: Vec<StoredApplication>,
    /// Object ids of the principals that may make and change applications.
    pub(crate) application_administrators: Vec<Uuid>,
    /// Deleted applications: Entra keeps them for 30 days, and gives their keys to no other one.
    pub(crate) deleted_applications: Vec<StoredApplication>,
    /// Further properties of service principals that were written, by object id.
    pub(crate) principal_attributes: BTreeMap<Uuid, Map<String, Value>>,
    /// Whether a policy of the tenant forbids client secrets.
    pub(crate) secrets_forbidden: bool,
}

/// A principal that can hold a role.
#[derive(Clone, Debug)]
pub(crate) struct StoredPrincipal {
    pub(crate) object_id: Uuid,
    /// The client id, for service principals.
    pub(crate) app_id: Option<Uuid>,
    pub(crate) display_name: String,
    pub(crate) kind: StoredPrincipalKind,
    /// Client secrets of its own, which sign in as those of its application do.
    pub(crate) passwords: Vec<Password>,
    pub(crate) created: Timestamp,
}

/// What a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoredPrincipalKind {
    User,
    ServicePrincipal,
}

/// An application registration.
#[derive(Clone, Debug)]
pub(crate) struct StoredApplication {
    /// Its id in Graph's URLs; neither the client id nor the id of its service principal.
    pub(crate) object_id: Uuid,
    /// The client id.
    pub(crate) app_id: Uuid,
    pub(crate) display_name: String,
    pub(crate) tags: Vec<String>,
    /// Who may sign in, such as `AzureADMyOrg`.
    pub(crate) sign_in_audience: String,
    /// Further properties that were written, by name.
    pub(crate) attributes: Map<String, Value>,
    /// An alternate key, set once.
    pub(crate) unique_name: Option<String>,
    /// Object ids of the principals that may change it.
    pub(crate) owners: Vec<Uuid>,
    pub(crate) passwords: Vec<Password>,
    pub(crate) credentials: Vec<StoredFederatedCredential>,
    pub(crate) created: Timestamp,
}

/// A client secret.
#[derive(Clone)]
pub(crate) struct Password {
    pub(crate) key_id: Uuid,
    pub(crate) display_name: Option<String>,
    pub(crate) secret: String,
    pub(crate) starts: Timestamp,
    pub(crate) ends: Timestamp,
}

impl std::fmt::Debug for Password {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Password({})", self.key_id)
    }
}

impl Directory {
    pub(crate) fn principal(&self, object_id: Uuid) -> Option<&StoredPrincipal> {
        self.principals
            .iter()
            .find(|principal| principal.object_id == object_id)
    }

    pub(crate) fn principal_of_app(&self, app_id: Uuid) -> Option<&StoredPrincipal> {
        self.principals
            .iter()
            .find(|principal| principal.app_id == Some(app_id))
    }

    pub(crate) fn application(&self, app_id: Uuid) -> Option<&StoredApplication> {
        self.applications
            .iter()
            .find(|application| application.app_id == app_id)
    }
}

impl StoredPrincipalKind {
    /// As role assignments and Graph spell it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::ServicePrincipal => "ServicePrincipal",
        }
    }
}
