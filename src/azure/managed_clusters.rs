//! What kind of cluster is it, and does it hand out tokens that Entra can trust?

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::error::AzureError;
use super::reader::Reader;
use crate::spec::ids::{ClientId, PrincipalId, Region, ResourceId, SubscriptionId};

pub(crate) use super::workload_identity::enable as enable_workload_identity;

pub(super) const API_VERSION: &str = "2026-06-01";
/// For clouds that lag behind.
pub(super) const OLDER_API_VERSION: &str = "2025-01-01";

pub(crate) const KIND: &str = "Microsoft.ContainerService/managedClusters";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ManagedCluster {
    pub(crate) id: ResourceId,
    pub(crate) region: Region,
    pub(crate) kubernetes_version: Option<String>,
    /// The API server's name; the private one for a private cluster.
    pub(crate) fqdn: Option<String>,
    /// Where the nodes live.
    pub(crate) node_resource_group: Option<ResourceId>,
    /// With its trailing slash: Entra compares byte for byte.
    pub(crate) issuer: Option<String>,
    pub(crate) oidc_enabled: bool,
    /// Whether the webhook that hands tokens to pods is on.
    pub(crate) workload_identity: bool,
    /// The identity that every node has, also those added later.
    pub(crate) kubelet: Option<KubeletIdentity>,
    /// Client id, for a cluster without managed identity.
    pub(crate) service_principal: Option<String>,
    /// The add-on that ships metrics already: remote write would come on top.
    pub(crate) managed_prometheus: bool,
    pub(crate) provisioning_state: String,
    /// `Running` or `Stopped`.
    pub(crate) power: Option<String>,
    /// The nodes cannot be changed from outside: AKS Automatic, or a locked-down node resource group.
    pub(crate) node_group_locked: bool,
    pub(crate) pools: Vec<Pool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KubeletIdentity {
    pub(crate) client_id: ClientId,
    #[serde(rename = "objectId")]
    pub(crate) principal_id: PrincipalId,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Pool {
    pub(crate) name: String,
    /// `VirtualMachineScaleSets`, `AvailabilitySet` or `VirtualMachines`.
    #[serde(rename = "type", default)]
    pub(crate) kind: String,
}

#[derive(Deserialize)]
pub(super) struct Told {
    id: ResourceId,
    location: Region,
    #[serde(default)]
    sku: Sku,
    properties: Properties,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Sku {
    name: String,
}

/// Every field may be missing: versions and kinds of cluster differ.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Properties {
    provisioning_state: String,
    power_state: Option<PowerState>,
    kubernetes_version: Option<String>,
    current_kubernetes_version: Option<String>,
    fqdn: Option<String>,
    #[serde(rename = "privateFQDN")]
    private_fqdn: Option<String>,
    node_resource_group: Option<String>,
    node_resource_group_profile: Option<NodeResourceGroupProfile>,
    oidc_issuer_profile: Option<OidcIssuerProfile>,
    security_profile: Option<SecurityProfile>,
    identity_profile: Option<IdentityProfile>,
    service_principal_profile: Option<ServicePrincipalProfile>,
    agent_pool_profiles: Option<Vec<Pool>>,
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
    workload_identity: Option<Switch>,
}

#[derive(Deserialize)]
struct Switch {
    #[serde(default)]
    enabled: bool,
}

#[derive(Deserialize)]
struct IdentityProfile {
    kubeletidentity: Option<KubeletIdentity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServicePrincipalProfile {
    client_id: String,
}

#[derive(Deserialize)]
struct AzureMonitorProfile {
    metrics: Option<Switch>,
}

impl From<Told> for ManagedCluster {
    fn from(told: Told) -> Self {
        let node_group_locked = told.is_locked();
        let properties = told.properties;
        let subscription = told.id.subscription();
        let issuer = properties.oidc_issuer_profile;
        let is_on = |switch: Option<Switch>| switch.is_some_and(|switch| switch.enabled);
        Self {
            kubernetes_version: properties
                .current_kubernetes_version
                .or(properties.kubernetes_version),
            fqdn: properties.fqdn.or(properties.private_fqdn),
            node_resource_group: properties
                .node_resource_group
                .map(|name| ResourceId::group(&subscription, &name)),
            oidc_enabled: issuer.as_ref().is_some_and(|issuer| issuer.enabled),
            issuer: issuer.and_then(|issuer| issuer.issuer),
            workload_identity: is_on(
                properties
                    .security_profile
                    .and_then(|profile| profile.workload_identity),
            ),
            kubelet: properties
                .identity_profile
                .and_then(|profile| profile.kubeletidentity),
            service_principal: properties
                .service_principal_profile
                .map(|profile| profile.client_id)
                .filter(|client| client != "msi"),
            managed_prometheus: is_on(
                properties
                    .azure_monitor_profile
                    .and_then(|profile| profile.metrics),
            ),
            provisioning_state: properties.provisioning_state,
            power: properties.power_state.and_then(|state| state.code),
            node_group_locked,
            pools: properties.agent_pool_profiles.unwrap_or_default(),
            id: told.id,
            region: told.location,
        }
    }
}

impl Told {
    fn is_locked(&self) -> bool {
        let level = self
            .properties
            .node_resource_group_profile
            .as_ref()
            .and_then(|profile| profile.restriction_level.as_deref());
        self.sku.name.eq_ignore_ascii_case("Automatic") || level == Some("ReadOnly")
    }
}

pub(crate) async fn get(
    azure: &Reader,
    id: &ResourceId,
) -> Result<Option<ManagedCluster>, AzureError> {
    let found: Option<Told> = match azure.find(&azure.resource(id, API_VERSION)).await {
        Err(error) if error.is_unknown_version() => {
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
    let told: Vec<Told> = azure
        .list(&azure.resource_manager(&path, OLDER_API_VERSION))
        .await?;
    Ok(told.into_iter().map(ManagedCluster::from).collect())
}

/// The kubeconfig that `az aks get-credentials` would write: YAML, with an `exec` plugin or a client key in it.
pub(crate) async fn user_kubeconfig(
    azure: &Reader,
    id: &ResourceId,
) -> Result<SecretString, AzureError> {
    let path = format!("{id}/listClusterUserCredential");
    let address = azure
        .resource_manager(&path, OLDER_API_VERSION)
        .with("format", "exec");
    let told: Kubeconfigs = azure.ask(&address, &Value::Null).await?;
    Ok(told.first)
}

#[derive(Deserialize)]
struct Kubeconfigs {
    #[serde(rename = "kubeconfigs", deserialize_with = "first_kubeconfig")]
    first: SecretString,
}

#[derive(Deserialize)]
struct Kubeconfig {
    /// Base64 of the YAML.
    value: String,
}

fn first_kubeconfig<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    let all = Vec::<Kubeconfig>::deserialize(deserializer)?;
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
    use crate::azure::fake::{Fake, says};
    use secrecy::ExposeSecret;
    use serde_json::json;

    const ID: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourcegroups/g/providers/Microsoft.ContainerService/managedClusters/c";
    const GUID: &str = "44444444-4444-4444-4444-444444444444";

    async fn read(properties: Value, sku: &str) -> ManagedCluster {
        let body = json!({ "id": ID, "location": "westeurope", "sku": { "name": sku }, "properties": properties });
        let fake = Fake::in_turn([says(200, body.to_string())]).await;
        get(&fake.reader(), &ID.parse().unwrap())
            .await
            .unwrap()
            .unwrap()
    }

    #[tokio::test]
    async fn a_full_answer_is_read_in_full() {
        let cluster = read(
            json!({
                "provisioningState": "Succeeded", "powerState": { "code": "Running" },
                "kubernetesVersion": "1.33", "currentKubernetesVersion": "1.33.2", "fqdn": "c.azmk8s.io",
                "nodeResourceGroup": "MC_g_c_westeurope", "nodeResourceGroupProfile": { "restrictionLevel": "ReadOnly" },
                "oidcIssuerProfile": { "enabled": true, "issuerURL": "https://issuer/1/" },
                "securityProfile": { "workloadIdentity": { "enabled": true } },
                "identityProfile": { "kubeletidentity": { "resourceId": "/x", "clientId": GUID, "objectId": GUID } },
                "servicePrincipalProfile": { "clientId": "msi" },
                "agentPoolProfiles": [{ "name": "np1", "type": "VirtualMachineScaleSets", "mode": "System" }],
                "azureMonitorProfile": { "metrics": { "enabled": true, "kubeStateMetrics": {} } },
            }),
            "Base",
        )
        .await;

        assert_eq!(cluster.kubernetes_version.as_deref(), Some("1.33.2"));
        assert_eq!(cluster.issuer.as_deref(), Some("https://issuer/1/"));
        assert_eq!(
            cluster.node_resource_group.unwrap().name(),
            "MC_g_c_westeurope"
        );
        assert_eq!(cluster.kubelet.unwrap().client_id.as_str(), GUID);
        assert_eq!(cluster.service_principal, None);
        assert!(
            cluster.workload_identity && cluster.managed_prometheus && cluster.node_group_locked
        );
        assert_eq!(cluster.pools[0].kind, "VirtualMachineScaleSets");
    }

    #[tokio::test]
    async fn a_sparse_answer_is_read_as_what_it_is() {
        let cluster = read(
            json!({ "agentPoolProfiles": null, "securityProfile": {} }),
            "Automatic",
        )
        .await;

        assert!(!cluster.oidc_enabled && !cluster.workload_identity && cluster.issuer.is_none());
        assert!(cluster.node_group_locked, "AKS Automatic locks its nodes");
    }

    #[tokio::test]
    async fn a_kubeconfig_is_decoded_and_kept_out_of_sight() {
        let body = json!({ "kubeconfigs": [{ "name": "clusterUser", "value": STANDARD.encode("apiVersion: v1") }] });
        let fake = Fake::in_turn([says(200, body.to_string())]).await;

        let kubeconfig = user_kubeconfig(&fake.reader(), &ID.parse().unwrap())
            .await
            .unwrap();

        assert_eq!(kubeconfig.expose_secret(), "apiVersion: v1");
        assert!(!format!("{kubeconfig:?}").contains("v1"));
        assert!(fake.seen()[0].body.is_empty());
    }

    #[tokio::test]
    async fn no_kubeconfig_is_an_error() {
        let fake = Fake::in_turn([says(200, r#"{"kubeconfigs":[]}"#)]).await;

        assert!(
            user_kubeconfig(&fake.reader(), &ID.parse().unwrap())
                .await
                .is_err()
        );
    }
}
