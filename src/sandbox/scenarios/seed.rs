//! Builds worlds out of a few deeds, so that a scenario says only what makes it special.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::kube_prometheus_stack;
use crate::sandbox::state::{
    Application, KubernetesApi, ManagedCluster, Password, Principal, PrincipalKind, Registration,
    ResourceGroup, ResourceId, RoleAssignment, ScaleSet, State, Subscription, guid_for, role_named,
};

/// The application that is signed in.
pub(crate) const SIGNED_IN: &str = "amw-rw-sandbox-user";
/// Its client secret; it opens nothing but this sandbox.
const SIGNED_IN_SECRET: &str = "sandbox~only-not-a-real-secret";
const REGION: &str = "westeurope";

/// A world in the making.
pub(super) struct Seed {
    pub(super) state: State,
    /// Long ago, so that nothing seeded is still propagating.
    long_ago: Timestamp,
}

impl Seed {
    /// A subscription with one cluster, one Prometheus, and an owner signed in.
    pub(super) fn example(now: Timestamp) -> Self {
        let mut seed = Self {
            state: State::default(),
            long_ago: now - SignedDuration::from_hours(24 * 30),
        };
        seed.state.directory.tenant_id = guid_for("tenant");
        seed.state.directory.tenant_name = "Sandbox".to_owned();
        seed.subscription("Example");
        let caller = seed.application(SIGNED_IN, SIGNED_IN_SECRET);
        seed.state.directory.application_administrators.push(caller);
        for role in ["Owner", "Monitoring Data Reader"] {
            seed.assign_role(role);
        }
        seed.group("rg-prod", REGION);
        seed.cluster("rg-prod", "aks-prod", REGION);
        seed.prometheus();
        seed
    }

    /// Adds a subscription in which everything but `Microsoft.Monitor` is registered.
    pub(super) fn subscription(&mut self, name: &str) {
        let mut subscription = Subscription {
            id: guid_for(&format!("subscription {name}")),
            name: name.to_owned(),
            tenant_id: self.state.directory.tenant_id,
            state: "Enabled",
            providers: std::collections::BTreeMap::new(),
        };
        for namespace in [
            "Microsoft.AlertsManagement",
            "Microsoft.Authorization",
            "Microsoft.Compute",
            "Microsoft.ContainerService",
            "Microsoft.Insights",
            "Microsoft.ManagedIdentity",
            "Microsoft.ResourceGraph",
            "Microsoft.Resources",
        ] {
            subscription.register(namespace, Registration::Registered);
        }
        self.state.subscriptions.push(subscription);
    }

    /// Adds an application with a secret and its service principal, whose object id is returned.
    fn application(&mut self, name: &str, secret: &str) -> Uuid {
        let app_id = guid_for(&format!("client id of {name}"));
        let principal = guid_for(&format!("service principal of {name}"));
        self.state.directory.applications.push(Application {
            object_id: guid_for(&format!("application {name}")),
            app_id,
            display_name: name.to_owned(),
            tags: Vec::new(),
            passwords: vec![Password {
                key_id: guid_for(&format!("secret of {name}")),
                display_name: None,
                secret: secret.to_owned(),
                starts: self.long_ago,
                ends: self.long_ago + SignedDuration::from_hours(24 * 365),
            }],
            credentials: Vec::new(),
            created: self.long_ago,
        });
        self.state.directory.principals.push(Principal {
            object_id: principal,
            app_id: Some(app_id),
            display_name: name.to_owned(),
            kind: PrincipalKind::ServicePrincipal,
            created: self.long_ago,
        });
        principal
    }

    /// Gives the signed-in application a role on the first subscription.
    pub(super) fn assign_role(&mut self, role: &str) {
        let role = role_named(role);
        let scope = ResourceId::subscription_scope(self.first_subscription());
        let principal = guid_for(&format!("service principal of {SIGNED_IN}"));
        self.state.role_assignments.push(RoleAssignment {
            name: guid_for(&format!("{} of the signed-in application", role.name)),
            scope,
            role: role.id,
            principal_id: principal,
            principal_type: PrincipalKind::ServicePrincipal.name(),
            description: None,
            created: self.long_ago,
            created_by: principal,
        });
    }

    /// Adds a resource group to the first subscription.
    pub(super) fn group(&mut self, name: &str, region: &str) -> ResourceId {
        let id = ResourceId::group(self.first_subscription(), name);
        self.state.resource_groups.insert(ResourceGroup {
            id: id.clone(),
            location: region.to_owned(),
            tags: Map::new(),
            managed_by: None,
        });
        id
    }

