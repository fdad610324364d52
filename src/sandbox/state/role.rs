//! Roles and who holds them where.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;
use uuid::{Uuid, uuid};

use super::{AzureState, StoredResourceId};

/// A role: built in, or custom.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) name: Cow<'static, str>,
    pub(crate) id: Uuid,
    pub(crate) description: Option<Cow<'static, str>>,
    pub(crate) permission: RolePermission,
    /// What only a custom role has.
    pub(crate) custom: Option<CustomRole>,
}

/// What a custom role has that a built-in role lacks.
#[derive(Clone, Debug)]
pub(crate) struct CustomRole {
    /// Where it can be assigned.
    pub(crate) assignable_scopes: Vec<StoredResourceId>,
    pub(crate) created: Timestamp,
    pub(crate) created_by: Uuid,
    pub(crate) updated: Timestamp,
    pub(crate) updated_by: Uuid,
}

/// What a role allows.
#[derive(Clone, Debug)]
pub(crate) struct RolePermission {
    pub(crate) actions: ActionPatterns,
    pub(crate) not_actions: ActionPatterns,
    pub(crate) data_actions: ActionPatterns,
    pub(crate) not_data_actions: ActionPatterns,
}

/// Patterns in which `*` matches any run of characters.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum ActionPatterns {
    BuiltIn(&'static [&'static str]),
    Custom(Vec<String>),
}

impl ActionPatterns {
    pub(crate) fn any(&self, mut matches: impl FnMut(&str) -> bool) -> bool {
        match self {
            Self::BuiltIn(patterns) => patterns.iter().any(|it| matches(it)),
            Self::Custom(patterns) => patterns.iter().any(|it| matches(it)),
        }
    }
}

/// A role that a principal holds at a scope and below it.
#[derive(Clone, Debug)]
pub(crate) struct RoleAssignment {
    pub(crate) name: Uuid,
    pub(crate) scope: StoredResourceId,
    pub(crate) role: Uuid,
    pub(crate) principal_id: Uuid,
    pub(crate) principal_type: &'static str,
    pub(crate) description: Option<String>,
    /// Stored and shown; the sandbox does not evaluate it.
    pub(crate) condition: Option<String>,
    pub(crate) condition_version: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) created_by: Uuid,
}

const fn role(
    name: &'static str,
    id: Uuid,
    description: &'static str,
    actions: &'static [&'static str],
    not_actions: &'static [&'static str],
    data_actions: &'static [&'static str],
) -> Role {
    let permission = RolePermission {
        actions: ActionPatterns::BuiltIn(actions),
        not_actions: ActionPatterns::BuiltIn(not_actions),
        data_actions: ActionPatterns::BuiltIn(data_actions),
        not_data_actions: ActionPatterns::BuiltIn(&[]),
    };
    Role {
        name: Cow::Borrowed(name),
        id,
        description: Some(Cow::Borrowed(description)),
        permission,
        custom: None,
    }
}

