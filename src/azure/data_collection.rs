//! Which rule takes the samples, and at which endpoint?

use serde::Deserialize;

use super::error::AzureError;
use super::reader::Reader;
use super::resource::Resource;
use crate::spec::ids::{Region, ResourceId};

const API_VERSION: &str = "2023-03-11";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) id: ResourceId,
    pub(crate) region: Region,
    /// `dcr-` and 32 hexadecimal digits; another one after the rule was deleted and made again.
    pub(crate) immutable_id: String,
    /// The only endpoint whose host the rule accepts data at.
    pub(crate) endpoint: Option<ResourceId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) id: ResourceId,
    pub(crate) region: Region,
    /// Base URL that takes metrics; the portal shows the one for logs.
    pub(crate) metrics: String,
    /// False when only private links reach it.
    pub(crate) is_public: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RuleProperties {
    immutable_id: String,
    data_collection_endpoint_id: Option<ResourceId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EndpointProperties {
    metrics_ingestion: MetricsIngestion,
    #[serde(default)]
    network_acls: NetworkAcls,
}

#[derive(Deserialize)]
struct MetricsIngestion {
    endpoint: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct NetworkAcls {
    public_network_access: Option<String>,
}

pub(crate) async fn rule(azure: &Reader, id: &ResourceId) -> Result<Option<Rule>, AzureError> {
    let found: Option<Resource<RuleProperties>> =
        azure.find(&azure.resource(id, API_VERSION)).await?;
    Ok(found.map(|rule| Rule {
        id: rule.id,
        region: rule.location,
        immutable_id: rule.properties.immutable_id,
        endpoint: rule.properties.data_collection_endpoint_id,
    }))
}

pub(crate) async fn endpoint(
    azure: &Reader,
    id: &ResourceId,
) -> Result<Option<Endpoint>, AzureError> {
    let found: Option<Resource<EndpointProperties>> =
        azure.find(&azure.resource(id, API_VERSION)).await?;
    Ok(found.map(|endpoint| Endpoint {
        id: endpoint.id,
        region: endpoint.location,
        metrics: endpoint.properties.metrics_ingestion.endpoint,
        is_public: endpoint
            .properties
            .network_acls
            .public_network_access
            .as_deref()
            != Some("Disabled"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{Fake, says};
    use serde_json::json;

    const ID: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.Insights/dataCollectionEndpoints/e";

    #[tokio::test]
    async fn an_endpoint_behind_private_links_is_not_public() {
        let answer = |access: &str| {
            let properties = json!({
                "logsIngestion": { "endpoint": "https://e.ingest" },
                "metricsIngestion": { "endpoint": "https://e.metrics.ingest" },
                "networkAcls": { "publicNetworkAccess": access },
            });
            says(
                200,
                json!({ "id": ID, "location": "westeurope", "properties": properties }).to_string(),
            )
        };
        let fake = Fake::in_turn([answer("Enabled"), answer("Disabled")]).await;
        let (azure, id) = (fake.reader(), ID.parse().unwrap());

        let open = endpoint(&azure, &id).await.unwrap().unwrap();
        let closed = endpoint(&azure, &id).await.unwrap().unwrap();

        assert_eq!(open.metrics, "https://e.metrics.ingest");
        assert!(open.is_public && !closed.is_public);
    }
}
