//! The file with which `kubectl` and its like find the clusters of this sandbox.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{azure::Azure, state::StoredCluster, tokens::TokenCaller};

/// A kubeconfig with a context for each cluster, good for a day; the first is the current one.
///
/// A context is called as its cluster; of two clusters with one name, the second is `NAME-GROUP`.
/// The text is JSON, which is YAML too.
pub(crate) fn kubeconfig(
    azure: &Azure,
    clusters: &[&StoredCluster],
    caller: &TokenCaller,
    now: Timestamp,
) -> String {
    let mut names: Vec<String> = Vec::new();
    let (mut connections, mut contexts, mut users) = (Vec::new(), Vec::new(), Vec::new());
    for cluster in clusters {
        let group = cluster.id.resource_group().unwrap_or_default();
        let plain = cluster.id.name().to_owned();
        let name = match names.contains(&plain) {
            true => format!("{plain}-{group}"),
            false => plain,
        };
        // As `az aks get-credentials` calls it; a context of AKS is recognised by it.
        let user = format!("clusterUser_{group}_{}", cluster.id.name());
        let token = token(azure, cluster, caller, now);
        connections.push(json!({"name": name, "cluster": connection(azure, cluster)}));
        contexts.push(json!({"name": name, "context": {"cluster": name, "user": user}}));
        users.push(json!({"name": user, "user": {"token": token}}));
        names.push(name);
    }
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": names.first().map_or("", String::as_str),
        "clusters": connections,
        "contexts": contexts,
        "users": users,
    });
    format!("{config:#}\n")
}

/// The same for a cluster that signs in by Entra: it runs a program, with the arguments that AKS gives it, and holds no token.
pub(crate) fn with_plugin(kubeconfig: &str, program: &str) -> String {
    let mut config: Value = serde_json::from_str(kubeconfig).expect("we wrote it as JSON");
    let arguments = [
        "get-token",
        "--login",
        // What AKS writes; it waits for a person with a browser.
        "devicecode",
        "--server-id",
        "6dae42f8-4368-4678-94ff-3960e28e3630",
        "--environment",
        "AzurePublicCloud",
    ];
    config["users"][0]["user"] = json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": program,
        "args": arguments,
        "interactiveMode": "Never",
        "provideClusterInfo": false,
    }});
    format!("{config:#}\n")
}

fn connection(azure: &Azure, cluster: &StoredCluster) -> Value {
    let (server, tls_name) = azure.addresses.api_server(&cluster.label());
    let mut connection = json!({"server": server});
    if let Some(name) = tls_name {
        // All clusters share one address: the name in the handshake distinguishes them.
        connection["tls-server-name"] = name.into();
    }
    if let Some(authority) = &azure.certificate_authority {
        connection["certificate-authority-data"] = STANDARD.encode(authority).into();
    }
    connection
}

/// A token that opens this cluster alone.
fn token(azure: &Azure, cluster: &StoredCluster, caller: &TokenCaller, now: Timestamp) -> String {
    let expires = now + SignedDuration::from_hours(24);
    let audience = azure.addresses.kubernetes(&cluster.label());
    azure.tokens.mint(caller, &audience, now, expires)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::{
        signed_in,
        testing::{example, start_time},
    };

    #[test]
    fn clusters_with_the_same_name_keep_their_own_contexts() {
        let azure = example();
        let cluster = azure.state.managed_clusters.iter().next().unwrap();
        let caller = signed_in::caller(&azure.state);

        let config = kubeconfig(&azure, &[cluster, cluster], &caller, start_time());

        let config: Value = serde_json::from_str(&config).unwrap();
        assert_eq!(config["current-context"], "aks-prod");
        assert_eq!(config["contexts"][1]["name"], "aks-prod-rg-prod");
    }
}
