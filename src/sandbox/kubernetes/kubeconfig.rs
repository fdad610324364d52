//! How does a client find and enter the clusters? With a kubeconfig, as `az aks get-credentials` would merge it.

use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::sandbox::{azure::Azure, state::ManagedCluster};

/// A kubeconfig for these clusters, the first of which is the current one. JSON, and so YAML as well.
pub(crate) fn kubeconfig<'a>(
    clusters: impl IntoIterator<Item = &'a ManagedCluster>,
    azure: &Azure,
) -> Value {
    let clusters: Vec<&ManagedCluster> = clusters.into_iter().collect();
    let each = |entry: &dyn Fn(&ManagedCluster) -> Value| -> Vec<Value> {
        clusters.iter().map(|cluster| entry(cluster)).collect()
    };
    let user = |cluster: &ManagedCluster| {
        let group = cluster.id.resource_group().unwrap_or_default();
        format!("clusterUser_{group}_{}", cluster.id.name())
    };
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "preferences": {},
        "clusters": each(&|it| json!({"name": it.id.name(), "cluster": connection(it, azure)})),
        "users": each(&|it| json!({"name": user(it), "user": {"token": azure.kubernetes_token.expose_secret()}})),
        "contexts": each(&|it| json!({
            "name": it.id.name(),
            "context": {"cluster": it.id.name(), "user": user(it)},
        })),
        "current-context": clusters.first().map_or("", |it| it.id.name()),
    })
}

fn connection(cluster: &ManagedCluster, azure: &Azure) -> Value {
    let mut connection = json!({"server": azure.addresses.kubernetes(&cluster.label())});
    if let Some(authority) = &azure.authority_pem {
        connection["certificate-authority-data"] = STANDARD.encode(authority).into();
    }
    connection
}
