//! Resources that are kept as they were written: nothing in the sandbox acts on their content.

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{StoredResourceId, Tags};

/// A resource of any type that has no state of its own.
#[derive(Clone, Debug)]
pub(crate) struct StoredDocument {
    pub(crate) id: StoredResourceId,
    /// Such as `Microsoft.Insights/metricAlerts`.
    pub(crate) kind: &'static str,
    pub(crate) location: Option<String>,
    pub(crate) tags: Tags,
    /// Top-level fields other than `properties`.
    pub(crate) attributes: Map<String, Value>,
    pub(crate) properties: Map<String, Value>,
    /// A change that is still in progress.
    pub(crate) pending: Option<Uuid>,
    pub(crate) created: Timestamp,
}