    /// Adds an AKS cluster with its node group, its kubelet identity and two node pools.
    pub(super) fn cluster(&mut self, group: &str, name: &str, region: &str) {
        let group = ResourceId::group(self.first_subscription(), group);
        let id = group.resource("Microsoft.ContainerService/managedClusters", name);
        let nodes = format!("MC_{}_{name}_{region}", group.name());
        let nodes_id = self.group(&nodes, region);
        if let Some(group) = self.state.resource_groups.get_mut(&nodes_id) {
            group.managed_by = Some(id.clone());
        }
        let kubelet = self.identity(&nodes_id, &format!("{name}-agentpool"), region);
        let other = self.identity(
            &nodes_id,
            &format!("azurekeyvaultsecretsprovider-{name}"),
            region,
        );
        self.node_pool(
            &nodes_id,
            "aks-system-10000001-vmss",
            region,
            vec![kubelet.clone()],
        );
        self.node_pool(
            &nodes_id,
            "aks-user-10000002-vmss",
            region,
            vec![kubelet.clone(), other],
        );
        let attributes = json!({
            "sku": {"name": "Base", "tier": "Standard"},
            "identity": {"type": "SystemAssigned", "principalId": guid_for(&format!("identity of {id}")),
                         "tenantId": self.state.directory.tenant_id},
        });
        let properties = self.cluster_properties(&nodes, &kubelet);
        self.state.managed_clusters.insert(ManagedCluster {
            id,
            location: region.to_owned(),
            tags: Map::new(),
            attributes: object(attributes),
            properties,
            revision: 1,
            pending: None,
        });
    }

    fn cluster_properties(&self, nodes: &str, kubelet: &ResourceId) -> Map<String, Value> {
        let identity = self
            .state
            .identities
            .get(kubelet)
            .expect("a cluster's kubelet identity is seeded before the cluster");
        let pool = |name: &str, mode: &str| {
            json!({"name": name, "type": "VirtualMachineScaleSets", "mode": mode, "osType": "Linux", "count": 2,
                   "vmSize": "Standard_D4s_v5", "provisioningState": "Succeeded", "powerState": {"code": "Running"}})
        };
        object(json!({
            "kubernetesVersion": "1.33",
            "enableRBAC": true,
            "nodeResourceGroup": nodes,
            "nodeResourceGroupProfile": {"restrictionLevel": "Unrestricted"},
            "oidcIssuerProfile": {"enabled": true},
            "securityProfile": {"workloadIdentity": {"enabled": true}},
            "identityProfile": {"kubeletidentity": {
                "resourceId": kubelet, "clientId": identity.client_id, "objectId": identity.principal_id,
            }},
            "agentPoolProfiles": [pool("system", "System"), pool("user", "User")],
            "servicePrincipalProfile": {"clientId": "msi"},
            "disableLocalAccounts": false,
            "apiServerAccessProfile": {"enablePrivateCluster": false},
            "nodeProvisioningProfile": {"mode": "Manual"},
        }))
    }

    fn identity(&mut self, group: &ResourceId, name: &str, region: &str) -> ResourceId {
        let id = group.resource("Microsoft.ManagedIdentity/userAssignedIdentities", name);
        self.state
            .add_identity(id.clone(), region, Map::new(), self.long_ago);
        id
    }

    fn node_pool(
        &mut self,
        group: &ResourceId,
        name: &str,
        region: &str,
        identities: Vec<ResourceId>,
    ) {
        self.state.scale_sets.insert(ScaleSet {
            id: group.resource("Microsoft.Compute/virtualMachineScaleSets", name),
            location: region.to_owned(),
            tags: Map::new(),
            system_identity: None,
            identities,
            properties: object(json!({
                "orchestrationMode": "Uniform",
                "upgradePolicy": {"mode": "Manual"},
                "provisioningState": "Succeeded",
            })),
        });
    }

    /// Puts the operator's Prometheus into every cluster.
    fn prometheus(&mut self) {
        for cluster in self.state.managed_clusters.iter() {
            let api = KubernetesApi {
                reachable: true,
                forbidden: Vec::new(),
                objects: kube_prometheus_stack::objects(cluster),
            };
            self.state.kubernetes.insert(cluster.label(), api);
        }
    }

    fn first_subscription(&self) -> Uuid {
        self.state.subscriptions[0].id
    }
}

/// The fields of a JSON literal that is an object.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => unreachable!("seeds are written as objects"),
    }
}
