//! Who else mounts the ConfigMap, and does kustomize generate it?

use super::mismatch::FileMismatch;
use crate::cluster::Kubernetes;
use crate::cluster::server::PrometheusServer;

/// The letters of a hash that kustomize adds to a name
/// (<https://github.com/kubernetes-sigs/kustomize/blob/master/api/hasher/hasher.go>).
const HASH_LETTERS: &str = "2456789bcdfghkmt";
const HASH_LENGTH: usize = 10;

/// What to do about a ConfigMap that is generated.
const CHANGE_SOURCE: &str = "change the file that it reads: --target prometheus-yml --input prometheus.yml --write, and then \
     apply the kustomization";

/// A ConfigMap that the pods of this server do not mount.
pub(super) fn mismatch(
    server: &PrometheusServer,
    namespace: Option<&str>,
    name: &str,
) -> Option<FileMismatch> {
    let has_other_namespace = namespace != Some(&*server.namespace);
    // Where none is seen, an init container or a volume of another kind can hold the file.
    let is_mounted =
        server.config_maps.is_empty() || server.config_maps.iter().any(|one| one == name);
    if is_mounted && !has_other_namespace {
        return None;
    }
    let mounted = match server.config_maps.as_slice() {
        [] => String::new(),
        all => format!(", which mounts {}", all.join(", ")),
    };
    let described = format!("ConfigMap {}/{name}", namespace.unwrap_or("default"));
    let mut mounts = server.config_maps.iter();
    let generated = mounts.find(|one| without_hash(one) == Some(name));
    Some(match generated.filter(|_| !has_other_namespace) {
        Some(generated) => FileMismatch::new(
            format!("Prometheus {}{mounted}", server.reference()),
            &described,
            &format!(
                "kustomize makes `{generated}` from a file of its configMapGenerator; {CHANGE_SOURCE}"
            ),
        ),
        None => FileMismatch::new(
            format!("Prometheus {}{mounted}", server.reference()),
            &described,
            "name the Prometheus that mounts that ConfigMap: --prometheus NAMESPACE/NAME",
        ),
    })
}

/// What reverts manual changes of a ConfigMap with such a name.
pub(super) fn generator_warning(shown: &str, name: &str) -> Option<String> {
    without_hash(name)?;
    Some(format!(
        "{shown} has the name of one that a configMapGenerator of kustomize makes: the next `kubectl apply -k` makes it again \
         without this change; {CHANGE_SOURCE}"
    ))
}

/// The name without the hash of its content.
fn without_hash(name: &str) -> Option<&str> {
    let (base, hash) = name.rsplit_once('-')?;
    let is_hash =
        hash.len() == HASH_LENGTH && hash.chars().all(|letter| HASH_LETTERS.contains(letter));
    is_hash.then_some(base)
}

/// Warns of the other servers that read this ConfigMap. A pod mounts what is in its own namespace.
pub(super) async fn shared(
    kubernetes: &Kubernetes,
    server: Option<&PrometheusServer>,
    namespace: &str,
    name: &str,
) -> Option<String> {
    // What cannot be listed is no reason to stop: the file is right for the one that was named.
    let seen = kubernetes.prometheus_servers_in(namespace).await.found;
    let others: Vec<String> = seen
        .iter()
        .filter(|other| other.config_maps.iter().any(|one| one == name))
        .map(PrometheusServer::reference)
        .filter(|other| server.is_none_or(|server| server.reference() != *other))
        .collect();
    // The one that was named is not among the others; without a name, all that read it are.
    let needed = if server.is_some() { 1 } else { 2 };
    if others.len() < needed {
        return None;
    }
    let servers = match server {
        Some(server) => format!("{} and {}", server.reference(), others.join(", ")),
        None => others.join(", "),
    };
    Some(format!(
        "Prometheus {servers} share ConfigMap {namespace}/{name}, so all of them will write to Azure with the same \
         labels. Series that more than one of them scrapes are stored more than once. Give each its own ConfigMap"
    ))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::{Value, json};

    use super::*;
    use crate::cluster::fake::FakeApiServer;

    fn deployment(name: &str, config_map: &str) -> Value {
        json!({"metadata": {"name": name, "namespace": "shop"}, "spec": {"selector": {}, "template": {"spec": {
            "containers": [{"name": "prometheus", "image": "quay.io/prometheus/prometheus:v3.14.0"}],
            "volumes": [{"name": "c", "configMap": {"name": config_map}}]}}}})
    }

    async fn servers(maps: &[(&str, &str)]) -> (Kubernetes, Vec<PrometheusServer>) {
        let items: Vec<Value> = maps
            .iter()
            .map(|(name, map)| deployment(name, map))
            .collect();
        let list = json!({"metadata": {}, "items": items});
        let kubernetes = FakeApiServer::default()
            .answering("GET /apis/apps/v1/namespaces/shop/deployments", 200, list)
            .connected()
            .await;
        let found = kubernetes.prometheus_servers_in("shop").await.found;
        (kubernetes, found)
    }

    #[tokio::test]
    async fn every_server_that_reads_the_same_config_map_is_named() {
        let (kubernetes, found) = servers(&[("a", "web"), ("b", "web"), ("c", "own")]).await;

        let warning = shared(&kubernetes, found.first(), "shop", "web").await;
        let unnamed = shared(&kubernetes, None, "shop", "web").await;

        for warning in [warning, unnamed] {
            let warning = warning.unwrap();
            assert!(
                warning.starts_with("Prometheus shop/a")
                    && warning.contains("shop/b share ConfigMap shop/web"),
                "{warning}"
            );
        }
        for map in ["own", "none"] {
            assert_eq!(shared(&kubernetes, None, "shop", map).await, None);
        }
        assert_eq!(shared(&kubernetes, found.last(), "shop", "own").await, None);
    }

    #[tokio::test]
    async fn a_config_map_of_kustomize_is_changed_at_its_source() {
        let (_, found) = servers(&[("a", "web-7kdb9g2h4m")]).await;

        let refusal = mismatch(&found[0], Some("shop"), "web").unwrap();

        let refusal = refusal.refusal(Path::new("web.yaml"));
        assert!(
            refusal.next_steps()[0]
                .line()
                .contains("--target prometheus-yml --input prometheus.yml --write"),
            "{refusal:?}"
        );
        assert!(mismatch(&found[0], Some("shop"), "web-7kdb9g2h4m").is_none());
        assert!(generator_warning("it", "web-7kdb9g2h4m").is_some());
        for name in ["web", "web-config", "web-7kdb9g2h4a", "prometheus-server"] {
            assert_eq!(generator_warning("it", name), None, "{name}");
        }
    }
}
