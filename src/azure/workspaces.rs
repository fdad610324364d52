//! Is there a workspace, and where does it take and give data?

use std::time::Duration;

use serde::Deserialize;

use super::data_collection;
use super::error::AzureError;
use super::long_running::Watch;
use super::reader::Reader;
use super::resource::{Resource, new_in};
use super::retry::{Patience, until};
use super::writer::Writer;
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
    let waiting = azure.http().waiting(Patience::replication(deadline));
    let ready = until(waiting, || async {
        let workspace = get(azure, id).await?;
        watch(
            workspace
                .as_ref()
                .map_or("not visible yet", |workspace| workspace.state.as_str()),
        );
        Ok(workspace.filter(Workspace::is_ready))
    })
    .await?;
    ready.ok_or_else(|| AzureError::TimedOut {
        what: format!("the workspace {}", id.name()),
        after: deadline,
    })
}
