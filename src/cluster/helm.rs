//! With which values was a Helm release installed? Read from where Helm keeps its releases, without Helm.
//!
//! Storage: <https://helm.sh/docs/topics/advanced/#storage-backends>; each revision is a Secret whose field `release` holds
//! JSON in gzip in base64.

use std::io::Read;

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::GzDecoder;
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::ListParams;
use serde_json::Value;

use super::Kubernetes;
use super::error::ClusterError;

/// In bytes, unpacked; a Secret holds 1 MiB at most.
const LARGEST: u64 = 64 * 1024 * 1024;

/// The deployed revision of a release. Its values may hold secrets, hence no `Debug`.
#[derive(Clone, PartialEq)]
pub(crate) struct HelmRelease {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) chart: String,
    pub(crate) chart_version: String,
    /// What the user gave, without the chart's own defaults.
    pub(crate) values: Value,
    /// A newer revision was begun and is not deployed.
    pub(crate) is_changing: bool,
}

impl Kubernetes {
    /// All releases of this name that are deployed, one for each namespace that has one.
    pub(crate) async fn helm_releases(&self, name: &str) -> Result<Vec<HelmRelease>, ClusterError> {
        let api: Api<Secret> = Api::all(self.client.clone());
        let of_release = ListParams::default().labels(&format!("owner=helm,name={name}"));
        let list = self
            .ask("list the Secrets of Helm releases", api.list(&of_release))
            .await?;
        let newest = |namespace: &Option<String>| {
            let same = list
                .items
                .iter()
                .filter(|secret| secret.metadata.namespace == *namespace);
            same.map(revision).max()
        };
        let deployed = list
            .items
            .iter()
            .filter(|secret| label(secret, "status") == Some("deployed"));
        Ok(deployed
            .filter_map(|secret| {
                let is_changing = newest(&secret.metadata.namespace) > Some(revision(secret));
                read(&unpack(secret)?, is_changing)
            })
            .collect())
    }
}

fn label<'a>(secret: &'a Secret, name: &str) -> Option<&'a str> {
    secret
        .metadata
        .labels
        .as_ref()?
        .get(name)
        .map(String::as_str)
}

fn revision(secret: &Secret) -> u64 {
    label(secret, "version")
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}

/// The API has its own base64 around Helm's, which the client has taken off.
fn unpack(secret: &Secret) -> Option<Value> {
    let packed = &secret.data.as_ref()?.get("release")?.0;
    let packed = STANDARD.decode(packed).ok()?;
    if !packed.starts_with(&[0x1f, 0x8b]) {
        return serde_json::from_slice(&packed).ok();
    }
    let mut text = String::new();
    GzDecoder::new(packed.as_slice())
        .take(LARGEST)
        .read_to_string(&mut text)
        .ok()?;
    serde_json::from_str(&text).ok()
}

fn read(release: &Value, is_changing: bool) -> Option<HelmRelease> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let chart = &release["chart"]["metadata"];
    Some(HelmRelease {
        name: text(&release["name"])?,
        namespace: text(&release["namespace"])?,
        chart: text(&chart["name"])?,
        chart_version: text(&chart["version"])?,
        values: release["config"].clone(),
        is_changing,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use serde_json::json;

    use super::*;
    use crate::cluster::fake::FakeApiServer;

    fn secret(namespace: &str, status: &str, revision: u64, retention: &str) -> Value {
        let release = json!({
            "name": "kps", "namespace": namespace, "version": revision, "info": {"status": status},
            "chart": {"metadata": {"name": "kube-prometheus-stack", "version": "88.5.3"}},
            "config": {"prometheus": {"prometheusSpec": {"retention": retention}}},
        });
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(release.to_string().as_bytes()).unwrap();
        let packed = STANDARD.encode(STANDARD.encode(packed.finish().unwrap()));
        let labels = json!({"owner": "helm", "name": "kps", "status": status, "version": revision.to_string()});
        json!({"metadata": {"name": format!("sh.helm.release.v1.kps.v{revision}"), "namespace": namespace, "labels": labels},
               "type": "helm.sh/release.v1", "data": {"release": packed}})
    }

    #[tokio::test]
    async fn the_deployed_revision_of_each_namespace_is_read() {
        let items = [
            secret("a", "superseded", 1, "1d"),
            secret("a", "deployed", 2, "2d"),
            secret("a", "pending-upgrade", 3, "3d"),
            secret("b", "deployed", 1, "9d"),
        ];
        let list =
            json!({"kind": "SecretList", "apiVersion": "v1", "metadata": {}, "items": items});
        let kubernetes = FakeApiServer::default()
            .answering("GET /api/v1/secrets", 200, list)
            .connected()
            .await;

        let releases = kubernetes.helm_releases("kps").await.unwrap();

        let seen: Vec<_> = releases
            .iter()
            .map(|it| {
                (
                    &*it.namespace,
                    it.values["prometheus"]["prometheusSpec"]["retention"].as_str(),
                    it.is_changing,
                )
            })
            .collect();
        assert_eq!(seen, [("a", Some("2d"), true), ("b", Some("9d"), false)]);
        assert_eq!(releases[0].chart_version, "88.5.3");
    }

    #[tokio::test]
    async fn who_may_not_list_secrets_is_told_so() {
        let kubernetes = FakeApiServer::default()
            .answering("GET /api/v1/secrets", 403, json!("no"))
            .connected()
            .await;

        let error = kubernetes.helm_releases("kps").await.err().unwrap();

        assert!(
            error
                .to_string()
                .contains("not allowed to list the Secrets of Helm releases"),
            "{error}"
        );
    }
}
