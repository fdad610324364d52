//! The Azure CLI commands that are printed.

use super::CommandLine;
use crate::spec::ids::ResourceId;

fn az(words: &[&'static str]) -> CommandLine {
    CommandLine::new("az", words)
}

/// Adds the credentials of a cluster to the kubeconfig, as a context of this name. Without `--overwrite-existing`, az asks
/// before it replaces another entry. <https://learn.microsoft.com/cli/azure/aks#az-aks-get-credentials>
pub(crate) fn get_credentials(
    cluster: &ResourceId,
    context: &str,
    file: Option<&str>,
) -> CommandLine {
    let line = az(&["aks", "get-credentials"])
        .option("--subscription", cluster.subscription().as_str())
        .option(
            "--resource-group",
            cluster.resource_group_name().unwrap_or_default(),
        )
        .option("--name", cluster.name())
        // Without it the context has the cluster's bare name, which two clusters can share.
        .option("--context", context);
    match file {
        Some(file) => line.option_file("--file", file),
        None => line,
    }
}

pub(crate) fn start_cluster(name: &str, resource_group: Option<&str>) -> CommandLine {
    az(&["aks", "start"])
        .option("--name", name)
        .option("--resource-group", resource_group.unwrap_or("GROUP"))
}

pub(crate) fn show_oidc_issuer(cluster_id: &str) -> CommandLine {
    az(&["aks", "show"])
        .option("--ids", cluster_id)
        .words(&["--query", "oidcIssuerProfile"])
}

/// Adds the credentials of a cluster that the user names.
pub(crate) fn get_any_credentials() -> CommandLine {
    az(&["aks", "get-credentials", "--name", "CLUSTER"]).words(&["--resource-group", "GROUP"])
}

/// Writes the credentials of a cluster to a file, to look at them.
pub(crate) fn save_credentials() -> CommandLine {
    get_any_credentials().words(&["--file", "FILE"])
}

/// Installs kubectl and kubelogin.
pub(crate) fn install_kubelogin() -> CommandLine {
    az(&["aks", "install-cli"])
}

pub(crate) fn list_clusters() -> CommandLine {
    az(&["aks", "list", "--output", "table"])
}

/// Lists the subscriptions of every tenant, disabled ones too.
pub(crate) fn list_subscriptions() -> CommandLine {
    az(&["account", "list", "--all", "--output", "table"])
}

/// Shows the tenant that is signed in to.
pub(crate) fn show_tenant() -> CommandLine {
    az(&["account", "show", "--query", "tenantId"])
}

/// Signs in to the home tenant.
pub(crate) fn login_again() -> CommandLine {
    az(&["login"])
}

/// Signs in to a tenant that the user names.
pub(crate) fn login_to_any() -> CommandLine {
    login("TENANT")
}

/// Signs in to a tenant.
pub(crate) fn login(tenant: &str) -> CommandLine {
    az(&["login"]).option("--tenant", tenant)
}

/// Signs in again with the claims that a Conditional Access policy asks for; `challenge` is scope and claims.
pub(crate) fn login_with_claims(
    tenant: Option<&str>,
    challenge: Option<(&str, &str)>,
) -> CommandLine {
    let line = az(&["login"]);
    let line = match tenant {
        Some(tenant) => line.option("--tenant", tenant),
        None => line,
    };
    match challenge {
        Some((scope, claims)) => line
            .option("--scope", scope)
            .option("--claims-challenge", claims),
        None => line,
    }
}

pub(crate) fn choose_cloud(name: &str) -> CommandLine {
    // The Azure CLI keeps the cloud that is set, for all commands after it.
    az(&["cloud", "set"]).option("--name", name)
}

/// Grants a role to a user or service principal.
pub(crate) fn grant(assignee: Assignee<'_>, role: &str, scope: &str) -> CommandLine {
    let line = az(&["role", "assignment", "create"]);
    let line = match assignee {
        Assignee::Principal(id) => line.option("--assignee", id),
        Assignee::ObjectId(id) => line.option("--assignee-object-id", id),
    };
    line.option("--role", role).option("--scope", scope)
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Assignee<'a> {
    /// User name, object id or client id: az looks it up.
    Principal(&'a str),
    /// Needs no right to read the directory.
    ObjectId(&'a str),
}

pub(crate) fn register_provider(namespace: &str) -> CommandLine {
    az(&["provider", "register"]).option("--namespace", namespace)
}

pub(crate) fn delete_client_secret(client_id: &str, key_id: &str) -> CommandLine {
    az(&["ad", "app", "credential", "delete"])
        .option("--id", client_id)
        .option("--key-id", key_id)
}

#[cfg(test)]
pub(super) fn examples(value: &str) -> Vec<CommandLine> {
    let cluster = ResourceId::parse(
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-prod/providers/\
         Microsoft.ContainerService/managedClusters/aks-prod",
    )
    .unwrap();
    vec![
        get_credentials(&cluster, value, None),
        get_credentials(&cluster, value, Some(value)),
        start_cluster(value, Some(value)),
        show_oidc_issuer(value),
        get_any_credentials(),
        save_credentials(),
        install_kubelogin(),
        list_clusters(),
        list_subscriptions(),
        show_tenant(),
        login_again(),
        login_to_any(),
        login(value),
        login_with_claims(Some(value), Some((value, value))),
        login_with_claims(None, None),
        choose_cloud(value),
        grant(Assignee::Principal(value), value, value),
        grant(Assignee::ObjectId(value), value, value),
        register_provider(value),
        delete_client_secret(value, value),
    ]
}
