//! An AKS cluster as readers see it, which depends on the api-version they use.

use serde_json::{Map, Value, json};

use super::casing;
use crate::sandbox::{
    azure::Azure,
    state::{StoredCluster, switches_issuer_on},
};

/// Properties that only Azure writes.
pub(super) const COMPUTED: &[&str] = &[
    "provisioningState",
    "powerState",
    "currentKubernetesVersion",
    "fqdn",
    "azurePortalFQDN",
    "privateFQDN",
    "maxAgentPools",
    "resourceUID",
];

/// Properties that older api-versions can neither show nor write.
const SINCE_2025: &[&str] = &["nodeResourceGroupProfile", "nodeProvisioningProfile"];

/// Recent api-versions whose recorded answers have no entity tag, although those before and after them have one.
const WITHOUT_ENTITY_TAG: &[&str] = &["2025-02-01", "2025-08-01"];

/// The cluster in the words of one api-version.
pub(super) fn to_json(azure: &Azure, cluster: &StoredCluster, version: &str) -> Value {
    let is_recent = version >= "2025";
    // As recorded: `resourcegroups` in the id, and a capital letter in the type.
    let mut body = json!({
        "id": casing::lower_case_segment(&cluster.id),
        "name": cluster.id.name(),
        "type": "Microsoft.ContainerService/ManagedClusters",
        "location": cluster.location,
        "tags": cluster.tags,
    });
    for (name, value) in &cluster.attributes {
        body[name] = value.clone();
    }
    if is_recent && !WITHOUT_ENTITY_TAG.contains(&version) {
        body["eTag"] = cluster.entity_tag().into();
    }
    body["properties"] = properties(azure, cluster, is_recent).into();
    body
}

fn properties(azure: &Azure, cluster: &StoredCluster, is_recent: bool) -> Map<String, Value> {
    let mut properties = cluster.shown_properties().clone();
    // A client that reads with an old version and writes that back removes these properties.
    if !is_recent {
        properties.retain(|name, _| !SINCE_2025.contains(&name.as_str()));
    }
    let mut add = |name: &str, value: Value| properties.insert(name.to_owned(), value);
    add("provisioningState", provisioning_state(cluster).into());
    add("powerState", json!({"code": "Running"}));
    add("currentKubernetesVersion", "1.33.2".into());
    add("fqdn", format!("{}.azmk8s.io", cluster.label()).into());
    add("maxAgentPools", 100.into());
    // The first answer to the write that switches the issuer on has its URL already, as recorded.
    if switches_issuer_on(cluster.shown_properties()) {
        add(
            "oidcIssuerProfile",
            json!({"enabled": true, "issuerURL": azure.public_issuer_of(cluster)}),
        );
    }
    properties
}

fn provisioning_state(cluster: &StoredCluster) -> &'static str {
    match (&cluster.pending, cluster.failed) {
        // Other words exist, such as `Creating` and `Scaling` (recorded).
        (Some(_), _) => "Updating",
        (None, true) => "Failed",
        (None, false) => "Succeeded",
    }
}
