//! Which built-in role is the smallest that allows an action? One table for preflight, advice and docs/steps.md.

/// Right to fetch a kubeconfig.
pub(crate) const CLUSTER_USER_ROLE: &str = "Azure Kubernetes Service Cluster User Role";

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
    (
        "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
        CLUSTER_USER_ROLE,
    ),
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
        .find(|(pattern, _)| matches(pattern, action))
        .map_or("Contributor", |(_, role)| role)
}

fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_lowercase(), action.to_lowercase());
    match pattern.split_once('*') {
        Some((start, end)) => action.starts_with(start) && action.ends_with(end),
        None => action == pattern,
    }
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

        assert!(page.contains(&format!("|---|---|\n{}\n", rows.join("\n"))));
    }
}
