//! What this Azure holds at one moment: everything that requests read and change, and nothing about HTTP.

mod cluster_nodes;
mod collection;
mod data_collection;
mod directory;
mod document;
mod identity;
mod kubernetes;
mod machine;
mod managed_cluster;
mod managed_cluster_defaults;
mod new_workspace;
mod operation;
mod resource_group;
mod resource_id;
mod restriction;
mod role;
mod subscription;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

pub(crate) use self::{
    cluster_nodes::name_outbound_address,
    collection::{KeptResource, ResourceMap, StoredResource, TaggedResource},
    data_collection::{
        DataFlow, MonitoringAccount, PROMETHEUS_STREAM, StoredEndpoint, StoredRule, host_label,
    },
    directory::{
        DOMAINS, Directory, Password, StoredApplication, StoredPrincipal, StoredPrincipalKind,
    },
    document::StoredDocument,
    identity::{StoredFederatedCredential, UserAssignedIdentity},
    kubernetes::{KubernetesApi, ObjectChange},
    machine::StoredMachine,
    managed_cluster::{ClusterWrite, PendingWrite, StoredCluster, switches_issuer_on},
    managed_cluster_defaults::{complete_cluster, complete_pool, pod_limit, pools_of},
    operation::{Operation, OperationStatus},
    resource_group::ResourceGroup,
    resource_id::StoredResourceId,
    restriction::{LockLevel, Policy, StoredDenyAssignment, StoredLock},
    role::{ActionPatterns, CustomRole, Role, RoleAssignment, RolePermission, role_named},
    subscription::{Registration, StoredSubscription},
    workspace::StoredWorkspace,
};

use super::cloud::SandboxCloud;

/// Tags of a resource.
pub(crate) type Tags = Map<String, Value>;

/// Makes `AzureState` of these collections of resources, and of what is no resource.
macro_rules! state {
    ($($collection:ident: $resource:ty,)*) => {
        /// All that exists.
        #[derive(Clone, Debug, Default)]
        pub(crate) struct AzureState {
            pub(crate) cloud: SandboxCloud,
            pub(crate) directory: Directory,
            pub(crate) subscriptions: Vec<StoredSubscription>,
            $(pub(crate) $collection: ResourceMap<$resource>,)*
            pub(crate) custom_roles: Vec<Role>,
            pub(crate) role_assignments: Vec<RoleAssignment>,
            pub(crate) deny_assignments: Vec<StoredDenyAssignment>,
            pub(crate) policies: Vec<Policy>,
            /// What each cluster's API server holds, by the cluster's label.
            pub(crate) kubernetes: BTreeMap<String, KubernetesApi>,
            pub(crate) operations: BTreeMap<Uuid, Operation>,
            /// Clusters that were deleted: AKS itself refuses a read of them, and not Resource Manager.
            pub(crate) removed_clusters: BTreeSet<StoredResourceId>,
            /// Client request ids that were refused for an unregistered provider: Azure repeats that refusal for the same id.
            pub(crate) refused_as_unregistered: BTreeSet<String>,
            guids_drawn: u64,
        }

        impl AzureState {
            fn has_resource(&self, id: &StoredResourceId) -> bool {
                $(self.$collection.get(id).is_some())||*
            }

            fn remove_resources_within(&mut self, scope: &StoredResourceId) {
                // Also what extends the resources, such as locks: the id of an extension begins with that of its scope.
                $(self.$collection.remove_within(scope);)*
            }
        }

        $(impl KeptResource for $resource {
            fn kept_in(state: &AzureState) -> &ResourceMap<Self> {
                &state.$collection
            }

            fn kept_in_mut(state: &mut AzureState) -> &mut ResourceMap<Self> {
                &mut state.$collection
            }
        })*
    };
}

// A new collection is one line here, and one in the list below.
state! {
    resource_groups: ResourceGroup,
    workspaces: StoredWorkspace,
    data_collection_endpoints: StoredEndpoint,
    data_collection_rules: StoredRule,
    identities: UserAssignedIdentity,
    managed_clusters: StoredCluster,
    machines: StoredMachine,
    documents: StoredDocument,
    locks: StoredLock,
}

