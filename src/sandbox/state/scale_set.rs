//! Virtual machine scale sets, which carry the identities of a cluster's nodes.

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{StoredResourceId, Tags};

/// A virtual machine scale set.
#[derive(Clone, Debug)]
pub(crate) struct StoredScaleSet {
    pub(crate) id: StoredResourceId,
    pub(crate) location: String,
    pub(crate) tags: Tags,
    /// The object id of the system-assigned identity, if it is on.
    pub(crate) system_identity: Option<Uuid>,
    /// The user-assigned identities.
    pub(crate) identities: Vec<StoredResourceId>,
    /// `upgradePolicy`, `orchestrationMode` and such.
    pub(crate) properties: Map<String, Value>,
    /// A change that is still under way.
    pub(crate) pending: Option<Uuid>,
    pub(crate) created: Timestamp,
}
