//! Which rule takes the samples, and at which endpoint?

use serde::Deserialize;

use super::error::AzureError;
use super::reader::Reader;
use super::resource::ResourceResponse;
use crate::facts::{DataCollectionEndpoint, DataCollectionRule};
use crate::spec::ids::ResourceId;

const API_VERSION: &str = "2023-03-11";

/// What the write URL names a rule by. It becomes a part of the path of a URL, so nothing else than Azure makes is read.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct ImmutableId(pub(super) String);

impl TryFrom<String> for ImmutableId {
    type Error = String;

    fn try_from(id: String) -> Result<Self, String> {
        let is_part = |each: char| each.is_ascii_alphanumeric() || each == '-';
        match id.chars().all(is_part) {
            true => Ok(Self(id)),
            false => Err(format!("`{id}` is not the immutable id of a rule")),
        }
    }
}

/// The base URL of an endpoint. Paths are put after it, so it has no end of its own that would take them in.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct EndpointUrl(pub(super) String);

impl TryFrom<String> for EndpointUrl {
    type Error = String;

    fn try_from(url: String) -> Result<Self, String> {
        let is_odd =
            |each: char| each.is_control() || each.is_whitespace() || "?#\\%".contains(each);
        match url.contains(is_odd) || url.split('/').any(|part| part == "..") {
            true => Err(format!("`{url}` is not the base URL of an endpoint")),
            false => Ok(Self(url)),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RuleProperties {
    immutable_id: ImmutableId,
    data_collection_endpoint_id: Option<ResourceId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EndpointProperties {
    metrics_ingestion: MetricsIngestion,
}

#[derive(Deserialize)]
struct MetricsIngestion {
    endpoint: EndpointUrl,
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
        // A rule that is deleted and made again has its old resource id and a new immutable id: the earlier write URL
        // then answers 404.
        immutable_id: rule.properties.immutable_id.0,
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
        // The portal's page of the endpoint shows the host for logs.
        metrics: endpoint.properties.metrics_ingestion.endpoint.0,
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

    #[test]
    fn an_immutable_id_cannot_change_the_path_of_a_url() {
        let read = |id: &str| ImmutableId::try_from(id.to_owned()).map(|id| id.0);

        assert!(read("dcr-0123456789abcdef0123456789abcdef").is_ok());
        for id in ["../evil", "a/b", "a?b", "a#b", "%2e%2e", "a b", "é"] {
            assert!(read(id).is_err(), "{id}");
        }
    }

    #[test]
    fn an_endpoint_has_no_query_and_no_way_up() {
        let read = |url: &str| EndpointUrl::try_from(url.to_owned()).is_ok();

        assert!(read(
            "https://amw-1a2b.westeurope-1.metrics.ingest.monitor.azure.com/"
        ));
        assert!(read("http://127.0.0.1:8080/ingestion/amw"));
        for url in [
            "https://h/evil?x=",
            "https://h#",
            "https://h/a/../b",
            "https://h/%2e%2e",
            "https://h\\x",
        ] {
            assert!(!read(url), "{url}");
        }
    }
}
