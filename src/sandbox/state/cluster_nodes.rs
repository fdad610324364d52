//! What a cluster has outside of itself: the group of its nodes, the kubelet's identity, a scale set for each pool, an API server.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    AzureState, KubernetesApi, ResourceGroup, StoredCluster, StoredMachine, StoredResourceId,
    guid_for, pools_of,
};

const SCALE_SETS: &str = "Microsoft.Compute/virtualMachineScaleSets";
const IDENTITIES: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";
/// By this tag AKS and its users know which pool a scale set belongs to.
const POOL_TAG: &str = "aks-managed-poolName";

impl AzureState {
    /// Makes what a new cluster needs; its own answers show the kubelet's identity from here on.
    pub(super) fn equip_cluster(&mut self, id: &StoredResourceId, now: Timestamp) {
        let Some(mut cluster) = self.managed_clusters.get(id).cloned() else {
            return;
        };
        let nodes = node_group(&cluster);
        self.resource_groups.insert(ResourceGroup {
            id: nodes.clone(),
            location: cluster.location.clone(),
            tags: Map::new(),
            managed_by: Some(id.clone()),
            deletion: None,
            created: now,
        });
        if !cluster.properties.contains_key("identityProfile") {
            let name = format!("{}-agentpool", id.name());
            let kubelet = nodes.resource(IDENTITIES, &name);
            let identity = self.add_identity(kubelet, &cluster.location, Map::new(), now);
            let profile = json!({"kubeletidentity": {
                // AKS spells this id in its own way.
                "resourceId": identity.id.as_str().replacen("/resourceGroups/", "/resourcegroups/", 1),
                "clientId": identity.client_id,
                "objectId": identity.principal_id,
            }});
            let properties = &mut cluster.properties;
            properties.insert("identityProfile".to_owned(), profile);
        }
        name_outbound_address(&mut cluster);
        let api = KubernetesApi::new(first_objects());
        self.kubernetes.insert(cluster.label(), api);
        self.managed_clusters.insert(cluster);
        self.follow_pools(id, &[], now);
    }

    /// Makes a scale set for each pool that has none, and takes away those of pools that were there `before` and are gone.
    pub(super) fn follow_pools(
        &mut self,
        id: &StoredResourceId,
        before: &[String],
        now: Timestamp,
    ) {
        let Some(cluster) = self.managed_clusters.get(id).cloned() else {
            return;
        };
        let nodes = node_group(&cluster);
        if self.resource_groups.get(&nodes).is_none() {
            return;
        }
        let pools = pool_names(&cluster.properties);
        for pool in &pools {
            if self.scale_set_of(&nodes, pool).is_none() {
                self.machines.insert(scale_set(&cluster, &nodes, pool, now));
            }
        }
        for gone in before.iter().filter(|pool| !pools.contains(pool)) {
            if let Some(scale_set) = self.scale_set_of(&nodes, gone) {
                self.remove_within(&scale_set);
            }
        }
    }

    /// Takes away the cluster and all that AKS made for it.
    pub(super) fn remove_cluster(&mut self, id: &StoredResourceId) {
        let Some(cluster) = self.managed_clusters.get(id).cloned() else {
            return;
        };
        let nodes = node_group(&cluster);
        let is_its_own = |group: &ResourceGroup| group.managed_by.as_ref() == Some(id);
        if self.resource_groups.get(&nodes).is_some_and(is_its_own) {
            self.remove_within(&nodes);
        }
        if let Some(principal) = cluster.principal() {
            let principals = &mut self.directory.principals;
            principals.retain(|it| it.object_id.to_string() != principal);
        }
        self.kubernetes.remove(&cluster.label());
        self.remove_within(id);
        self.removed_clusters.insert(id.clone());
    }

    fn scale_set_of(&self, nodes: &StoredResourceId, pool: &str) -> Option<StoredResourceId> {
        let mut machines = self.machines.within(nodes);
        let found = machines
            .find(|it| it.kind == SCALE_SETS && it.tags.get(POOL_TAG) == Some(&pool.into()));
        found.map(|it| it.id.clone())
    }
}

/// The pools that have a scale set.
pub(super) fn pool_names(properties: &Map<String, Value>) -> Vec<String> {
    let pools = pools_of(properties).iter();
    pools
        .filter(|pool| {
            pool.get("type")
                .is_none_or(|it| it == "VirtualMachineScaleSets")
        })
        .filter_map(|pool| Some(pool["name"].as_str()?.to_owned()))
        .collect()
}

fn node_group(cluster: &StoredCluster) -> StoredResourceId {
    let subscription = cluster.id.subscription().unwrap_or_default();
    StoredResourceId::group(subscription, cluster.node_resource_group())
}

fn scale_set(
    cluster: &StoredCluster,
    nodes: &StoredResourceId,
    pool: &str,
    now: Timestamp,
) -> StoredMachine {
    let number = guid_for(cluster.id.folded()).as_u128() % 100_000_000;
    let kubelet = cluster.properties.get("identityProfile");
    let kubelet = kubelet.and_then(|it| it["kubeletidentity"]["resourceId"].as_str());
    let mut tags = Map::new();
    tags.insert(POOL_TAG.to_owned(), pool.into());
    let mut properties = Map::new();
    properties.insert("orchestrationMode".to_owned(), "Uniform".into());
    properties.insert("upgradePolicy".to_owned(), json!({"mode": "Manual"}));
    StoredMachine {
        id: nodes.resource(SCALE_SETS, &format!("aks-{pool}-{number:08}-vmss")),
        kind: SCALE_SETS,
        location: cluster.location.clone(),
        tags,
        system_identity: None,
        identities: kubelet.map(StoredResourceId::new).into_iter().collect(),
        properties,
        writes: 1,
        pending: None,
        created: now,
    }
}

/// The address is known only once the load balancer is there.
pub(crate) fn name_outbound_address(cluster: &mut StoredCluster) {
    let nodes = node_group(cluster);
    let name = guid_for(&format!("outbound address of {}", cluster.id.folded()));
    let Some(network) = cluster.properties.get_mut("networkProfile") else {
        return;
    };
    // From here on the word has a capital letter in clusters with kubenet, and in no others (recorded).
    if network["networkPlugin"] == "kubenet" && network["loadBalancerSku"] == "standard" {
        network["loadBalancerSku"] = "Standard".into();
    }
    if let Some(balancer) = network.get_mut("loadBalancerProfile") {
        let address = nodes.resource("Microsoft.Network/publicIPAddresses", &name.to_string());
        balancer["effectiveOutboundIPs"] = json!([{"id": address}]);
    }
}

/// A new cluster has these namespaces, and no Prometheus.
fn first_objects() -> Vec<Value> {
    ["default", "kube-node-lease", "kube-public", "kube-system"]
        .map(|name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}))
        .to_vec()
}
