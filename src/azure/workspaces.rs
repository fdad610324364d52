//! Is there a workspace, and where does it take and give data?

use std::time::Duration;

use serde::Deserialize;

use super::data_collection;
use super::error::{AzureError, Refusal};
use super::long_running::Watch;
use super::not_yet::until;
use super::reader::Reader;
use super::resource::{Resource, new_in};
use super::writer::Writer;
use crate::network::retry_policy::RetryPolicy;
use crate::spec::ids::{Region, ResourceId, SubscriptionId};

/// Tells the whole write URL in one answer.
const API_VERSION: &str = "2025-10-03";
/// Known in every cloud, but tells the write URL only through rule and endpoint.
const OLDER_API_VERSION: &str = "2023-04-03";

pub(crate) const KIND: &str = "Microsoft.Monitor/accounts";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Workspace {
    pub(crate) id: ResourceId,
    pub(crate) region: Region,
    pub(crate) state: String,
    /// Base URL of the query API, without `/api/v1`.
    pub(crate) query_endpoint: Option<String>,
    /// The workspace's own rule; `None` for the first moments, and in lists of clouds with the older version.
    pub(crate) ingestion: Option<Ingestion>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ingestion {
    pub(crate) rule: ResourceId,
    pub(crate) rule_immutable_id: String,
    /// The data collection endpoint that the rule is bound to.
    pub(crate) endpoint: Option<ResourceId>,
    /// Base URL that takes metrics.
    pub(crate) metrics_endpoint: String,
}

impl Workspace {
    /// Made to its end, with a place to write to and one to query.
    pub(crate) fn is_ready(&self) -> bool {
        self.state.eq_ignore_ascii_case("Succeeded")
            && self.ingestion.is_some()
            && self.query_endpoint.is_some()
    }

    fn has_failed(&self) -> bool {
        ["Failed", "Canceled"]
            .iter()
            .any(|end| self.state.eq_ignore_ascii_case(end))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    #[serde(default)]
    provisioning_state: String,
    metrics: Option<Metrics>,
    default_ingestion_settings: Option<DefaultIngestionSettings>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    prometheus_query_endpoint: Option<String>,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
struct DefaultIngestionSettings {
    data_collection_rule_resource_id: Option<ResourceId>,
    data_collection_endpoint_resource_id: Option<ResourceId>,
    data_collection_rule_immutable_id: Option<String>,
    ingestion_endpoints: Option<IngestionEndpoints>,
}

#[derive(Deserialize, Clone)]
struct IngestionEndpoints {
    metrics: Option<String>,
}

type Told = Resource<Properties>;

impl Told {
    fn settings(&self) -> Option<&DefaultIngestionSettings> {
        self.properties.default_ingestion_settings.as_ref()
    }

    fn into_workspace(self, ingestion: Option<Ingestion>) -> Workspace {
        Workspace {
            id: self.id,
            region: self.location,
            state: self.properties.provisioning_state,
            query_endpoint: self
                .properties
                .metrics
                .and_then(|metrics| metrics.prometheus_query_endpoint),
            ingestion,
        }
    }
}

impl DefaultIngestionSettings {
    /// All of it, as the newer version tells it.
    fn whole(&self) -> Option<Ingestion> {
        Some(Ingestion {
            rule: self.data_collection_rule_resource_id.clone()?,
            rule_immutable_id: self.data_collection_rule_immutable_id.clone()?,
            endpoint: self.data_collection_endpoint_resource_id.clone(),
            metrics_endpoint: self.ingestion_endpoints.as_ref()?.metrics.clone()?,
        })
    }

    /// All of it, with what the older version leaves to the rule and the endpoint.
    async fn gather(&self, azure: &Reader) -> Result<Option<Ingestion>, AzureError> {
        let (Some(rule), Some(endpoint)) = (
            &self.data_collection_rule_resource_id,
            &self.data_collection_endpoint_resource_id,
        ) else {
            return Ok(None);
        };
        let (rule, endpoint) = futures_util::future::try_join(
            data_collection::rule(azure, rule),
            data_collection::endpoint(azure, endpoint),
        )
        .await?;
        Ok(rule.zip(endpoint).map(|(rule, endpoint)| Ingestion {
            rule: rule.id,
            rule_immutable_id: rule.immutable_id,
            endpoint: Some(endpoint.id),
            metrics_endpoint: endpoint.metrics,
        }))
    }
}

pub(crate) async fn get(azure: &Reader, id: &ResourceId) -> Result<Option<Workspace>, AzureError> {
    let told = match azure.find::<Told>(&azure.resource(id, API_VERSION)).await {
        Err(error) if error.is_unknown_version() => {
            azure.find(&azure.resource(id, OLDER_API_VERSION)).await?
        }
        told => told?,
    };
    let Some(told) = told else {
        return Ok(None);
    };
    let ingestion = match told.settings() {
        Some(settings) => match settings.whole() {
            Some(whole) => Some(whole),
            None => settings.gather(azure).await?,
        },
        None => None,
    };
    Ok(Some(told.into_workspace(ingestion)))
}

pub(crate) async fn list(
    azure: &Reader,
    subscription: &SubscriptionId,
) -> Result<Vec<Workspace>, AzureError> {
    let path = format!("subscriptions/{subscription}/providers/{KIND}");
    let address = |version| azure.resource_manager(&path, version);
    let told: Vec<Told> = match azure.list(&address(API_VERSION)).await {
        Err(error) if error.is_unknown_version() => azure.list(&address(OLDER_API_VERSION)).await?,
        told => told?,
    };
    Ok(told
        .into_iter()
        .map(|told| {
            let ingestion = told.settings().and_then(DefaultIngestionSettings::whole);
            told.into_workspace(ingestion)
        })
        .collect())
}

/// Its own rule and endpoint follow a moment later: wait for them with `wait_until_ready`.
pub(crate) async fn create(
    azure: &Writer,
    id: &ResourceId,
    region: &Region,
) -> Result<(), AzureError> {
    let mut body = new_in(region);
    body["properties"] = serde_json::json!({});
    azure
        .put::<serde_json::Value>(&azure.resource(id, OLDER_API_VERSION), &body)
        .await
        .map(drop)
}

/// The workspace once it has a rule and an endpoint; `watch` is told its state at each look.
pub(crate) async fn wait_until_ready(
    azure: &Reader,
    id: &ResourceId,
    deadline: Duration,
    watch: Watch<'_>,
) -> Result<Workspace, AzureError> {
    let waiting = azure.http().waiting(RetryPolicy::replication(deadline));
    let ready = until(waiting, || async {
        let Some(workspace) = get(azure, id).await? else {
            watch("not visible yet");
            return Ok(None);
        };
        watch(&workspace.state);
        if workspace.has_failed() {
            return Err(Refusal::of_operation(&workspace.state).into());
        }
        Ok(workspace.is_ready().then_some(workspace))
    })
    .await?;
    ready.ok_or_else(|| AzureError::TimedOut {
        what: format!("the workspace {}", id.name()),
        after: deadline,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{Fake, says};
    use serde_json::{Value, json};

    const ID: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.Monitor/accounts/w";
    const RULE: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/MA_w/providers/Microsoft.Insights/dataCollectionRules/w";
    const ENDPOINT: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/MA_w/providers/Microsoft.Insights/dataCollectionEndpoints/w";

    fn workspace(settings: &Value) -> String {
        json!({
            "id": ID, "location": "West Europe",
            "properties": {
                "provisioningState": "Succeeded",
                "metrics": { "prometheusQueryEndpoint": "https://w.prometheus.monitor.azure.com" },
                "defaultIngestionSettings": settings,
            },
        })
        .to_string()
    }

    fn older_settings() -> Value {
        json!({ "dataCollectionRuleResourceId": RULE, "dataCollectionEndpointResourceId": ENDPOINT })
    }

    fn whole_settings() -> Value {
        let mut settings = older_settings();
        settings["dataCollectionRuleImmutableId"] = json!("dcr-1");
        settings["ingestionEndpoints"] = json!({ "metrics": "https://w.ingest" });
        settings
    }

    #[tokio::test]
    async fn one_request_tells_where_to_write() {
        let fake = Fake::in_turn([says(200, workspace(&whole_settings()))]).await;

        let workspace = get(&fake.reader(), &ID.parse().unwrap())
            .await
            .unwrap()
            .unwrap();

        let ingestion = workspace.ingestion.clone().unwrap();
        assert!(workspace.is_ready());
        assert_eq!(ingestion.rule_immutable_id, "dcr-1");
        assert_eq!(ingestion.metrics_endpoint, "https://w.ingest");
        assert_eq!(fake.lines().len(), 1);
    }

    #[tokio::test]
    async fn a_cloud_that_lags_behind_is_asked_in_its_own_version() {
        let fake = Fake::new(|seen, _| {
            if seen.line.contains("2025-10-03") {
                says(400, r#"{"error":{"code":"NoRegisteredProviderFound"}}"#)
            } else if seen.line.contains("dataCollectionRules") {
                says(200, json!({ "id": RULE, "location": "westeurope", "properties": { "immutableId": "dcr-2" } }).to_string())
            } else if seen.line.contains("dataCollectionEndpoints") {
                let properties = json!({ "metricsIngestion": { "endpoint": "https://e.ingest" } });
                says(200, json!({ "id": ENDPOINT, "location": "westeurope", "properties": properties }).to_string())
            } else {
                says(200, workspace(&older_settings()))
            }
        })
        .await;

        let workspace = get(&fake.reader(), &ID.parse().unwrap())
            .await
            .unwrap()
            .unwrap();

        let ingestion = workspace.ingestion.unwrap();
        assert_eq!(ingestion.rule_immutable_id, "dcr-2");
        assert_eq!(ingestion.metrics_endpoint, "https://e.ingest");
    }

    #[tokio::test]
    async fn a_new_workspace_is_waited_for_until_it_takes_data() {
        let fake = Fake::in_turn([
            says(404, r#"{"error":{"code":"ResourceNotFound"}}"#),
            says(200, workspace(&Value::Null)),
            says(200, workspace(&whole_settings())),
        ])
        .await;

        let ready = wait_until_ready(
            &fake.reader(),
            &ID.parse().unwrap(),
            Duration::from_secs(300),
            &|_| {},
        )
        .await;

        assert!(ready.unwrap().is_ready());
    }

    #[tokio::test]
    async fn waiting_has_an_end() {
        let fake = Fake::in_turn([says(200, workspace(&Value::Null))]).await;

        let outcome = wait_until_ready(
            &fake.reader(),
            &ID.parse().unwrap(),
            Duration::from_secs(60),
            &|_| {},
        )
        .await;

        assert_eq!(
            outcome.unwrap_err().to_string(),
            "the workspace w was not done after 60 s"
        );
    }

    #[tokio::test]
    async fn a_workspace_that_failed_is_not_waited_for() {
        let failed = workspace(&Value::Null).replace("Succeeded", "Failed");
        let fake = Fake::in_turn([says(200, failed)]).await;

        let outcome = wait_until_ready(
            &fake.reader(),
            &ID.parse().unwrap(),
            Duration::from_secs(60),
            &|_| {},
        )
        .await;

        assert!(outcome.unwrap_err().to_string().contains("ended as Failed"));
        assert_eq!(fake.lines().len(), 1);
    }
}
