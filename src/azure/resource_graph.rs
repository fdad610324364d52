//! What is there across subscriptions? Resource Graph, and plain lists where it is refused.
//!
//! Results are seconds to minutes old and hold only what the caller may read: good for offering, never for concluding
//! that something does not exist.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::address::Address;
use super::error::AzureError;
use super::managed_clusters;
use super::meaning::refusal_meaning::RefusalMeaning;
use super::paging::RequestedPages;
use super::reader::Reader;
use super::subscriptions;
use super::workspaces::{self, WorkspaceResponse};
use crate::facts::ManagedCluster;
use crate::spec::ids::{Region, ResourceId, SubscriptionId};

const API_VERSION: &str = "2021-03-01";
const PAGE: u32 = 1000;

const CLUSTERS: &str = "\
resources
| where type in~ ('microsoft.containerservice/managedclusters','microsoft.kubernetes/connectedclusters')
| project id, name, type, location, resourceGroup, subscriptionId, tenantId, identity, sku, kind, tags,
          nodeResourceGroup = tostring(properties.nodeResourceGroup),
          issuer = coalesce(tostring(properties.oidcIssuerProfile.issuerURL), tostring(properties.oidcIssuerProfile.issuerUrl)),
          workloadIdentity = tobool(properties.securityProfile.workloadIdentity.enabled),
          managedPrometheus = tobool(properties.azureMonitorProfile.metrics.enabled),
          power = tostring(properties.powerState.code), connectivity = tostring(properties.connectivityStatus)
| order by id asc";

const WORKSPACES: &str = "\
resources
| where type =~ 'microsoft.monitor/accounts'
| project id, name, location, resourceGroup, subscriptionId, tenantId,
          query = tostring(properties.metrics.prometheusQueryEndpoint), accountId = tostring(properties.accountId),
          dcr = tostring(properties.defaultIngestionSettings.dataCollectionRuleResourceId),
          dce = tostring(properties.defaultIngestionSettings.dataCollectionEndpointResourceId)
| order by id asc";

/// A resource that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResourceRow {
    pub(crate) id: ResourceId,
    pub(crate) name: String,
    pub(crate) region: Region,
}

/// The columns of the queries that are used.
#[derive(Deserialize)]
struct ResourceColumns {
    id: ResourceId,
    location: Region,
}

impl ResourceRow {
    fn new(id: ResourceId, region: Region) -> Self {
        Self {
            name: id.name().to_owned(),
            id,
            region,
        }
    }
}

impl From<ManagedCluster> for ResourceRow {
    fn from(cluster: ManagedCluster) -> Self {
        Self::new(cluster.id, cluster.region)
    }
}

impl From<WorkspaceResponse> for ResourceRow {
    fn from(workspace: WorkspaceResponse) -> Self {
        Self::new(workspace.id, workspace.location)
    }
}

/// Clusters in these subscriptions, or in all that are visible. Arc clusters are missing when Resource Graph is.
pub(crate) async fn clusters(
    azure: &Reader,
    only: Option<&[SubscriptionId]>,
) -> Result<Vec<ResourceRow>, AzureError> {
    query_or_list(azure, CLUSTERS, only, managed_clusters::list).await
}

/// Workspaces in these subscriptions, or in all that are visible.
pub(crate) async fn workspaces(
    azure: &Reader,
    only: Option<&[SubscriptionId]>,
) -> Result<Vec<ResourceRow>, AzureError> {
    query_or_list(azure, WORKSPACES, only, workspaces::list).await
}

/// The rows of a query; where Resource Graph cannot be used, what `list` finds in each subscription.
async fn query_or_list<Found: Into<ResourceRow>>(
    azure: &Reader,
    text: &str,
    only: Option<&[SubscriptionId]>,
    list: impl AsyncFn(&Reader, &SubscriptionId) -> Result<Vec<Found>, AzureError>,
) -> Result<Vec<ResourceRow>, AzureError> {
    match query::<ResourceColumns>(azure, text, only).await {
        Err(error) if error.means(RefusalMeaning::NoResourceGraph) => {
            list_each(azure, only, list).await
        }
        rows => {
            let rows = rows?.into_iter();
            Ok(rows
                .map(|row| ResourceRow::new(row.id, row.location))
                .collect())
        }
    }
}

#[derive(Deserialize)]
struct ResourceGraphResponse<Row> {
    data: Vec<Row>,
    #[serde(rename = "$skipToken")]
    skip_token: Option<String>,
}

async fn query<Row: DeserializeOwned>(
    azure: &Reader,
    query: &str,
    only: Option<&[SubscriptionId]>,
) -> Result<Vec<Row>, AzureError> {
    let address =
        azure.resource_manager("providers/Microsoft.ResourceGraph/resources", API_VERSION);
    let pages = pages(azure, &address, query, only);
    azure.watched(address.url()?, pages).await
}

