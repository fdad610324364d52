//! Adds AKS clusters: the resource, its nodes, their identities, and the Prometheus inside.

use serde_json::{Map, Value, json};

use super::{kube_prometheus_stack, seed::Seed};
use crate::sandbox::state::{
    KubernetesApi, StoredCluster, StoredMachine, StoredResourceId, complete_cluster, guid_for,
    name_outbound_address,
};

impl Seed {
    /// Adds a cluster with two node pools, the second of which has the kubelet's identity and another one.
    pub(super) fn cluster(&mut self, group: &str, name: &str, region: &str) {
        let id = self.bare_cluster(group, name, region);
        let nodes = self.group(&node_group(group, name, region), region);
        if let Some(nodes) = self.state.resource_groups.get_mut(&nodes) {
            // AKS owns this group: it goes when the cluster goes.
            nodes.managed_by = Some(id.clone());
        }
        let kubelet = self.identity(&nodes, &format!("{name}-agentpool"), region);
        // The Key Vault add-on attaches an identity of its own, so that a pod that names none gets 400 from the metadata service.
        let vault = self.identity(
            &nodes,
            &format!("azurekeyvaultsecretsprovider-{name}"),
            region,
        );
        let system = nodes.resource(SCALE_SETS, "aks-system-10000001-vmss");
        self.node_pool(system, "system", region, vec![kubelet.clone()]);
        let user = nodes.resource(SCALE_SETS, "aks-user-10000002-vmss");
        self.node_pool(user, "user", region, vec![kubelet.clone(), vault]);
        self.run_nodes_as(&id, &kubelet);
        self.install_prometheus(&id);
    }

    /// Adds a cluster of which there is nothing but the resource itself.
    pub(super) fn bare_cluster(
        &mut self,
        group: &str,
        name: &str,
        region: &str,
    ) -> StoredResourceId {
        let nodes = node_group(group, name, region);
        let id = self.group(group, region).resource(CLUSTERS, name);
        let principal = guid_for(&format!("identity of {id}"));
        let mut properties = properties(&id, &nodes);
        complete_cluster(&mut properties, &Map::new());
        let tenant = self.state.directory.tenant_id;
        let mut cluster = StoredCluster {
            id: id.clone(),
            location: region.to_owned(),
            tags: Map::new(),
            attributes: object(json!({
                "sku": {"name": "Base", "tier": "Standard"},
                "identity": {"type": "SystemAssigned", "principalId": principal, "tenantId": tenant},
            })),
            properties,
            revision: 1,
            failed: false,
            pending: None,
            created: self.long_ago,
        };
        name_outbound_address(&mut cluster);
        self.state.managed_clusters.insert(cluster);
        id
    }

    pub(super) fn remove_clusters(&mut self) {
        for group in self
            .state
            .resource_groups
            .iter()
            .cloned()
            .collect::<Vec<_>>()
        {
            self.state.remove_within(&group.id);
        }
        self.state.kubernetes.clear();
        self.group("rg-prod", super::REGION);
    }

    /// Takes away the identities of all clusters and of their nodes.
    pub(super) fn run_clusters_as_service_principal(&mut self) {
        let client = guid_for("service principal of the cluster");
        for cluster in self.state.managed_clusters.iter_mut() {
            cluster.attributes.remove("identity");
            cluster.properties.remove("identityProfile");
            let profile = json!({"clientId": client});
            cluster
                .properties
                .insert("servicePrincipalProfile".to_owned(), profile);
        }
        for machine in self.state.machines.iter_mut() {
            // Nodes of such a cluster have no kubelet identity, so a pod gets no token on them.
            machine.identities.clear();
        }
    }

    pub(super) fn identity(
        &mut self,
        group: &StoredResourceId,
        name: &str,
        region: &str,
    ) -> StoredResourceId {
        let id = group.resource("Microsoft.ManagedIdentity/userAssignedIdentities", name);
        self.state
            .add_identity(id.clone(), region, Map::new(), self.long_ago);
        id
    }

