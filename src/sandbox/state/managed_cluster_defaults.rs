//! What AKS adds to a cluster that is written: every field that a later read shows, although no one sent it.

use serde_json::{Map, Value, json};

/// The version that AKS chooses where a body names none.
const KUBERNETES_VERSION: &str = "1.33";
const NODE_IMAGE: &str = "AKSUbuntu-2204gen2containerd-202601.13.0";

/// Properties that stay as they are where a later write leaves them out (recorded for writes without a network).
const KEPT: &[&str] = &[
    "kubernetesVersion",
    "nodeResourceGroup",
    "enableRBAC",
    "networkProfile",
    "linuxProfile",
    "identityProfile",
    "servicePrincipalProfile",
];

/// Fields of a pool that AKS takes and does not show while they say nothing.
const NOT_SHOWN: &[&str] = &[
    "scaleSetPriority",
    "scaleSetEvictionPolicy",
    "spotMaxPrice",
    "nodeTaints",
    "nodeInitializationTaints",
    "availabilityZones",
    "nodeLabels",
    "tags",
];

/// Completes the properties of a cluster that is created, or written again in place of `old`.
pub(crate) fn complete_cluster(properties: &mut Map<String, Value>, old: &Map<String, Value>) {
    properties.values_mut().for_each(remove_nulls);
    properties.retain(|_, value| !value.is_null());
    keep(properties, old);
    let version = text(properties, "kubernetesVersion");
    let version = version.filter(|it| !it.is_empty());
    let version = version.unwrap_or_else(|| KUBERNETES_VERSION.to_owned());
    properties.insert("kubernetesVersion".to_owned(), version.as_str().into());
    if properties.get("addonProfiles") == Some(&json!({})) {
        properties.remove("addonProfiles");
    }
    let network = properties.entry("networkProfile").or_insert(Value::Null);
    complete_network(network);
    let pod_limit = pod_limit(network);
    let before = pools_of(old);
    let pools = properties.get_mut("agentPoolProfiles");
    for pool in pools.and_then(Value::as_array_mut).into_iter().flatten() {
        let old = before.iter().find(|old| old["name"] == pool["name"]);
        complete_pool(pool, old, &version, pod_limit);
    }
    add_missing(properties, &cluster_defaults());
}

/// Completes one pool; `old` is the pool that was there under its name.
pub(crate) fn complete_pool(pool: &mut Value, old: Option<&Value>, version: &str, pod_limit: u32) {
    remove_nulls(pool);
    let Some(pool) = pool.as_object_mut() else {
        return;
    };
    let is_regular = pool
        .get("scaleSetPriority")
        .is_none_or(|it| it == "Regular");
    pool.retain(|name, value| {
        let is_empty = *value == json!([]) || *value == json!({});
        let says_nothing = is_empty || is_regular && !value.is_array() && !value.is_object();
        !NOT_SHOWN.contains(&name.as_str()) || !says_nothing
    });
    // Clients send these words for "as you like".
    if pool.get("osDiskSizeGB") == Some(&json!(0)) {
        pool.remove("osDiskSizeGB");
    }
    if pool.get("orchestratorVersion") == Some(&json!("")) {
        pool.remove("orchestratorVersion");
    }
    if let Some(access) = pool
        .get_mut("securityProfile")
        .map(|it| &mut it["sshAccess"])
        && *access == "localuser"
    {
        *access = "LocalUser".into();
    }
    if let Some(old) = old.and_then(Value::as_object) {
        add_missing(pool, old);
    }
    add_missing(pool, &pool_defaults(version, pod_limit));
}

/// How many pods a node takes, which follows from the network unless the pool says it.
pub(crate) fn pod_limit(network: &Value) -> u32 {
    match (
        network["networkPlugin"].as_str(),
        network["networkPluginMode"].as_str(),
    ) {
        (Some("azure"), Some("overlay")) => 250,
        (Some("azure"), _) => 30,
        _ => 110,
    }
}

