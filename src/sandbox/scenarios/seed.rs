//! Builds the state of a scenario from a few operations, so that a scenario states only its differences.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::sandbox::state::{
    AzureState, LockLevel, Password, Policy, Registration, ResourceGroup, RoleAssignment,
    StoredApplication, StoredDenyAssignment, StoredLock, StoredPrincipal, StoredPrincipalKind,
    StoredResourceId, StoredSubscription, guid_for, role_named,
};

/// The application that is signed in.
pub(crate) const SIGNED_IN: &str = "amw-rw-sandbox-user";
/// Its client secret; it opens nothing but a sandbox.
const SIGNED_IN_SECRET: &str = "sandbox~only-not-a-real-secret";
/// Where the example is.
pub(super) const REGION: &str = "westeurope";

/// Namespaces that a new subscription of these worlds has registered; `Microsoft.Monitor` is left to the user.
const REGISTERED: [&str; 8] = [
    "Microsoft.AlertsManagement",
    "Microsoft.Authorization",
    "Microsoft.Compute",
    "Microsoft.ContainerService",
    "Microsoft.Insights",
    "Microsoft.ManagedIdentity",
    "Microsoft.ResourceGraph",
    "Microsoft.Resources",
];

/// A state under construction. Operations apply to the subscription that was added last.
pub(super) struct Seed {
    pub(super) state: AzureState,
    /// Long ago, so that nothing seeded is still propagating.
    pub(super) long_ago: Timestamp,
}

impl Seed {
    /// A subscription with one cluster, one Prometheus, and an owner signed in.
    pub(super) fn example(now: Timestamp) -> Self {
        let mut seed = Self {
            state: AzureState::default(),
            // 30 days: older than any propagation, and younger than the secret's end.
            long_ago: now - SignedDuration::from_hours(24 * 30),
        };
        seed.state.directory.tenant_id = guid_for("tenant");
        seed.state.directory.tenant_name = "Sandbox".to_owned();
        seed.subscription("Example");
        seed.sign_in();
        seed.hold("Owner");
        seed.hold("Monitoring Data Reader");
        seed.cluster("rg-prod", "aks-prod", REGION);
        seed
    }

    /// Adds a subscription in which `Microsoft.Monitor` is not registered.
    pub(super) fn subscription(&mut self, name: &str) {
        let mut subscription = StoredSubscription {
            id: guid_for(&format!("subscription {name}")),
            name: name.to_owned(),
            tenant_id: self.state.directory.tenant_id,
            state: "Enabled",
            providers: BTreeMap::new(),
        };
        // A subscription that never had a workspace has `Microsoft.Monitor` unregistered, and the first write is refused.
        for namespace in REGISTERED {
            subscription.register(namespace, Registration::Registered);
        }
        self.state.subscriptions.push(subscription);
    }

    /// Adds the application that everything is done as; it administers the directory's applications.
    fn sign_in(&mut self) {
        let app_id = guid_for(&format!("client id of {SIGNED_IN}"));
        let directory = &mut self.state.directory;
        directory.applications.push(StoredApplication {
            sign_in_audience: "AzureADMyOrg".to_owned(),
            attributes: Map::new(),
            object_id: guid_for(&format!("application {SIGNED_IN}")),
            app_id,
            display_name: SIGNED_IN.to_owned(),
            tags: Vec::new(),
            unique_name: None,
            owners: Vec::new(),
            passwords: vec![Password {
                key_id: guid_for(&format!("secret of {SIGNED_IN}")),
                display_name: None,
                secret: SIGNED_IN_SECRET.to_owned(),
                starts: self.long_ago,
                ends: self.long_ago + SignedDuration::from_hours(24 * 365),
            }],
            credentials: Vec::new(),
            created: self.long_ago,
        });
        directory.principals.push(StoredPrincipal {
            object_id: signed_in_principal(),
            app_id: Some(app_id),
            display_name: SIGNED_IN.to_owned(),
            kind: StoredPrincipalKind::ServicePrincipal,
            passwords: Vec::new(),
            created: self.long_ago,
        });
        directory
            .application_administrators
            // Roles in Azure grant nothing in the directory: the right to create applications is a separate one.
            .push(signed_in_principal());
    }