    fn node_pool(
        &mut self,
        id: StoredResourceId,
        pool: &str,
        region: &str,
        identities: Vec<StoredResourceId>,
    ) {
        self.state.machines.insert(StoredMachine {
            id,
            kind: "Microsoft.Compute/virtualMachineScaleSets",
            location: region.to_owned(),
            // By this tag AKS and its users know which pool a scale set belongs to.
            tags: object(json!({"aks-managed-poolName": pool})),
            system_identity: None,
            identities,
            properties: object(json!({
                "orchestrationMode": "Uniform",
                // AKS uses this mode; an identity reaches the running instances all the same.
                "upgradePolicy": {"mode": "Manual"},
            })),
            writes: 1,
            pending: None,
            created: self.long_ago,
        });
    }

    fn run_nodes_as(&mut self, cluster: &StoredResourceId, kubelet: &StoredResourceId) {
        let identity = self.state.identities.get(kubelet);
        let identity = identity.expect("the kubelet's identity is fixture before its cluster runs");
        let profile = json!({"kubeletidentity": {
            // AKS spells this id in its own way.
            "resourceId": kubelet.as_str().replacen("/resourceGroups/", "/resourcegroups/", 1),
            "clientId": identity.client_id, "objectId": identity.principal_id,
        }});
        if let Some(cluster) = self.state.managed_clusters.get_mut(cluster) {
            cluster
                .properties
                .insert("identityProfile".to_owned(), profile);
        }
    }

    /// Changes what is inside all clusters.
    pub(super) fn change_objects(&mut self, change: impl Fn(&mut Vec<Value>)) {
        for api in self.state.kubernetes.values_mut() {
            change(&mut api.objects);
        }
    }

    pub(super) fn change_api_servers(&mut self, change: fn(&mut KubernetesApi)) {
        self.state.kubernetes.values_mut().for_each(change);
    }

    fn install_prometheus(&mut self, cluster: &StoredResourceId) {
        let Some(cluster) = self.state.managed_clusters.get(cluster) else {
            return;
        };
        let api = KubernetesApi::new(kube_prometheus_stack::objects(cluster));
        self.state.kubernetes.insert(cluster.label(), api);
    }
}

const CLUSTERS: &str = "Microsoft.ContainerService/managedClusters";
const SCALE_SETS: &str = "Microsoft.Compute/virtualMachineScaleSets";

fn node_group(group: &str, cluster: &str, region: &str) -> String {
    format!("MC_{group}_{cluster}_{region}")
}

fn properties(cluster: &StoredResourceId, node_group: &str) -> Map<String, Value> {
    object(json!({
        "kubernetesVersion": "1.33",
        "dnsPrefix": format!("{}-dns", cluster.name()),
        "networkProfile": network_profile(),
        "enableRBAC": true,
        "nodeResourceGroup": node_group,
        "nodeResourceGroupProfile": {"restrictionLevel": "Unrestricted"},
        "oidcIssuerProfile": {"enabled": true},
        // The issuer and the webhook are two switches; workload identity takes both.
        "securityProfile": {"workloadIdentity": {"enabled": true}},
        "agentPoolProfiles": [node_pool("system", "System"), node_pool("user", "User")],
        // AKS writes the word `msi` here for clusters that run as managed identities.
        "servicePrincipalProfile": {"clientId": "msi"},
        "linuxProfile": {
            "adminUsername": "azureuser",
            "ssh": {"publicKeys": [{"keyData": "ssh-rsa not-a-real-key"}]},
        },
        "disableLocalAccounts": false,
        "apiServerAccessProfile": {"enablePrivateCluster": false},
        "nodeProvisioningProfile": {"mode": "Manual"},
    }))
}

/// Azure's own network for pods, in its present form.
fn network_profile() -> Value {
    json!({
        "networkPlugin": "azure",
        "networkPluginMode": "overlay",
        "networkPolicy": "none",
        "networkDataplane": "azure",
        "outboundType": "loadBalancer",
        "podCidr": "10.244.0.0/16",
        "podCidrs": ["10.244.0.0/16"],
        "serviceCidr": "10.0.0.0/16",
        "serviceCidrs": ["10.0.0.0/16"],
        "dnsServiceIP": "10.0.0.10",
        "ipFamilies": ["IPv4"],
    })
}

fn node_pool(name: &str, mode: &str) -> Value {
    json!({
        "name": name,
        "type": "VirtualMachineScaleSets",
        "mode": mode,
        "osType": "Linux",
        "count": 2,
        "vmSize": "Standard_D4s_v5",
        "enableEncryptionAtHost": false,
        "enableUltraSSD": false,
    })
}

/// The fields of a JSON literal that is an object.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => unreachable!("seeds are written as objects"),
    }
}
