//! Data collection endpoints, where samples come in, and the rules that say where samples go.

use serde_json::Value;

use super::{Resource, ResourceId, Tags};

/// A data collection endpoint.
#[derive(Clone, Debug)]
pub(crate) struct DataCollectionEndpoint {
    pub(crate) id: ResourceId,
    pub(crate) location: String,
    pub(crate) tags: Tags,
    pub(crate) kind: Option<String>,
    pub(crate) description: Option<String>,
    /// `dce-` and 32 hexadecimal digits.
    pub(crate) immutable_id: String,
    /// Tells its hosts from others, such as `prod-gb69.westeurope-1`.
    pub(crate) ingestion_label: String,
    /// `Enabled`, `Disabled` or `SecuredByPerimeter`.
    pub(crate) public_network_access: String,
}

/// A data collection rule.
#[derive(Clone, Debug)]
pub(crate) struct DataCollectionRule {
    pub(crate) id: ResourceId,
    pub(crate) location: String,
    pub(crate) tags: Tags,
    pub(crate) kind: Option<String>,
    pub(crate) description: Option<String>,
    /// `dcr-` and 32 hexadecimal digits; another one after the rule is deleted and made anew.
    pub(crate) immutable_id: String,
    pub(crate) endpoint: Option<ResourceId>,
    pub(crate) accounts: Vec<MonitoringAccount>,
    pub(crate) flows: Vec<DataFlow>,
    /// Empty for a rule that only takes remote writes.
    pub(crate) data_sources: Value,
}

/// A workspace as the destination of a rule.
#[derive(Clone, Debug)]
pub(crate) struct MonitoringAccount {
    /// How the rule's flows call it.
    pub(crate) name: String,
    pub(crate) workspace: ResourceId,
}

/// Which streams go to which of a rule's destinations.
#[derive(Clone, Debug)]
pub(crate) struct DataFlow {
    pub(crate) streams: Vec<String>,
    pub(crate) destinations: Vec<String>,
}

impl Resource for DataCollectionEndpoint {
    fn id(&self) -> &ResourceId {
        &self.id
    }
}

impl Resource for DataCollectionRule {
    fn id(&self) -> &ResourceId {
        &self.id
    }
}
