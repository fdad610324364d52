//! How is a cluster made to issue tokens that Entra can trust? Changes the two switches and nothing else of it.

use std::time::Duration;

use serde_json::{Value, json};

use super::address::Address;
use super::error::AzureError;
use super::long_running::StateListener;
use super::managed_clusters::{self, API_VERSION, ManagedClusterResponse, OLDER_API_VERSION};
use super::meaning::refusal_meaning::RefusalMeaning;
use super::not_yet::{until, while_not_yet};
use super::reader::Reader;
use super::writer::Writer;
use crate::facts::ManagedCluster;
use crate::network::retry_policy::RetryPolicy;
use crate::spec::ids::ResourceId;

/// How long another change of the cluster may take, or the issuer to appear after ours.
const SETTLING: Duration = Duration::from_secs(20 * 60);

/// Turns on the token issuer and the webhook. It restarts the API server and cannot be undone: ask first.
pub(crate) async fn enable(
    azure: &Writer,
    id: &ResourceId,
    watch: StateListener<'_>,
) -> Result<ManagedCluster, AzureError> {
    let changed = match change_when_free(azure, id, watch).await {
        // Another client changed the cluster between our read and our write. Read again and change only the two
        // switches; a second conflict in a row is for the user.
        Err(error) if error.means(RefusalMeaning::ChangedMeanwhile) => {
            change_when_free(azure, id, watch).await?
        }
        changed => changed?,
    };
    match changed.issuer {
        // Usually there: recordings have `issuerURL` in the first answer to the PUT, and it never changes later.
        Some(_) => Ok(changed),
        None => wait_for_issuer(azure, id, watch).await,
    }
}

/// Changes the cluster as soon as no other operation is in progress on it, from a fresh read each time.
async fn change_when_free(
    azure: &Writer,
    id: &ResourceId,
    watch: StateListener<'_>,
) -> Result<ManagedCluster, AzureError> {
    let waiting = azure.http().waiting(RetryPolicy::replication(SETTLING));
    while_not_yet(waiting, is_busy, || async {
        let changed = change(azure, id, watch).await;
        if changed.as_ref().is_err_and(is_busy) {
            watch("another operation is in progress");
        }
        changed
    })
    .await
}

fn is_busy(error: &AzureError) -> bool {
    error.means(RefusalMeaning::ClusterBusy)
}

/// Properties of a cluster that only AKS writes.
const READ_ONLY: [&str; 8] = [
    "azurePortalFQDN",
    "currentKubernetesVersion",
    "fqdn",
    "maxAgentPools",
    "powerState",
    "privateFQDN",
    "provisioningState",
    "resourceUID",
];

/// Takes away what cannot be written, so that no value that was only read is sent back as a request. AKS ignored these fields in every
/// recorded write; what is unknown to us stays.
fn without_read_only_fields(cluster: &mut Value) {
    if let Some(cluster) = cluster.as_object_mut() {
        cluster.retain(|name, _| !["eTag", "systemData"].contains(&name.as_str()));
    }
    if let Some(properties) = cluster["properties"].as_object_mut() {
        properties.retain(|name, _| !READ_ONLY.contains(&name.as_str()));
    }
    if let Some(issuer) = cluster["properties"]["oidcIssuerProfile"].as_object_mut() {
        issuer.remove("issuerURL");
    }
}

/// Read, change, write back whole: a cluster has no other way, and the `If-Match` keeps what others wrote meanwhile.
async fn change(
    azure: &Writer,
    id: &ResourceId,
    watch: StateListener<'_>,
) -> Result<ManagedCluster, AzureError> {
    let (address, mut cluster) = ended(azure, id, watch).await?;
    // Optional: api-versions 2024-09-01, 2025-02-01 and 2025-08-01 were recorded without it.
    let etag = cluster["eTag"].as_str().map(str::to_owned);
    without_read_only_fields(&mut cluster);
    let properties = &mut cluster["properties"];
    properties["oidcIssuerProfile"]["enabled"] = json!(true);
    properties["securityProfile"]["workloadIdentity"]["enabled"] = json!(true);
    // To the api-version that was read: with an older one AKS would silently drop the fields that it does not know.
    let changed: ManagedClusterResponse = azure
        .put_if_unchanged(&address, &cluster, etag.as_deref(), watch)
        .await?;
    Ok(changed.into())
}

/// The whole cluster as it is once no other change goes on, with the address by whose version it was read.
async fn ended(
    azure: &Reader,
    id: &ResourceId,
    watch: StateListener<'_>,
) -> Result<(Address, Value), AzureError> {
    let waiting = azure.http().waiting(RetryPolicy::replication(SETTLING));
    let ended = until(waiting, || async {
        let (address, cluster) = read_whole(azure, id).await?;
        let state = cluster["properties"]["provisioningState"]
            .as_str()
            .unwrap_or("Succeeded");
        let has_ended = ["Succeeded", "Failed", "Canceled"].contains(&state);
        if !has_ended {
            watch(state);
        }
        Ok(has_ended.then_some((address, cluster)))
    });
    ended
        .await?
        .ok_or_else(|| timed_out("another change of", id))
}

async fn read_whole(azure: &Reader, id: &ResourceId) -> Result<(Address, Value), AzureError> {
    let newer = azure.resource(id, API_VERSION);
    match azure.get(&newer).await {
        Err(error) if error.means(RefusalMeaning::UnknownVersion) => {
            let older = azure.resource(id, OLDER_API_VERSION);
            let cluster = azure.get(&older).await?;
            Ok((older, cluster))
        }
        cluster => Ok((newer, cluster?)),
    }
}

