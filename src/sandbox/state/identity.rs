//! User-assigned identities and the federated credentials that let clusters act as them.

use jiff::Timestamp;
use uuid::Uuid;

use super::{StoredResourceId, Tags};

/// A user-assigned identity.
#[derive(Clone, Debug)]
pub(crate) struct UserAssignedIdentity {
    pub(crate) id: StoredResourceId,
    pub(crate) location: String,
    pub(crate) tags: Tags,
    pub(crate) tenant_id: Uuid,
    /// The object id of its service principal.
    pub(crate) principal_id: Uuid,
    pub(crate) client_id: Uuid,
    pub(crate) credentials: Vec<StoredFederatedCredential>,
    /// When the latest write of a credential was done with.
    pub(crate) last_credential_write: Option<Timestamp>,
    pub(crate) created: Timestamp,
}

/// A trust in tokens of another issuer, for an identity or an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredFederatedCredential {
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) audiences: Vec<String>,
    /// Only credentials of applications have one.
    pub(crate) description: Option<String>,
    /// When it was made or last changed.
    pub(crate) changed: Timestamp,
}
