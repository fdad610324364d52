//! Is there a workspace, and where does it take and give data?

use std::time::Duration;

use serde::Deserialize;

use super::data_collection::{self, EndpointUrl, ImmutableId};
use super::error::{AzureError, Refusal};
use super::long_running::StateListener;
use super::meaning::refusal_meaning::RefusalMeaning;
use super::not_yet::until;
use super::reader::Reader;
use super::resource::{ResourceResponse, new_in};
use super::writer::Writer;
use crate::facts::{FoundWorkspace, Rule, Workspace};
use crate::network::retry_policy::RetryPolicy;
use crate::spec::ids::{Region, ResourceId, SubscriptionId};

/// Tells the whole write URL in one answer.
const API_VERSION: &str = "2025-10-03";
/// Known in every cloud, but gives the write URL only through rule and endpoint.
const OLDER_API_VERSION: &str = "2023-04-03";

pub(crate) const KIND: &str = "Microsoft.Monitor/accounts";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WorkspaceProperties {
    #[serde(default)]
    provisioning_state: String,
    metrics: Option<Metrics>,
    default_ingestion_settings: Option<DefaultIngestionSettings>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    prometheus_query_endpoint: Option<EndpointUrl>,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
struct DefaultIngestionSettings {
    data_collection_rule_resource_id: Option<ResourceId>,
    data_collection_endpoint_resource_id: Option<ResourceId>,
    data_collection_rule_immutable_id: Option<ImmutableId>,
    ingestion_endpoints: Option<IngestionEndpoints>,
}

#[derive(Deserialize, Clone)]
struct IngestionEndpoints {
    metrics: Option<EndpointUrl>,
}

pub(super) type WorkspaceResponse = ResourceResponse<WorkspaceProperties>;

impl WorkspaceResponse {
    fn settings(&self) -> Option<&DefaultIngestionSettings> {
        self.properties.default_ingestion_settings.as_ref()
    }

    pub(super) fn query_endpoint(&self) -> Option<String> {
        // In 2023 its host had four random letters after the name, and since 2024 it has sixteen (recorded): it is read,
        // never put together.
        let metrics = self.properties.metrics.as_ref()?;
        Some(metrics.prometheus_query_endpoint.clone()?.0)
    }

    fn into_found(self, rule: Option<Rule>) -> FoundWorkspace {
        let query_endpoint = self.query_endpoint();
        FoundWorkspace {
            state: self.properties.provisioning_state,
            finished: rule
                .zip(query_endpoint)
                .map(|(rule, query_endpoint)| Workspace {
                    // Azure returns this id in lower case as a whole, group and own name included, while `name` keeps
                    // its capitals (recorded).
                    id: self.id,
                    region: self.location,
                    query_endpoint,
                    rule,
                }),
        }
    }
}

fn has_failed(found: &FoundWorkspace) -> bool {
    ["Failed", "Canceled"]
        .iter()
        .any(|end| found.state.eq_ignore_ascii_case(end))
}

impl DefaultIngestionSettings {
    /// All of it, as the newer version reports it.
    fn whole(&self) -> Option<Rule> {
        let immutable_id = self.data_collection_rule_immutable_id.clone()?.0;
        (!immutable_id.is_empty()).then_some(())?;
        Some(Rule {
            id: self.data_collection_rule_resource_id.clone()?,
            immutable_id,
            metrics_endpoint: self.ingestion_endpoints.as_ref()?.metrics.clone()?.0,
        })
    }

    /// All of it, with what the older version leaves to the rule and the endpoint.
    async fn gather(&self, azure: &Reader) -> Result<Option<Rule>, AzureError> {
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
        Ok(rule.zip(endpoint).map(|(rule, endpoint)| Rule {
            id: rule.id,
            immutable_id: rule.immutable_id,
            metrics_endpoint: endpoint.metrics,
        }))
    }
}

pub(crate) async fn get(
    azure: &Reader,
    id: &ResourceId,
) -> Result<Option<FoundWorkspace>, AzureError> {
    let newer = azure.resource(id, API_VERSION);
    let response = match azure.find::<WorkspaceResponse>(&newer).await {
        Err(error) if error.means(RefusalMeaning::UnknownVersion) => {
            azure.find(&azure.resource(id, OLDER_API_VERSION)).await?
        }
        response => response?,
    };
    let Some(response) = response else {
        return Ok(None);
    };
    // Azure fills the default settings after the creation, and versions before 2025-05 never name the immutable id and
    // the endpoint (recorded 2023 to 2026).
    let rule = match response.settings() {
        Some(settings) => match settings.whole() {
            Some(whole) => Some(whole),
            None => settings.gather(azure).await?,
        },
        None => None,
    };
    Ok(Some(response.into_found(rule)))
}

pub(super) async fn list(
    azure: &Reader,
    subscription: &SubscriptionId,
) -> Result<Vec<WorkspaceResponse>, AzureError> {
    let path = format!("subscriptions/{subscription}/providers/{KIND}");
    let address = |version| azure.resource_manager(&path, version);
    match azure.list(&address(API_VERSION)).await {
        Err(error) if error.means(RefusalMeaning::UnknownVersion) => {
            azure.list(&address(OLDER_API_VERSION)).await
        }
        all => all,
    }
}

/// Its own rule and endpoint follow a moment later: wait for them with `wait_until_ready`.
pub(crate) async fn create(
    azure: &Writer,
    id: &ResourceId,
    region: &Region,
) -> Result<(), AzureError> {
    let mut body = new_in(region);
    // The oldest version that every cloud has: a creation must not fail because a cloud lags behind. Azure answers 200
    // for a new workspace, never 201 (recorded in 14 of 14 creations).
    body["properties"] = serde_json::json!({});
    azure
        .put::<serde_json::Value>(&azure.resource(id, OLDER_API_VERSION), &body)
        .await
        .map(drop)
}

/// The workspace once it has a rule and an endpoint; `watch` gets its state at each look.
pub(crate) async fn wait_until_ready(
    azure: &Reader,
    id: &ResourceId,
    deadline: Duration,
    watch: StateListener<'_>,
) -> Result<Workspace, AzureError> {
    let waiting = azure.http().waiting(RetryPolicy::replication(deadline));
    let ready = until(waiting, || async {
        let Some(found) = get(azure, id).await? else {
            watch("not visible yet");
            return Ok(None);
        };
        watch(&found.state);
        if has_failed(&found) {
            return Err(Refusal::of_operation(&found.state).into());
        }
        let has_succeeded = found.state.eq_ignore_ascii_case("Succeeded");
        Ok(found.finished.filter(|_| has_succeeded))
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
    use crate::azure::fake::{FakeService, says};
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
    async fn one_request_returns_the_write_url() {
        let fake = FakeService::in_turn([says(200, workspace(&whole_settings()))]).await;

        let workspace = get(&fake.reader(), &ID.parse().unwrap())
            .await
            .unwrap()
            .unwrap();

        let rule = workspace.finished.unwrap().rule;
        assert_eq!(rule.immutable_id, "dcr-1");
        assert_eq!(rule.metrics_endpoint, "https://w.ingest");
        assert_eq!(fake.lines().len(), 1);
    }

    #[tokio::test]
    async fn a_cloud_that_lags_behind_is_asked_in_its_own_version() {
        let fake = FakeService::new(|seen, _| {
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

        let rule = workspace.finished.unwrap().rule;
        assert_eq!(rule.immutable_id, "dcr-2");
        assert_eq!(rule.metrics_endpoint, "https://e.ingest");
    }

    #[tokio::test]
    async fn a_new_workspace_is_waited_for_until_it_takes_data() {
        let fake = FakeService::in_turn([
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

        assert_eq!(ready.unwrap().rule.immutable_id, "dcr-1");
    }

    #[tokio::test]
    async fn waiting_has_an_end() {
        let fake = FakeService::in_turn([says(200, workspace(&Value::Null))]).await;

        let outcome = wait_until_ready(
            &fake.reader(),
            &ID.parse().unwrap(),
            Duration::from_secs(60),
            &|_| {},
        )
        .await;

        assert_eq!(
            outcome.unwrap_err().to_string(),
            "the workspace w did not finish within 60 s"
        );
    }

    #[tokio::test]
    async fn a_workspace_that_failed_is_not_waited_for() {
        let failed = workspace(&Value::Null).replace("Succeeded", "Failed");
        let fake = FakeService::in_turn([says(200, failed)]).await;

        let outcome = wait_until_ready(
            &fake.reader(),
            &ID.parse().unwrap(),
            Duration::from_secs(60),
            &|_| {},
        )
        .await;

        assert!(
            outcome
                .unwrap_err()
                .to_string()
                .contains("final state is Failed")
        );
        assert_eq!(fake.lines().len(), 1);
    }
}
