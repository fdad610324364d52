//! Virtual machines and scale sets of them, which carry identities.

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{StoredResourceId, Tags};

/// A virtual machine, or a scale set of virtual machines.
#[derive(Clone, Debug)]
pub(crate) struct StoredMachine {
    pub(crate) id: StoredResourceId,
    /// Such as `Microsoft.Compute/virtualMachines`.
    pub(crate) kind: &'static str,
    pub(crate) location: String,
    pub(crate) tags: Tags,
    /// The object id of the system-assigned identity, if it is on.
    pub(crate) system_identity: Option<Uuid>,
    /// The user-assigned identities.
    pub(crate) identities: Vec<StoredResourceId>,
    /// `upgradePolicy`, `hardwareProfile` and such.
    pub(crate) properties: Map<String, Value>,
    /// How often it was written, which is its `etag`.
    pub(crate) writes: u32,
    /// A change that is still under way.
    pub(crate) pending: Option<Uuid>,
    pub(crate) created: Timestamp,
}
