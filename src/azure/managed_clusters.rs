//! What kind of cluster is it, and does it return tokens that Entra can trust?

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::error::AzureError;
use super::meaning::refusal_meaning::RefusalMeaning;
use super::reader::Reader;
use crate::facts::ManagedCluster;
use crate::spec::ids::{Region, ResourceId, SubscriptionId};

pub(super) const API_VERSION: &str = "2026-06-01";
/// For clouds that lag behind.
pub(super) const OLDER_API_VERSION: &str = "2025-01-01";

pub(crate) const KIND: &str = "Microsoft.ContainerService/managedClusters";

#[derive(Deserialize)]
pub(super) struct ManagedClusterResponse {
    id: ResourceId,
    location: Region,
    #[serde(default)]
    sku: Sku,
    properties: ManagedClusterProperties,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Sku {
    name: String,
}

/// Every field may be missing: versions and kinds of cluster differ.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ManagedClusterProperties {
    power_state: Option<PowerState>,
    fqdn: Option<String>,
    #[serde(rename = "privateFQDN")]
    private_fqdn: Option<String>,
    node_resource_group: Option<String>,
    node_resource_group_profile: Option<NodeResourceGroupProfile>,
    oidc_issuer_profile: Option<OidcIssuerProfile>,
    security_profile: Option<SecurityProfile>,
    azure_monitor_profile: Option<AzureMonitorProfile>,
}

#[derive(Deserialize)]
struct PowerState {
    code: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NodeResourceGroupProfile {
    restriction_level: Option<String>,
}

#[derive(Deserialize)]
struct OidcIssuerProfile {
    #[serde(default)]
    enabled: bool,
    #[serde(rename = "issuerURL", alias = "issuerUrl")]
    issuer: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SecurityProfile {
    workload_identity: Option<EnabledFlag>,
}

#[derive(Deserialize)]
struct EnabledFlag {
    #[serde(default)]
    enabled: bool,
}

#[derive(Deserialize)]
struct AzureMonitorProfile {
    metrics: Option<EnabledFlag>,
}

impl From<ManagedClusterResponse> for ManagedCluster {
    fn from(response: ManagedClusterResponse) -> Self {
        let node_group_locked = response.is_locked();
        let properties = response.properties;
        let subscription = response.id.subscription();
        let is_on = |switch: Option<EnabledFlag>| switch.is_some_and(|switch| switch.enabled);
        Self {
            // A private cluster without a public name has only `privateFQDN`.
            fqdn: properties.fqdn.or(properties.private_fqdn),
            // `MC_<group>_<cluster>_<region>` by default, but the owner can choose another name: it is read, never put
            // together.
            node_resource_group: properties
                .node_resource_group
                .map(|name| ResourceId::group(&subscription, &name)),
            // Azure can keep naming the URL of an issuer that is off.
            issuer: properties
                .oidc_issuer_profile
                .filter(|profile| profile.enabled)
                .and_then(|profile| profile.issuer),
            // Where issuer and webhook are both off, AKS answers `"securityProfile":{}` (recorded).
            workload_identity: is_on(
                properties
                    .security_profile
                    .and_then(|profile| profile.workload_identity),
            ),
            // The add-on sends the same metrics already: with a remote write next to it every series exists twice and
            // is paid twice.
            managed_prometheus: is_on(
                properties
                    .azure_monitor_profile
                    .and_then(|profile| profile.metrics),
            ),
            power: properties.power_state.and_then(|state| state.code),
            node_group_locked,
            id: response.id,
            region: response.location,
        }
    }
}

impl ManagedClusterResponse {
    fn is_locked(&self) -> bool {
        let level = self
            .properties
            .node_resource_group_profile
            .as_ref()
            .and_then(|profile| profile.restriction_level.as_deref());
        // AKS Automatic always locks the group, whether an older api-version shows the profile or not.
        self.sku.name.eq_ignore_ascii_case("Automatic") || level == Some("ReadOnly")
    }
}

pub(crate) async fn get(
    azure: &Reader,
    id: &ResourceId,
) -> Result<Option<ManagedCluster>, AzureError> {
    let found: Option<ManagedClusterResponse> =
        match azure.find(&azure.resource(id, API_VERSION)).await {
            Err(error) if error.means(RefusalMeaning::UnknownVersion) => {
                azure.find(&azure.resource(id, OLDER_API_VERSION)).await?
            }
            found => found?,
        };
    Ok(found.map(ManagedCluster::from))
}

/// The AKS clusters of one subscription.
pub(crate) async fn list(
    azure: &Reader,
    subscription: &SubscriptionId,
) -> Result<Vec<ManagedCluster>, AzureError> {
    let path = format!("subscriptions/{subscription}/providers/{KIND}");
    let all: Vec<ManagedClusterResponse> = azure
        .list(&azure.resource_manager(&path, OLDER_API_VERSION))
        .await?;
    Ok(all.into_iter().map(ManagedCluster::from).collect())
}

/// The kubeconfig that `az aks get-credentials` would write: YAML, with an `exec` plugin or a client key in it.
pub(crate) async fn user_kubeconfig(
    azure: &Reader,
    id: &ResourceId,
) -> Result<SecretString, AzureError> {
    let path = format!("{id}/listClusterUserCredential");
    let address = azure
        .resource_manager(&path, OLDER_API_VERSION)
        // Without it, Azure returns the `azure` auth provider, which kubectl and client libraries have removed.
        .with("format", "exec");
    // It only reads, but it is a POST, and a ReadOnly lock refuses every POST.
    let answer: KubeconfigsResponse = azure.ask(&address, &Value::Null).await?;
    Ok(answer.first)
}

#[derive(Deserialize)]
struct KubeconfigsResponse {
    #[serde(rename = "kubeconfigs", deserialize_with = "first_kubeconfig")]
    first: SecretString,
}

#[derive(Deserialize)]
struct KubeconfigResponse {
    /// Base64 of the YAML.
    value: String,
}

fn first_kubeconfig<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    let all = Vec::<KubeconfigResponse>::deserialize(deserializer)?;
    let first = all
        .first()
        .ok_or_else(|| D::Error::custom("no kubeconfig"))?;
    let text = STANDARD.decode(&first.value).map_err(D::Error::custom)?;
    String::from_utf8(text)
        .map(SecretString::from)
        .map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{FakeService, says};
    use secrecy::ExposeSecret;
    use serde_json::json;