/// The pools among the properties of a cluster.
pub(crate) fn pools_of(properties: &Map<String, Value>) -> &[Value] {
    let pools = properties.get("agentPoolProfiles");
    pools.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn keep(properties: &mut Map<String, Value>, old: &Map<String, Value>) {
    for name in KEPT {
        let Some(value) = old.get(*name) else {
            continue;
        };
        match (properties.get_mut(*name), value) {
            (None, _) => {
                properties.insert((*name).to_owned(), value.clone());
            }
            (Some(Value::Object(sent)), Value::Object(old)) => add_missing(sent, old),
            (Some(_), _) => {}
        }
    }
}

fn complete_network(network: &mut Value) {
    if !network.is_object() {
        *network = json!({});
    }
    let Some(network) = network.as_object_mut() else {
        return;
    };
    let pods = text(network, "podCidr").unwrap_or_else(|| "10.244.0.0/16".to_owned());
    let services = text(network, "serviceCidr").unwrap_or_else(|| "10.0.0.0/16".to_owned());
    if text(network, "networkPlugin").is_none_or(|it| it == "azure") {
        add_missing(
            network,
            &fields(json!({
                "networkPlugin": "azure",
                "networkPluginMode": "overlay",
                "networkDataplane": "azure",
            })),
        );
    }
    add_missing(
        network,
        &fields(json!({
            "networkPolicy": "none",
            "podCidr": pods,
            "podCidrs": [pods],
            "serviceCidr": services,
            "serviceCidrs": [services],
            "dnsServiceIP": "10.0.0.10",
            "outboundType": "loadBalancer",
            "ipFamilies": ["IPv4"],
            "podLinkLocalAccess": "IMDS",
        })),
    );
    if network["outboundType"] == "loadBalancer" {
        let balancer = json!({"loadBalancerProfile": {
            "managedOutboundIPs": {"count": 1},
            "backendPoolType": "nodeIPConfiguration",
        }});
        add_missing(network, &fields(balancer));
    }
}

fn cluster_defaults() -> Map<String, Value> {
    fields(json!({
        "enableRBAC": true,
        "supportPlan": "KubernetesOfficial",
        // AKS writes this word where the cluster runs as a managed identity.
        "servicePrincipalProfile": {"clientId": "msi"},
        "autoUpgradeProfile": {"nodeOSUpgradeChannel": "NodeImage"},
        "securityProfile": {},
        "storageProfile": {
            "diskCSIDriver": {"enabled": true, "version": "v1"},
            "fileCSIDriver": {"enabled": true},
            "snapshotController": {"enabled": true},
        },
        // Off is an answer, too: the key is there.
        "oidcIssuerProfile": {"enabled": false},
        "workloadAutoScalerProfile": {},
        "metricsProfile": {"costAnalysis": {"enabled": false}},
        "nodeProvisioningProfile": {"mode": "Manual", "defaultNodePools": "Auto"},
        "bootstrapProfile": {"artifactSource": "Direct"},
    }))
}

fn pool_defaults(version: &str, pod_limit: u32) -> Map<String, Value> {
    fields(json!({
        "count": 1,
        "osDiskSizeGB": 128,
        "osDiskType": "Managed",
        "kubeletDiskType": "OS",
        "maxPods": pod_limit,
        "type": "VirtualMachineScaleSets",
        "enableAutoScaling": false,
        "scaleDownMode": "Delete",
        "powerState": {"code": "Running"},
        "orchestratorVersion": version,
        "enableNodePublicIP": false,
        "mode": "User",
        "osType": "Linux",
        "osSKU": "Ubuntu",
        "nodeImageVersion": NODE_IMAGE,
        "upgradeSettings": {"maxSurge": "10%", "maxUnavailable": "0"},
        "enableFIPS": false,
        "securityProfile": {"sshAccess": "LocalUser", "enableVTPM": false, "enableSecureBoot": false},
    }))
}

/// Adds the fields that are not there, inside objects that are, too.
fn add_missing(into: &mut Map<String, Value>, from: &Map<String, Value>) {
    for (name, value) in from {
        match (into.get_mut(name), value) {
            (None, _) => {
                into.insert(name.clone(), value.clone());
            }
            (Some(Value::Object(into)), Value::Object(from)) => add_missing(into, from),
            (Some(_), _) => {}
        }
    }
}

/// `null` is what a client sends for a field that it does not set.
fn remove_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(remove_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_nulls),
        _ => {}
    }
}

fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name)?.as_str().map(str::to_owned)
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => unreachable!("defaults are written as objects"),
    }
}
