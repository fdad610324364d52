//! Resource groups.

use super::{Resource, ResourceId, Tags};

/// A resource group.
#[derive(Clone, Debug)]
pub(crate) struct ResourceGroup {
    pub(crate) id: ResourceId,
    pub(crate) location: String,
    pub(crate) tags: Tags,
    /// The resource that made this group for itself, if one did.
    pub(crate) managed_by: Option<ResourceId>,
}

impl Resource for ResourceGroup {
    fn id(&self) -> &ResourceId {
        &self.id
    }
}
