//! An AKS cluster as readers see it, which depends on the api-version they use.

use serde_json::{Value, json};

use super::casing;
use crate::sandbox::{
    azure::Azure,
    state::{ClusterWrite, StoredCluster, guid_for, pools_of, switches_issuer_on},
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
    "controlPlanePluginProfiles",
];

/// Fields that older api-versions can neither show nor write, each with the first version that has it. `[]` is each
/// element of a list.
const SINCE: &[(&str, &str)] = &[
    ("supportPlan", "2024"),
    ("metricsProfile", "2024"),
    ("networkProfile.networkPluginMode", "2024"),
    ("networkProfile.networkDataplane", "2024"),
    ("agentPoolProfiles[].securityProfile", "2024-09"),
    ("nodeResourceGroupProfile", "2024-09"),
    ("agentPoolProfiles[].securityProfile.sshAccess", "2025"),
    ("agentPoolProfiles[].upgradeSettings.maxUnavailable", "2025"),
    ("nodeProvisioningProfile", "2025"),
    ("bootstrapProfile", "2025"),
    ("networkProfile.podLinkLocalAccess", "2025-08"),
];

/// Fields that stable api-versions do not show.
const IN_PREVIEWS: &[&str] = &["storageProfile.diskCSIDriver.version"];

/// The first api-versions with an entity tag, and with `kind`.
const HAS_ENTITY_TAG_SINCE: &str = "2025";
const HAS_KIND_SINCE: &str = "2025-08";

/// Recent api-versions whose recorded answers have no entity tag, although those before and after them have one.
const WITHOUT_ENTITY_TAG: &[&str] = &["2025-02-01", "2025-08-01"];

/// The cluster in the words of one api-version.
pub(super) fn to_json(azure: &Azure, cluster: &StoredCluster, version: &str) -> Value {
    // As recorded: `resourcegroups` in the id, and a capital letter in the type.
    let mut body = json!({
        "id": casing::lower_case_segment(&cluster.id),
        "name": cluster.id.name(),
        "type": "Microsoft.ContainerService/ManagedClusters",
        "location": cluster.location,
    });
    if !cluster.tags.is_empty() {
        body["tags"] = cluster.tags.clone().into();
    }
    if version >= HAS_KIND_SINCE {
        body["kind"] = "Base".into();
    }
    for (name, value) in &cluster.attributes {
        body[name] = value.clone();
    }
    if has_entity_tag(version) {
        body["eTag"] = cluster.entity_tag().into();
    }
    body["properties"] = properties(azure, cluster, version);
    body
}

/// One pool, as an element of its cluster: with what AKS computes, in the words of one api-version.
pub(super) fn pool_to_json(cluster: &StoredCluster, pool: &Value, version: &str) -> Value {
    let mut properties = json!({"agentPoolProfiles": [pool]});
    show_pools(cluster, &mut properties, version);
    keep_known(&mut properties, version);
    properties["agentPoolProfiles"][0].take()
}

fn has_entity_tag(version: &str) -> bool {
    version >= HAS_ENTITY_TAG_SINCE && !WITHOUT_ENTITY_TAG.contains(&version)
}

fn properties(azure: &Azure, cluster: &StoredCluster, version: &str) -> Value {
    let mut properties = Value::Object(cluster.shown_properties().clone());
    let current = current_version(properties["kubernetesVersion"].as_str().unwrap_or_default());
    properties["provisioningState"] = provisioning_state(cluster).into();
    properties["powerState"] = json!({"code": "Running"});
    properties["currentKubernetesVersion"] = current.into();
    properties["fqdn"] = format!("{}.azmk8s.io", cluster.label()).into();
    let portal = cluster.label_with("portal.hcp");
    properties["azurePortalFQDN"] = format!("{portal}.azmk8s.io").into();
    properties["maxAgentPools"] = 100.into();
    if version >= "2024" {
        let uid = cluster.issuer_id().simple().to_string();
        properties["resourceUID"] = uid[..24].into();
    }
    add_preview_properties(&mut properties, version);
    // The first answer to the write that switches the issuer on has its URL already, as recorded.
    if switches_issuer_on(cluster.shown_properties()) {
        properties["oidcIssuerProfile"] =
            json!({"enabled": true, "issuerURL": azure.public_issuer_of(cluster)});
    }
    show_pools(cluster, &mut properties, version);
    keep_known(&mut properties, version);
    properties
}

/// What only previews tell of, and no client sends.
fn add_preview_properties(properties: &mut Value, version: &str) {
    if !version.ends_with("-preview") {
        return;
    }
    if version >= "2025-08" {
        let plugin = json!({"enableV2": true});
        properties["controlPlanePluginProfiles"] = json!({
            "azure-monitor-metrics-ccp": plugin,
            "gpu-provisioner": plugin,
            "karpenter": plugin,
            "kubelet-serving-csr-approver": plugin,
            "live-patching-controller": plugin,
            "static-egress-controller": plugin,
        });
    }
    if version >= "2025-10" {
        properties["hostedSystemProfile"] = json!({"enabled": false});
        properties["enableFIPS"] = false.into();
    }
}

fn show_pools(cluster: &StoredCluster, properties: &mut Value, version: &str) {
    let pools = properties["agentPoolProfiles"].as_array_mut();
    for pool in pools.into_iter().flatten() {
        let name = pool["name"].as_str().unwrap_or_default().to_owned();
        let is_new = !pools_of(&cluster.properties)
            .iter()
            .any(|it| it["name"] == name.as_str());
        let state = match provisioning_state(cluster) {
            _ if is_new => "Creating",
            state => state,
        };
        let current = current_version(pool["orchestratorVersion"].as_str().unwrap_or_default());
        pool["provisioningState"] = state.into();
        pool["currentOrchestratorVersion"] = current.into();
        if has_entity_tag(version) {
            let tag = guid_for(&format!("{} of {}", name, cluster.entity_tag()));
            pool["eTag"] = tag.to_string().into();
        }
    }
}

/// The patch version that a version such as `1.33` stands for.
fn current_version(version: &str) -> String {
    match version.matches('.').count() {
        1 => format!("{version}.2"),
        _ => version.to_owned(),
    }
}

/// Leaves out what the api-version does not have: a client that reads with it and writes that back loses this.
fn keep_known(properties: &mut Value, version: &str) {
    for (path, since) in SINCE {
        if version < *since {
            remove(properties, path);
        }
    }
    if !version.ends_with("-preview") {
        IN_PREVIEWS.iter().for_each(|path| remove(properties, path));
    }
}

fn remove(value: &mut Value, path: &str) {
    let (first, rest) = match path.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    };
    let Some(rest) = rest else {
        if let Some(fields) = value.as_object_mut() {
            fields.remove(first);
        }
        return;
    };
    match (first.strip_suffix("[]"), value) {
        (Some(list), value) => {
            let items = value.get_mut(list).and_then(Value::as_array_mut);
            items
                .into_iter()
                .flatten()
                .for_each(|item| remove(item, rest));
        }
        (None, value) => {
            if let Some(inner) = value.get_mut(first) {
                remove(inner, rest);
            }
        }
    }
}

fn provisioning_state(cluster: &StoredCluster) -> &'static str {
    match (&cluster.pending, cluster.failed) {
        // Other words exist, such as `Scaling` (recorded).
        (Some(pending), _) => match pending.kind {
            ClusterWrite::Creation => "Creating",
            ClusterWrite::Change => "Updating",
            ClusterWrite::Deletion => "Deleting",
        },
        (None, true) => "Failed",
        (None, false) => "Succeeded",
    }
}