    const ID: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourcegroups/g/providers/Microsoft.ContainerService/managedClusters/c";

    async fn read(properties: Value, sku: &str) -> ManagedCluster {
        let body = json!({ "id": ID, "location": "westeurope", "sku": { "name": sku }, "properties": properties });
        let fake = FakeService::in_turn([says(200, body.to_string())]).await;
        get(&fake.reader(), &ID.parse().unwrap())
            .await
            .unwrap()
            .unwrap()
    }

    #[tokio::test]
    async fn a_full_answer_is_read_in_full() {
        let cluster = read(
            json!({
                "provisioningState": "Succeeded", "powerState": { "code": "Running" }, "fqdn": "c.azmk8s.io",
                "nodeResourceGroup": "MC_g_c_westeurope", "nodeResourceGroupProfile": { "restrictionLevel": "ReadOnly" },
                "oidcIssuerProfile": { "enabled": true, "issuerURL": "https://issuer/1/" },
                "securityProfile": { "workloadIdentity": { "enabled": true } },
                "azureMonitorProfile": { "metrics": { "enabled": true, "kubeStateMetrics": {} } },
            }),
            "Base",
        )
        .await;

        assert_eq!(cluster.power.as_deref(), Some("Running"));
        assert_eq!(cluster.issuer.as_deref(), Some("https://issuer/1/"));
        assert_eq!(
            cluster.node_resource_group.unwrap().name(),
            "MC_g_c_westeurope"
        );
        assert!(
            cluster.workload_identity && cluster.managed_prometheus && cluster.node_group_locked
        );
    }

    #[tokio::test]
    async fn a_sparse_answer_is_read_as_what_it_is() {
        let cluster = read(
            json!({ "fqdn": null, "securityProfile": {}, "oidcIssuerProfile": { "enabled": false, "issuerURL": "https://issuer/1/" } }),
            "Automatic",
        )
        .await;

        assert!(!cluster.workload_identity && cluster.issuer.is_none());
        assert!(cluster.node_group_locked, "AKS Automatic locks its nodes");
    }

    #[tokio::test]
    async fn a_kubeconfig_is_decoded_and_kept_out_of_sight() {
        let body = json!({ "kubeconfigs": [{ "name": "clusterUser", "value": STANDARD.encode("apiVersion: v1") }] });
        let fake = FakeService::in_turn([says(200, body.to_string())]).await;

        let kubeconfig = user_kubeconfig(&fake.reader(), &ID.parse().unwrap())
            .await
            .unwrap();

        assert_eq!(kubeconfig.expose_secret(), "apiVersion: v1");
        assert!(!format!("{kubeconfig:?}").contains("v1"));
        assert!(fake.seen()[0].body.is_empty());
        assert_eq!(fake.seen()[0].header("content-length"), "0");
    }

    #[tokio::test]
    async fn no_kubeconfig_is_an_error() {
        let fake = FakeService::in_turn([says(200, r#"{"kubeconfigs":[]}"#)]).await;

        assert!(
            user_kubeconfig(&fake.reader(), &ID.parse().unwrap())
                .await
                .is_err()
        );
    }
}
