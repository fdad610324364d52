//! Resource groups.

use jiff::Timestamp;
use uuid::Uuid;

use super::{StoredResourceId, Tags};

/// A resource group.
#[derive(Clone, Debug)]
pub(crate) struct ResourceGroup {
    pub(crate) id: StoredResourceId,
    pub(crate) location: String,
    pub(crate) tags: Tags,
    /// The resource that made this group for itself, if one did.
    pub(crate) managed_by: Option<StoredResourceId>,
    /// The operation that deletes it.
    pub(crate) deletion: Option<Uuid>,
    pub(crate) created: Timestamp,
}
