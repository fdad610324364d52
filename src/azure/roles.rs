//! The roles that we grant and name, and the smallest role that allows an action. One table for steps, probe, preflight,
//! advice and docs/steps.md.

use std::fmt;

/// A built-in role of Azure. Shown by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BuiltInRole {
    pub(crate) name: &'static str,
    /// The GUID of its definition, the same in every tenant and cloud.
    pub(crate) id: &'static str,
}

impl fmt::Display for BuiltInRole {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name)
    }
}

/// Allows writing samples, on the data collection rule (not on the workspace).
pub(crate) const MONITORING_METRICS_PUBLISHER: BuiltInRole = BuiltInRole {
    name: "Monitoring Metrics Publisher",
    id: "3913510d-42f4-4e42-8a64-420c390055eb",
};

/// The role of the directory, not of Azure, that may make applications.
pub(crate) const APPLICATION_DEVELOPER: &str = "Application Developer";

/// Right to fetch a kubeconfig.
pub(crate) const GET_KUBECONFIG: &str =
    "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action";
/// Right to list and read clusters.
pub(crate) const READ_CLUSTERS: &str = "Microsoft.ContainerService/managedClusters/read";
/// Right to query a workspace.
pub(crate) const QUERY_METRICS: &str = "Microsoft.Monitor/accounts/data/metrics/read";
/// Right to assign roles.
pub(crate) const ASSIGN_ROLES: &str = "Microsoft.Authorization/roleAssignments/write";

/// Actions and their least role; the first row that matches counts. `*` matches any text.
pub(crate) const LEAST_ROLES: &[(&str, &str)] = &[
    (
        "Microsoft.Authorization/roleAssignments/*",
        "Role Based Access Control Administrator",
    ),
    (
        "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
        "Managed Identity Operator",
    ),
    (GET_KUBECONFIG, "Azure Kubernetes Service Cluster User Role"),
    // A data action, which Reader does not have.
    (QUERY_METRICS, "Monitoring Data Reader"),
    ("*/read", "Reader"),
    // Registering a provider is a right on the subscription, which the roles of single services do not all have.
    ("*/register/action", "Contributor"),
    (
        "Microsoft.ContainerService/managedClusters/*",
        "Azure Kubernetes Service Contributor Role",
    ),
    ("Microsoft.Monitor/*", "Monitoring Contributor"),
    ("Microsoft.Insights/*", "Monitoring Contributor"),
    (
        "Microsoft.ManagedIdentity/*",
        "Managed Identity Contributor",
    ),
    ("Microsoft.Compute/*", "Virtual Machine Contributor"),
    ("*", "Contributor"),
];

/// The least role for an action; Azure compares actions without regard to case.
pub(crate) fn least_role(action: &str) -> &'static str {
    LEAST_ROLES
        .iter()
        .find(|(pattern, _)| covers(pattern, action))
        .map_or("Contributor", |(_, role)| role)
}

/// Whether `pattern` covers `action`: `*` matches any run of characters, slashes too; case does not matter.
pub(crate) fn covers(pattern: &str, action: &str) -> bool {
    // Role definitions are written by hand in any casing (`Microsoft.Authorization/*/Write`).
    let (pattern, action) = (pattern.to_lowercase(), action.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = action.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        // The first match is enough: a later part is only looked for behind it, and the last part is matched at the
        // end.
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_that_matches_gives_the_role_in_any_casing() {
        let cases = [
            (
                "microsoft.authorization/roleassignments/DELETE",
                "Role Based Access Control Administrator",
            ),
            (
                "Microsoft.ContainerService/managedClusters/write",
                "Azure Kubernetes Service Contributor Role",
            ),
            ("Microsoft.ContainerService/managedClusters/read", "Reader"),
            (
                "Microsoft.Monitor/accounts/data/metrics/read",
                "Monitoring Data Reader",
            ),
            ("Microsoft.Monitor/register/action", "Contributor"),
            ("Microsoft.Monitor/accounts/write", "Monitoring Contributor"),
            (
                "Microsoft.Resources/subscriptions/resourceGroups/write",
                "Contributor",
            ),
        ];

        for (action, role) in cases {
            assert_eq!(least_role(action), role, "{action}");
        }
    }

    #[test]
    fn the_page_of_steps_has_the_same_table() {
        let page = include_str!("../../docs/steps.md");
        let rows: Vec<String> = LEAST_ROLES
            .iter()
            .map(|(action, role)| format!("| `{action}` | {role} |"))
            .collect();

        assert!(
            page.contains(&format!("|---|---|\n{}\n", rows.join("\n"))),
            "{rows:#?}"
        );
    }

    #[test]
    fn a_star_matches_any_characters() {
        assert!(covers("*/read", "Microsoft.Monitor/accounts/read"));
        assert!(covers(
            "Microsoft.*/write",
            "microsoft.monitor/accounts/write"
        ));
        assert!(!covers(
            "Microsoft.Monitor/accounts",
            "Microsoft.Monitor/accounts/read"
        ));
        assert!(!covers("*/read", "Microsoft.Monitor/accounts/write"));
    }
}