    /// Adds an application of another user, who holds a secret of it.
    pub(super) fn add_application(&mut self, name: &str, unique_name: Option<String>) {
        let owner = guid_for("user mallory");
        let directory = &mut self.state.directory;
        directory.principals.push(StoredPrincipal {
            object_id: owner,
            app_id: None,
            display_name: "Mallory".to_owned(),
            kind: StoredPrincipalKind::User,
            passwords: Vec::new(),
            created: self.long_ago,
        });
        directory.applications.push(StoredApplication {
            sign_in_audience: "AzureADMyOrg".to_owned(),
            attributes: Map::new(),
            object_id: guid_for(&format!("application {name}")),
            app_id: guid_for(&format!("client id of {name}")),
            display_name: name.to_owned(),
            tags: Vec::new(),
            unique_name,
            owners: vec![owner],
            passwords: vec![Password {
                key_id: guid_for(&format!("secret of {name}")),
                display_name: Some("amw-rw".to_owned()),
                secret: "fixture~only-not-a-real-secret".to_owned(),
                starts: self.long_ago,
                ends: self.long_ago + SignedDuration::from_hours(24 * 365),
            }],
            credentials: Vec::new(),
            created: self.long_ago,
        });
    }

    /// Gives the signed-in application a role on the subscription.
    pub(super) fn hold(&mut self, role: &str) {
        let role = role_named(role);
        let scope = StoredResourceId::subscription_scope(self.subscription_id());
        self.state.role_assignments.push(RoleAssignment {
            name: guid_for(&format!("{} on {scope}", role.name)),
            scope,
            role: role.id,
            principal_id: signed_in_principal(),
            principal_type: StoredPrincipalKind::ServicePrincipal.name(),
            description: None,
            condition: None,
            condition_version: None,
            created: self.long_ago,
            created_by: signed_in_principal(),
        });
    }

    /// Leaves the signed-in application no roles but these.
    pub(super) fn hold_only(&mut self, roles: &[&str]) {
        self.state.role_assignments.clear();
        for role in roles {
            self.hold(role);
        }
    }

    /// The resource group of that name, made if need be.
    pub(super) fn group(&mut self, name: &str, region: &str) -> StoredResourceId {
        let id = StoredResourceId::group(self.subscription_id(), name);
        if self.state.resource_groups.get(&id).is_none() {
            self.state.resource_groups.insert(ResourceGroup {
                id: id.clone(),
                location: region.to_owned(),
                tags: Map::new(),
                managed_by: None,
                deletion: None,
                created: self.long_ago,
            });
        }
        id
    }

    pub(super) fn workspace(&mut self, group: &str, name: &str, region: &str) {
        let id = self
            .group(group, region)
            .resource("Microsoft.Monitor/accounts", name);
        self.state.add_workspace(id, region, self.long_ago);
    }

    /// Changes a property of every cluster.
    pub(super) fn set_on_clusters(&mut self, property: &str, value: &Value) {
        for cluster in self.state.managed_clusters.iter_mut() {
            cluster
                .properties
                .insert(property.to_owned(), value.clone());
        }
    }

    /// Forbids writes of a resource type, which is given in lower case.
    pub(super) fn policy(&mut self, name: &str, resource_type: &str) {
        self.state.policies.push(Policy {
            name: name.to_owned(),
            scope: StoredResourceId::subscription_scope(self.subscription_id()),
            resource_type: resource_type.to_owned(),
        });
    }

    pub(super) fn lock(&mut self, group: &str, level: LockLevel) {
        let scope = StoredResourceId::group(self.subscription_id(), group);
        let lock = StoredLock::new(scope, &format!("lock-{group}"), level, self.long_ago);
        self.state.locks.insert(StoredLock {
            // People write the reason here, so a message about the lock should show it.
            notes: Some("Frozen until the audit is over.".to_owned()),
            ..lock
        });
    }

    /// Keeps everyone from changing what is in a group, whatever their roles.
    pub(super) fn deny_changes_of(&mut self, group: &str) {
        self.state.deny_assignments.push(StoredDenyAssignment {
            name: guid_for(&format!("deny assignment of {group}")),
            display_name: "Node resource group lock-down".to_owned(),
            scope: StoredResourceId::group(self.subscription_id(), group),
            actions: vec!["*/write", "*/delete"],
            // Which actions Azure denies here, and which it leaves, is not recorded.
            not_actions: vec!["Microsoft.Authorization/roleAssignments/*"],
            excluded_principals: Vec::new(),
        });
    }

    pub(super) fn subscription_id(&self) -> Uuid {
        let latest = self.state.subscriptions.last();
        latest.expect("every world begins with a subscription").id
    }
}

fn signed_in_principal() -> Uuid {
    guid_for(&format!("service principal of {SIGNED_IN}"))
}
