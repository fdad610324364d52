//! How is a cluster made to issue tokens that Entra can trust? Changes the two switches and nothing else of it.

use std::time::Duration;

use serde_json::{Value, json};

use super::address::Address;
use super::error::AzureError;
use super::long_running::Watch;
use super::managed_clusters::{self, API_VERSION, ManagedCluster, OLDER_API_VERSION};
use super::reader::Reader;
use super::retry::{Patience, until};
use super::writer::Writer;
use crate::spec::ids::ResourceId;

/// How long another change of the cluster may take, or the issuer to appear after ours.
const SETTLING: Duration = Duration::from_secs(20 * 60);

/// Turns on the token issuer and the webhook. It restarts the API server and cannot be undone: ask first.
pub(crate) async fn enable(
    azure: &Writer,
    id: &ResourceId,
    watch: Watch<'_>,
) -> Result<ManagedCluster, AzureError> {
    match change(azure, id, watch).await {
        Err(error) if error.status() == Some(412) => change(azure, id, watch).await?,
        done => done?,
    }
    wait_for_issuer(azure, id, watch).await
}

/// Read, change, write back whole: a cluster has no other way, and the `If-Match` keeps what others wrote meanwhile.
async fn change(azure: &Writer, id: &ResourceId, watch: Watch<'_>) -> Result<(), AzureError> {
    let (address, mut cluster) = settled(azure, id, watch).await?;
    let etag = cluster["eTag"].as_str().map(str::to_owned);
    let properties = &mut cluster["properties"];
    properties["oidcIssuerProfile"]["enabled"] = json!(true);
    properties["securityProfile"]["workloadIdentity"]["enabled"] = json!(true);
    azure
        .put_if_unchanged::<Value>(&address, &cluster, etag.as_deref(), watch)
        .await
        .map(drop)
}

/// The whole cluster as it is once no other change goes on, with the address by whose version it was read.
async fn settled(
    azure: &Reader,
    id: &ResourceId,
    watch: Watch<'_>,
) -> Result<(Address, Value), AzureError> {
    let waiting = azure.http().waiting(Patience::replication(SETTLING));
    let settled = until(waiting, || async {
        let (address, cluster) = read_whole(azure, id).await?;
        let state = cluster["properties"]["provisioningState"]
            .as_str()
            .unwrap_or("Succeeded");
        let is_settled = ["Succeeded", "Failed", "Canceled"].contains(&state);
        if !is_settled {
            watch(state);
        }
        Ok(is_settled.then_some((address, cluster)))
    });
    settled
        .await?
        .ok_or_else(|| timed_out("another change of", id))
}

async fn read_whole(azure: &Reader, id: &ResourceId) -> Result<(Address, Value), AzureError> {
    let newer = azure.resource(id, API_VERSION);
    match azure.get(&newer).await {
        Err(error) if error.is_unknown_version() => {
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
    watch: Watch<'_>,
) -> Result<ManagedCluster, AzureError> {
    let waiting = azure.http().waiting(Patience::replication(SETTLING));
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