/// The built-in roles that the sandbox knows.
pub(crate) static ROLES: &[Role] = &[
    role(
        "Owner",
        uuid!("8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
        "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.",
        &["*"],
        &[],
        &[],
    ),
    role(
        "Contributor",
        uuid!("b24988ac-6180-42a0-ab88-20f7382dd24c"),
        "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC, manage assignments in Azure Blueprints, or share image galleries.",
        &["*"],
        &[
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
            "Microsoft.Blueprint/blueprintAssignments/write",
            "Microsoft.Blueprint/blueprintAssignments/delete",
            "Microsoft.Compute/galleries/share/action",
        ],
        &[],
    ),
    role(
        "Reader",
        uuid!("acdd72a7-3385-48ef-bd42-f606fba81ae7"),
        "View all resources, but does not allow you to make any changes.",
        &["*/read"],
        &[],
        &[],
    ),
    role(
        "User Access Administrator",
        uuid!("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"),
        "Lets you manage user access to Azure resources.",
        &["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"],
        &[],
        &[],
    ),
    role(
        "Role Based Access Control Administrator",
        uuid!("f58310d9-a9f6-439a-9e8d-f62e7b41a168"),
        "Manage access to Azure resources by assigning roles using Azure RBAC.",
        &[
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "*/read",
            "Microsoft.Support/*",
        ],
        &[],
        &[],
    ),
    role(
        "Monitoring Contributor",
        uuid!("749f88d5-cbae-40b8-bcfc-e573ddc772fa"),
        "Can read all monitoring data and update monitoring settings.",
        &[
            "*/read",
            "Microsoft.AlertsManagement/*",
            "Microsoft.Insights/*",
            "Microsoft.Monitor/*",
            "Microsoft.Support/*",
        ],
        &[],
        &[],
    ),
    role(
        "Monitoring Reader",
        uuid!("43d0d8ad-25c7-4714-9337-8ba259a9fe05"),
        "Can read all monitoring data.",
        &["*/read", "Microsoft.Support/*"],
        &[],
        &[],
    ),
    role(
        "Monitoring Metrics Publisher",
        uuid!("3913510d-42f4-4e42-8a64-420c390055eb"),
        "Enables publishing metrics against Azure resources",
        &[
            "Microsoft.Insights/Register/Action",
            "Microsoft.Support/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        &[],
        &[
            "Microsoft.Insights/Metrics/Write",
            "Microsoft.Insights/Telemetry/Write",
        ],
    ),
    role(
        "Monitoring Data Reader",
        uuid!("b0d8363b-8ddd-447d-831f-62ca05bff136"),
        "Can access the data in an Azure Monitor Workspace.",
        &[],
        &[],
        &["Microsoft.Monitor/accounts/data/metrics/read"],
    ),
    role(
        "Managed Identity Contributor",
        uuid!("e40ec5ca-96e0-45a2-b4ff-59039f2c2b59"),
        "Create, Read, Update, and Delete User Assigned Identity",
        &[
            "Microsoft.ManagedIdentity/userAssignedIdentities/*",
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        &[],
        &[],
    ),
    role(
        "Managed Identity Operator",
        uuid!("f1a07417-d97a-45cb-824c-7a7467783830"),
        "Read and Assign User Assigned Identity",
        &[
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        &[],
        &[],
    ),
    role(
        "Virtual Machine Contributor",
        uuid!("9980e02c-c2be-4d73-94e8-173b1dc7cf3c"),
        "Lets you manage virtual machines, but not access to them, and not the virtual network or storage account they're connected to.",
        &[
            "Microsoft.Authorization/*/read",
            "Microsoft.Compute/virtualMachines/*",
            "Microsoft.Compute/virtualMachineScaleSets/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        &[],
        &[],
    ),
    role(
        "Azure Kubernetes Service Cluster User Role",
        uuid!("4abbcc35-e782-43d8-92c5-2d3f1bd2253f"),
        "List cluster user credential action.",
        &[
            "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
            "Microsoft.ContainerService/managedClusters/read",
        ],
        &[],
        &[],
    ),
    role(
        "Network Contributor",
        uuid!("4d97b98b-1d4f-4787-a291-c67834d212e7"),
        "Lets you manage networks, but not access to them.",
        &[
            "Microsoft.Authorization/*/read",
            "Microsoft.Network/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        &[],
        &[],
    ),
    role(
        "Grafana Admin",
        uuid!("22926164-76b3-42b3-bc55-97df8dab3e41"),
        "Manage server-wide settings and manage access to resources such as organizations, users, and licenses.",
        &[],
        &[],
        &["Microsoft.Dashboard/grafana/ActAsGrafanaAdmin/action"],
    ),
];

/// The role of that name; the sandbox's own seeds ask only for roles it has.
pub(crate) fn role_named(name: &str) -> &'static Role {
    ROLES
        .iter()
        .find(|role| role.name == name)
        .expect("a seed names a role of the table above")
}

impl AzureState {
    /// The built-in roles and the custom ones.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &Role> {
        ROLES.iter().chain(&self.custom_roles)
    }

    pub(crate) fn role_with_id(&self, id: Uuid) -> Option<&Role> {
        self.roles().find(|role| role.id == id)
    }
}

impl Role {
    /// Whether it can be assigned at a scope, which lists there show too.
    pub(crate) fn is_assignable_at(&self, scope: &StoredResourceId) -> bool {
        self.custom.as_ref().is_none_or(|custom| {
            let mut scopes = custom.assignable_scopes.iter();
            // At an assignable scope and below it, never above.
            scopes.any(|it| scope.is_within(it))
        })
    }
}
