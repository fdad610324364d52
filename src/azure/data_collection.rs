//! Which rule takes the samples, and at which endpoint?

use serde::Deserialize;

use super::error::AzureError;
use super::reader::Reader;
use super::resource::ResourceResponse;
use crate::facts::{DataCollectionEndpoint, DataCollectionRule};
use crate::spec::ids::ResourceId;

const API_VERSION: &str = "2023-03-11";

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
}

#[derive(Deserialize)]
struct MetricsIngestion {
    endpoint: String,
}

pub(crate) async fn rule(
    azure: &Reader,
    id: &ResourceId,
) -> Result<Option<DataCollectionRule>, AzureError> {
    let found: Option<ResourceResponse<RuleProperties>> =
        azure.find(&azure.resource(id, API_VERSION)).await?;
    // The endpoint is optional on a rule: an edit of the rule can unbind it.
    Ok(found.map(|rule| DataCollectionRule {
        id: rule.id,
        region: rule.location,
        immutable_id: rule.properties.immutable_id,
        endpoint: rule.properties.data_collection_endpoint_id,
    }))
}

pub(crate) async fn endpoint(
    azure: &Reader,
    id: &ResourceId,
) -> Result<Option<DataCollectionEndpoint>, AzureError> {
    let found: Option<ResourceResponse<EndpointProperties>> =
        azure.find(&azure.resource(id, API_VERSION)).await?;
    Ok(found.map(|endpoint| DataCollectionEndpoint {
        id: endpoint.id,
        region: endpoint.location,
        // Endpoints answer three ingestion hosts (configuration, logs, metrics); only this one takes remote write.
        metrics: endpoint.properties.metrics_ingestion.endpoint,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{FakeService, says};
    use serde_json::json;

    const ID: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.Insights/dataCollectionEndpoints/e";

    #[tokio::test]
    async fn the_address_for_metrics_is_read_and_not_the_one_for_logs() {
        let properties = json!({
            "logsIngestion": { "endpoint": "https://e.ingest" },
            "metricsIngestion": { "endpoint": "https://e.metrics.ingest" },
        });
        let body = json!({ "id": ID, "location": "westeurope", "properties": properties });
        let fake = FakeService::in_turn([says(200, body.to_string())]).await;

        let found = endpoint(&fake.reader(), &ID.parse().unwrap()).await;

        assert_eq!(found.unwrap().unwrap().metrics, "https://e.metrics.ingest");
    }
}