async fn pages<Row: DeserializeOwned>(
    azure: &Reader,
    address: &Address,
    query: &str,
    only: Option<&[SubscriptionId]>,
) -> Result<Vec<Row>, AzureError> {
    let mut rows = Vec::new();
    let mut skip_token = None;
    let mut trail = RequestedPages::from(address.url()?);
    loop {
        let answer: ResourceGraphResponse<Row> = azure
            .ask(address, &request(query, only, skip_token.as_deref()))
            .await?;
        rows.extend(answer.data);
        // `resultTruncated` is the text "true" or "false" (recorded), and is not needed: only the token leads to more.
        skip_token = answer.skip_token.filter(|token| !token.is_empty());
        match &skip_token {
            Some(token) => trail.step(token)?,
            None => return Ok(rows),
        }
    }
}

/// Without subscriptions, the query is for the whole tenant.
fn request(query: &str, only: Option<&[SubscriptionId]>, skip_token: Option<&str>) -> Value {
    let mut body = json!({
        "query": query,
        // 1000 is the most that is allowed. The quota is about 15 queries in 5 seconds for a user, so few large pages
        // are better.
        "options": { "resultFormat": "objectArray", "$top": PAGE },
    });
    if let Some(only) = only {
        body["subscriptions"] = json!(only);
    }
    if let Some(token) = skip_token {
        body["options"]["$skipToken"] = json!(token);
    }
    body
}

/// Subscription by subscription, side by side.
async fn list_each<Found: Into<ResourceRow>>(
    azure: &Reader,
    only: Option<&[SubscriptionId]>,
    list: impl AsyncFn(&Reader, &SubscriptionId) -> Result<Vec<Found>, AzureError>,
) -> Result<Vec<ResourceRow>, AzureError> {
    let visible = match only {
        Some(only) => only.to_vec(),
        None => subscriptions::list(azure)
            .await?
            .into_iter()
            .map(|subscription| subscription.id)
            .collect(),
    };
    let lists = visible.iter().map(|subscription| list(azure, subscription));
    let found = futures_util::future::try_join_all(lists).await?;
    Ok(found.into_iter().flatten().map(Into::into).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{FakeService, says};

    const ONE: &str = "11111111-1111-1111-1111-111111111111";

    fn id(name: &str) -> String {
        format!("/subscriptions/{ONE}/resourceGroups/g/providers/Microsoft.Monitor/accounts/{name}")
    }

    #[tokio::test]
    async fn every_page_of_the_graph_is_read() {
        let fake = FakeService::new(|seen, _| match seen.body.contains("page-2") {
            false => says(
                200,
                json!({ "$skipToken": "page-2", "data": [{ "id": id("a"), "location": "westeurope", "query": "https://q" }] })
                    .to_string(),
            ),
            true => says(200, json!({ "data": [{ "id": id("b"), "location": "westeurope", "query": "" }] }).to_string()),
        })
        .await;

        let found = workspaces(&fake.reader(), Some(&[ONE.parse().unwrap()]))
            .await
            .unwrap();

        let names: Vec<&str> = found.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert!(
            fake.seen()[0]
                .body
                .contains(&format!(r#""subscriptions":["{ONE}"]"#))
        );
    }

    #[tokio::test]
    async fn without_the_graph_each_subscription_is_listed() {
        let fake = FakeService::new(|seen, _| {
            if seen.line.contains("Microsoft.ResourceGraph") {
                says(403, r#"{"error":{"code":"AuthorizationFailed"}}"#)
            } else if seen.line.contains("Microsoft.Monitor") {
                says(200, json!({ "value": [{ "id": id("a"), "location": "westeurope", "properties": {} }] }).to_string())
            } else {
                let subscription = json!({ "subscriptionId": ONE, "displayName": "n", "tenantId": ONE, "state": "Enabled" });
                says(200, json!({ "value": [subscription] }).to_string())
            }
        })
        .await;

        let found = workspaces(&fake.reader(), None).await.unwrap();

        assert_eq!(found[0].name, "a");
        assert_eq!(fake.lines().len(), 3);
    }

    #[tokio::test]
    async fn a_cluster_row_may_lack_most_of_it() {
        let row = json!({ "id": id("c"), "location": "westeurope", "issuer": "", "workloadIdentity": null, "power": "Running" });
        let fake = FakeService::in_turn([says(200, json!({ "data": [row] }).to_string())]).await;

        let found = clusters(&fake.reader(), None).await.unwrap();

        assert_eq!(found[0].region.as_str(), "westeurope");
        assert!(!fake.seen()[0].body.contains("subscriptions\":"));
    }
}
