//! Data collection endpoints, where samples come in, and the rules that decide where samples go.

use jiff::Timestamp;
use serde_json::Value;

use super::{StoredResourceId, Tags, guid_for};

/// The stream of a rule that takes Prometheus metrics.
pub(crate) const PROMETHEUS_STREAM: &str = "Microsoft-PrometheusMetrics";

/// A data collection endpoint.
#[derive(Clone, Debug)]
pub(crate) struct StoredEndpoint {
    pub(crate) id: StoredResourceId,
    pub(crate) location: String,
    pub(crate) tags: Tags,
    pub(crate) kind: Option<String>,
    pub(crate) description: Option<String>,
    /// `dce-` and 32 hexadecimal digits.
    pub(crate) immutable_id: String,
    /// Tells its hosts from others, such as `prod-gb69.westeurope-1`.
    pub(crate) ingestion_label: String,
    /// A host that it names instead of its own, as an attacker who controls the answers could write.
    pub(crate) foreign_host: Option<&'static str>,
    /// `Enabled`, `Disabled` or `SecuredByPerimeter`.
    pub(crate) public_network_access: String,
    pub(crate) created: Timestamp,
}

/// A data collection rule.
#[derive(Clone, Debug)]
pub(crate) struct StoredRule {
    pub(crate) id: StoredResourceId,
    pub(crate) location: String,
    pub(crate) tags: Tags,
    pub(crate) kind: Option<String>,
    pub(crate) description: Option<String>,
    /// `dcr-` and 32 hexadecimal digits; a rule that is deleted and created again gets another one.
    pub(crate) immutable_id: String,
    pub(crate) endpoint: Option<StoredResourceId>,
    pub(crate) accounts: Vec<MonitoringAccount>,
    pub(crate) flows: Vec<DataFlow>,
    /// Empty for a rule that only takes remote writes.
    pub(crate) data_sources: Value,
    pub(crate) created: Timestamp,
}

/// A workspace as the destination of a rule.
#[derive(Clone, Debug)]
pub(crate) struct MonitoringAccount {
    /// How the rule's flows call it.
    pub(crate) name: String,
    pub(crate) workspace: StoredResourceId,
}

/// Which streams go to which of a rule's destinations.
#[derive(Clone, Debug)]
pub(crate) struct DataFlow {
    pub(crate) streams: Vec<String>,
    pub(crate) destinations: Vec<String>,
}

/// Tells one resource's hosts from others': the name, four characters that only this resource has, and the region.
pub(crate) fn host_label(id: &StoredResourceId, location: &str) -> String {
    let hash = guid_for(&format!("host of {}", id.folded()))
        .simple()
        .to_string();
    let name = id.name().to_ascii_lowercase();
    // Four characters, as in `amw1-gb69`; query hosts have had sixteen since 2024 (recorded).
    format!("{name}-{}.{location}", &hash[..4])
}