collection::tagged_resources! {
    ResourceGroup,
    StoredWorkspace,
    StoredEndpoint,
    StoredRule,
    UserAssignedIdentity,
    StoredCluster,
    StoredMachine {
        fn is_of_type(&self, kind: &str) -> bool {
            self.kind == kind
        }
    },
    StoredDocument {
        fn is_of_type(&self, kind: &str) -> bool {
            self.kind == kind
        }
    },
}

impl AzureState {
    /// A new GUID; the same requests in the same order get the same GUIDs.
    pub(crate) fn fresh_guid(&mut self) -> Uuid {
        self.guids_drawn += 1;
        guid_for(&format!("drawn {}", self.guids_drawn))
    }

    pub(crate) fn subscription(&self, id: &str) -> Option<&StoredSubscription> {
        self.subscriptions
            .iter()
            .find(|subscription| subscription.id.to_string().eq_ignore_ascii_case(id))
    }

    pub(crate) fn subscription_mut(&mut self, id: &str) -> Option<&mut StoredSubscription> {
        self.subscriptions
            .iter_mut()
            .find(|subscription| subscription.id.to_string().eq_ignore_ascii_case(id))
    }

    /// Whether there is a resource, resource group or subscription of that id.
    pub(crate) fn exists(&self, id: &StoredResourceId) -> bool {
        let subscription = id.subscription().unwrap_or_default();
        // Subscriptions are no resources, but scopes of roles and locks like any other.
        *id == StoredResourceId::subscription_scope(subscription)
            && self.subscription(subscription).is_some()
            || self.has_resource(id)
    }

    /// Removes everything at or below a scope, role assignments included.
    pub(crate) fn remove_within(&mut self, scope: &StoredResourceId) {
        self.remove_principals_of_identities_within(scope);
        self.remove_resources_within(scope);
        self.role_assignments
            .retain(|held| !held.scope.is_within(scope));
        self.deny_assignments
            .retain(|denied| !denied.scope.is_within(scope));
    }

    /// Removes the principals of identities that are about to be removed. Azure keeps the role assignments of such a
    /// principal, which then show as "Identity not found".
    fn remove_principals_of_identities_within(&mut self, scope: &StoredResourceId) {
        let gone: Vec<Uuid> = self
            .identities
            .within(scope)
            .map(|identity| identity.principal_id)
            .collect();
        self.directory
            .principals
            .retain(|principal| !gone.contains(&principal.object_id));
    }

    /// Creates a user-assigned identity and its service principal in the directory.
    pub(crate) fn add_identity(
        &mut self,
        id: StoredResourceId,
        location: &str,
        tags: Tags,
        now: Timestamp,
    ) -> UserAssignedIdentity {
        let identity = UserAssignedIdentity {
            // Roles take this id, and sign-ins the other one; users mistake them.
            principal_id: self.fresh_guid(),
            client_id: self.fresh_guid(),
            tenant_id: self.directory.tenant_id,
            location: location.to_owned(),
            tags,
            credentials: Vec::new(),
            last_credential_write: None,
            created: now,
            id,
        };
        self.directory.principals.push(StoredPrincipal {
            object_id: identity.principal_id,
            app_id: Some(identity.client_id),
            display_name: identity.id.name().to_owned(),
            kind: StoredPrincipalKind::ServicePrincipal,
            passwords: Vec::new(),
            created: now,
        });
        self.identities.insert(identity.clone());
        identity
    }
}

/// The same GUID for the same text, always.
pub(crate) fn guid_for(text: &str) -> Uuid {
    const NAMESPACE: Uuid = Uuid::from_u128(0x5a9d_b0c5_0000_4000_8000_a5ec_0de0_0001);
    Uuid::new_v5(&NAMESPACE, text.as_bytes())
}
