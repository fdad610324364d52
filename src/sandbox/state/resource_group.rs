//! Resource groups.

use jiff::Timestamp;

use super::{Resource, ResourceId, Tags};

/// A resource group.
#[derive(Clone, Debug)]
pub(crate) struct ResourceGroup {
    pub(crate) id: ResourceId,
    pub(crate) location: String,
    pub(crate) tags: Tags,
    /// The resource that made this group for itself, if one did.
    pub(crate) managed_by: Option<ResourceId>,
    pub(crate) created: Timestamp,
}

impl Resource for ResourceGroup {
    fn id(&self) -> &ResourceId {
        &self.id
    }

    fn created(&self) -> Timestamp {
        self.created
    }
}
