//! The file with which `kubectl` and its like find the clusters of this sandbox.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{azure::Azure, state::ManagedCluster, tokens::Caller};

/// A kubeconfig with a context for each cluster, named as the cluster and good for a day; the first is the current one.
///
/// It is JSON, which is YAML too.
pub(crate) fn kubeconfig(
    azure: &Azure,
    clusters: &[&ManagedCluster],
    caller: &Caller,
    now: Timestamp,
) -> String {
    let each = |entry: &dyn Fn(&ManagedCluster) -> Value| -> Vec<Value> {
        clusters.iter().map(|cluster| entry(cluster)).collect()
    };
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": clusters.first().map_or("", |cluster| cluster.id.name()),
        "clusters": each(&|cluster| {
            json!({"name": cluster.id.name(), "cluster": connection(azure, cluster)})
        }),
        "contexts": each(&|cluster| {
            let context = json!({"cluster": cluster.id.name(), "user": user_name(cluster)});
            json!({"name": cluster.id.name(), "context": context})
        }),
        "users": each(&|cluster| {
            let user = json!({"token": token(azure, cluster, caller, now)});
            json!({"name": user_name(cluster), "user": user})
        }),
    });
    format!("{config:#}\n")
}

fn connection(azure: &Azure, cluster: &ManagedCluster) -> Value {
    let mut connection = json!({"server": server(azure, cluster)});
    if let Some(authority) = &azure.certificate_authority {
        connection["certificate-authority-data"] = STANDARD.encode(authority).into();
    }
    connection
}

/// A token that opens this cluster alone.
fn token(azure: &Azure, cluster: &ManagedCluster, caller: &Caller, now: Timestamp) -> String {
    let expires = now + SignedDuration::from_hours(24);
    azure
        .tokens
        .mint(caller, &server(azure, cluster), now, expires)
}

fn server(azure: &Azure, cluster: &ManagedCluster) -> String {
    azure.addresses.kubernetes(&cluster.label())
}

fn user_name(cluster: &ManagedCluster) -> String {
    let group = cluster.id.resource_group().unwrap_or_default();
    format!("clusterUser_{group}_{}", cluster.id.name())
}