async fn wait_for_issuer(
    azure: &Reader,
    id: &ResourceId,
    watch: StateListener<'_>,
) -> Result<ManagedCluster, AzureError> {
    let waiting = azure.http().waiting(RetryPolicy::replication(SETTLING));
    let enabled = until(waiting, || async {
        let cluster = managed_clusters::get(azure, id).await?;
        let cluster = cluster.filter(|cluster| cluster.issuer.is_some());
        if cluster.is_none() {
            watch("waiting for the issuer's address");
        }
        Ok(cluster)
    });
    enabled
        .await?
        .ok_or_else(|| timed_out("the token issuer of", id))
}

fn timed_out(what: &str, id: &ResourceId) -> AzureError {
    AzureError::TimedOut {
        what: format!("{what} cluster {}", id.name()),
        after: SETTLING,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{FakeService, ScriptedReply, says};

    const ID: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c";

    fn cluster(etag: &str, properties: &Value) -> ScriptedReply {
        let body =
            json!({ "id": ID, "location": "westeurope", "eTag": etag, "properties": properties });
        says(200, body.to_string())
    }

    fn enabled() -> Value {
        json!({ "provisioningState": "Succeeded", "oidcIssuerProfile": { "enabled": true, "issuerURL": "https://issuer/1/" } })
    }

    async fn turn_on(fake: &FakeService) -> Result<ManagedCluster, AzureError> {
        enable(
            &Writer::for_test(fake.reader()),
            &ID.parse().unwrap(),
            &|_| {},
        )
        .await
    }

    #[tokio::test]
    async fn everything_else_of_the_cluster_goes_back_as_it_came() {
        let before = json!({ "provisioningState": "Succeeded", "fqdn": "c.azmk8s.io", "somethingNew": { "deep": [1, 2] } });
        let fake = FakeService::in_turn([cluster("v1", &before), cluster("v2", &enabled())]).await;

        let cluster = turn_on(&fake).await.unwrap();

        let put = &fake.seen()[1];
        let sent: Value = serde_json::from_str(&put.body).unwrap();
        assert_eq!(cluster.issuer.as_deref(), Some("https://issuer/1/"));
        assert_eq!(put.header("if-match"), "v1");
        assert_eq!(
            sent["properties"],
            json!({
                "somethingNew": { "deep": [1, 2] },
                "oidcIssuerProfile": { "enabled": true },
                "securityProfile": { "workloadIdentity": { "enabled": true } },
            })
        );
    }

    #[tokio::test]
    async fn a_concurrent_change_is_read_and_kept() {
        let before = json!({ "provisioningState": "Succeeded" });
        let fake = FakeService::in_turn([
            cluster("v1", &before),
            says(412, r#"{"error":{"code":"EtagMismatch"}}"#),
            cluster("v2", &before),
            cluster("v3", &enabled()),
        ])
        .await;

        turn_on(&fake).await.unwrap();

        assert_eq!(fake.seen()[3].header("if-match"), "v2");
    }

    #[tokio::test]
    async fn another_operation_is_waited_for_and_the_cluster_read_again() {
        let before = json!({ "provisioningState": "Succeeded" });
        // Without the wrapper `error`, as AKS sends it.
        let busy = r#"{"code":"EtagMismatch","details":null,"message":"Operation is not allowed: Another operation is in progress","subcode":"PutManagedClusterAndAgentPools_FailedPrecondition","target":null}"#;
        let fake = FakeService::in_turn([
            cluster("v1", &before),
            says(409, busy),
            cluster("v2", &before),
            says(409, r#"{"error":{"code":"OperationNotAllowed","message":"Another operation (Updating) is in progress"}}"#),
            cluster("v3", &before),
            cluster("v4", &enabled()),
        ])
        .await;

        turn_on(&fake).await.unwrap();

        assert_eq!(fake.seen()[5].header("if-match"), "v3");
    }

    #[tokio::test]
    async fn what_no_wait_ends_is_not_waited_for() {
        let before = json!({ "provisioningState": "Succeeded" });
        let stopped =
            r#"{"error":{"code":"OperationNotAllowed","message":"The cluster is stopped."}}"#;
        let fake = FakeService::in_turn([cluster("v1", &before), says(409, stopped)]).await;

        assert_eq!(turn_on(&fake).await.unwrap_err().status(), Some(409));
        assert_eq!(fake.seen().len(), 2);
    }

    #[tokio::test]
    async fn a_change_that_goes_on_is_waited_for_and_so_is_the_issuer() {
        let changing = json!({ "provisioningState": "Updating" });
        let ended = json!({ "provisioningState": "Succeeded" });
        let fake = FakeService::in_turn([
            cluster("v1", &changing),
            cluster("v2", &ended),
            cluster("v3", &ended),
            cluster("v3", &ended),
            cluster("v4", &enabled()),
        ])
        .await;

        let cluster = turn_on(&fake).await.unwrap();

        assert!(cluster.issuer.is_some());
        assert_eq!(fake.seen()[2].header("if-match"), "v2");
    }

    #[tokio::test]
    async fn an_older_cloud_is_read_and_written_in_one_version() {
        let fake = FakeService::new(|seen, _| match seen.line.contains("2026-06-01") {
            true => says(400, r#"{"error":{"code":"NoRegisteredProviderFound"}}"#),
            false => cluster("v1", &enabled()),
        })
        .await;

        turn_on(&fake).await.unwrap();

        assert!(fake.lines()[2].starts_with("PUT") && fake.lines()[2].ends_with(OLDER_API_VERSION));
    }
}
