//! Azure Monitor workspaces.

use jiff::Timestamp;
use uuid::Uuid;

use super::{StoredResourceId, Tags};

/// An Azure Monitor workspace.
#[derive(Clone, Debug)]
pub(crate) struct StoredWorkspace {
    pub(crate) id: StoredResourceId,
    pub(crate) location: String,
    pub(crate) tags: Tags,
    pub(crate) account_id: Uuid,
    /// Tells its query endpoint from others, such as `prod-v8hx.westeurope`.
    pub(crate) query_label: String,
    /// A host that it names for queries instead of its own.
    pub(crate) foreign_host: Option<&'static str>,
    /// Whether the query endpoint answers on the public network.
    pub(crate) public_network_access: bool,
    /// Whether rights on the resources that write to it let one read their metrics in it.
    pub(crate) resource_permissions: bool,
    pub(crate) default_rule: StoredResourceId,
    pub(crate) default_endpoint: StoredResourceId,
    /// How many more reads find it still being provisioned.
    pub(crate) reads_until_ready: u32,
    /// How many more writes of its metrics container are refused.
    pub(crate) container_refusals: u32,
    pub(crate) created: Timestamp,
}
