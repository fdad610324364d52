//! What was seen of an Azure Monitor workspace and of the rule and endpoint that take its samples?

use crate::spec::ids::{Region, ResourceId};
use crate::spec::ingestion_url;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Workspace {
    pub(crate) id: ResourceId,
    pub(crate) region: Region,
    /// Base URL of the query API, without `/api/v1`.
    pub(crate) query_endpoint: String,
    pub(crate) rule: Rule,
}

/// A workspace that exists and that Azure may still be making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundWorkspace {
    /// Its provisioning state, such as `Creating` or `Succeeded`.
    pub(crate) state: String,
    /// `None` while it has no place to write to or to query.
    pub(crate) finished: Option<Workspace>,
}

/// The data collection rule that takes the samples, as the workspace names it, with the endpoint it is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) id: ResourceId,
    /// `dcr-` and 32 hexadecimal digits: what the write URL names.
    pub(crate) immutable_id: String,
    /// Base URL of the endpoint that takes metrics.
    pub(crate) metrics_endpoint: String,
}

impl Rule {
    /// The whole remote-write URL.
    pub(crate) fn write_url(&self) -> String {
        ingestion_url::write_url(&self.metrics_endpoint, &self.immutable_id)
    }
}

/// The rule itself, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DataCollectionRule {
    pub(crate) id: ResourceId,
    pub(crate) region: Region,
    /// Another one after the rule was deleted and made again.
    pub(crate) immutable_id: String,
    /// The only endpoint whose host the rule accepts data at.
    pub(crate) endpoint: Option<ResourceId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DataCollectionEndpoint {
    pub(crate) id: ResourceId,
    pub(crate) region: Region,
    /// Base URL that takes metrics; the portal shows the one for logs.
    pub(crate) metrics: String,
}

/// The workspace's default rule and the endpoint it is bound to, as they are now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ingestion {
    pub(crate) rule: Option<DataCollectionRule>,
    pub(crate) endpoint: Option<DataCollectionEndpoint>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_write_url_has_one_slash_between_host_and_path() {
        let rule = Rule {
            id: "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.Insights/dataCollectionRules/r".parse().unwrap(),
            immutable_id: "dcr-0123456789abcdef0123456789abcdef".into(),
            metrics_endpoint: "https://w-ab12.westeurope-1.metrics.ingest.monitor.azure.com/".into(),
        };

        assert!(rule.write_url().starts_with(
            "https://w-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-"
        ));
    }
}
