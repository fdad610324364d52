//! Which values was a Helm release installed with? Read from where Helm keeps its releases, without Helm.
//!
//! Storage: <https://helm.sh/docs/topics/advanced/#storage-backends>; each revision is a Secret, or with
//! `HELM_DRIVER=configmap` a ConfigMap, whose field `release` holds JSON in gzip in base64.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read};

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::GzDecoder;
use futures_util::try_join;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use serde::Deserialize;
use serde_json::Value;

use super::Kubernetes;
use super::error::ClusterError;
use super::metadata::Metadata;
use super::pages::Listing;
use super::release_name::{ReleaseName, is_release_name};
use crate::spec::command_line::KubeContext;

/// In bytes, unpacked; a Secret holds 1 MiB at most.
const LARGEST: u64 = 64 * 1024 * 1024;
/// A stored revision can have 1 MiB, so few are asked for at a time.
const STORED_AT_A_TIME: u32 = 5;

/// A release, with the values that an upgrade starts from. They may hold secrets, so it has no `Debug`.
#[derive(Clone, PartialEq)]
pub(crate) struct HelmRelease {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) chart: String,
    pub(crate) chart_version: String,
    /// What the user gave, without the chart's own defaults.
    pub(crate) values: Value,
    /// The defaults of the chart.
    pub(crate) defaults: Value,
    pub(crate) revision: u64,
    /// The newest revision, where that is not deployed.
    pub(crate) undeployed: Option<Revision>,
    /// The context of the user's own kubeconfig that leads to its cluster.
    pub(crate) context: Option<KubeContext>,
}

/// One revision of a release, as its labels describe it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Revision {
    pub(crate) namespace: String,
    pub(crate) number: u64,
    /// A word of Helm's, such as `deployed`, `failed` or `pending-upgrade`.
    pub(crate) status: String,
    /// Of the object that holds it.
    object: String,
}

impl Revision {
    /// Helm refuses to upgrade while one is pending: "another operation (install/upgrade/rollback) is in progress".
    pub(crate) fn is_pending(&self) -> bool {
        self.status.starts_with("pending-") || self.status == "uninstalling"
    }

    /// Where no revision is deployed, an upgrade starts from the values of the last one if it has one of these states
    /// (`prepareUpgrade` in Helm's pkg/action/upgrade.go).
    fn can_be_upgraded(&self) -> bool {
        ["failed", "superseded"].contains(&self.status.as_str())
    }
}

/// All releases of one name.
#[derive(Clone, Default)]
pub(crate) struct Releases {
    /// One for each namespace.
    pub(crate) found: Vec<HelmRelease>,
    /// The newest revision of each release that has no values to start from, such as a pending first install.
    pub(crate) unusable: Vec<Revision>,
}

/// Where Helm keeps its releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Storage {
    Secrets,
    ConfigMaps,
}

impl Storage {
    fn list(self, namespace: Option<&str>) -> Listing {
        match self {
            Self::Secrets => Listing::of::<Secret>("list the Secrets of Helm releases", namespace),
            Self::ConfigMaps => {
                Listing::of::<ConfigMap>("list the ConfigMaps of Helm releases", namespace)
            }
        }
    }
}

#[derive(Deserialize)]
struct Labelled {
    metadata: Metadata,
}

/// A Secret or a ConfigMap.
#[derive(Deserialize)]
struct StoredRelease {
    metadata: Metadata,
    data: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct ReleaseDocument {
    chart: ChartDocument,
    /// Absent or null where the user gave no values.
    #[serde(default)]
    config: Value,
}

#[derive(Deserialize)]
struct ChartDocument {
    metadata: ChartMetadata,
    #[serde(default)]
    values: Value,
}

#[derive(Deserialize)]
struct ChartMetadata {
    name: String,
    version: String,
}

impl Kubernetes {
    /// All releases of this name, in one namespace or in all. Like Helm, it needs the right to list the Secrets of the
    /// namespace that is asked for, and no more.
    pub(crate) async fn helm_releases(
        &self,
        name: &str,
        namespace: Option<&str>,
    ) -> Result<Releases, ClusterError> {
        if !is_release_name(name) {
            return Ok(Releases::default());
        }
        let found = self.releases_in(Storage::Secrets, name, namespace).await?;
        let mut releases = match found {
            Some(releases) => releases,
            None => {
                // The third storage, `HELM_DRIVER=sql`, is outside of the cluster and cannot be seen here.
                let found = self.releases_in(Storage::ConfigMaps, name, namespace);
                found.await?.unwrap_or_default()
            }
        };
        for release in &mut releases.found {
            release.context = self.kube_context().cloned();
        }
        Ok(releases)
    }

    /// The names of all releases that are kept in one namespace, or in all.
    pub(crate) async fn helm_release_names(
        &self,
        namespace: Option<&str>,
    ) -> Result<BTreeSet<ReleaseName>, ClusterError> {
        let mut names = BTreeSet::new();
        // The installer's HELM_DRIVER decides between them, and nothing in the cluster shows which it
        // was. Secrets are the default.
        for storage in [Storage::Secrets, Storage::ConfigMaps] {
            let listing = storage.list(namespace).labels("owner=helm".to_owned());
            let keep = |found: Labelled| {
                let name = found.metadata.label("name")?.to_owned();
                let namespace = found.metadata.namespace;
                Some(ReleaseName { namespace, name })
            };
            names.extend(self.list(&listing.metadata_only(), keep).await?);
            // Helm keeps all of its releases in one kind of object.
            if !names.is_empty() {
                break;
            }
        }
        Ok(names)
    }

    /// `None` where no revision of the release is kept there.
    async fn releases_in(
        &self,
        storage: Storage,
        name: &str,
        namespace: Option<&str>,
    ) -> Result<Option<Releases>, ClusterError> {
        let of_release = format!("owner=helm,name={name}");
        let deployed = storage
            .list(namespace)
            .labels(format!("{of_release},status=deployed"))
            .page_size(STORED_AT_A_TIME);
        // Ten revisions can have several megabytes; their labels are enough to see which is the newest.
        let labels = storage.list(namespace).labels(of_release).metadata_only();
        let (deployed, revisions) = try_join!(
            self.list(&deployed, Some::<StoredRelease>),
            self.list(&labels, |found: Labelled| Some(revision(&found.metadata)))
        )?;
        let newest = newest(revisions);
        if newest.is_empty() && deployed.is_empty() {
            return Ok(None);
        }
        let mut releases = Releases::default();
        for last in newest.into_values() {
            let current = deployed
                .iter()
                .filter(|stored| stored.metadata.namespace == last.namespace)
                // An upgrade that was killed can leave two revisions marked as deployed; Helm goes by the newest of
                // them.
                .max_by_key(|stored| revision(&stored.metadata).number);
            match current {
                Some(stored) => releases.found.push(read(name, storage, stored, &last)?),
                None if last.can_be_upgraded() => {
                    let place = storage.list(Some(&last.namespace));
                    if let Some(stored) = self.get::<StoredRelease>(&place, &last.object).await? {
                        releases.found.push(read(name, storage, &stored, &last)?);
                    }
                }
                None => releases.unusable.push(last),
            }
        }
        Ok(Some(releases))
    }
}

fn revision(metadata: &Metadata) -> Revision {
    // The label `version` is the number of the revision, as text. The version of the chart is in the document only.
    let number = metadata.label("version").and_then(|text| text.parse().ok());
    Revision {
        namespace: metadata.namespace.clone(),
        number: number.unwrap_or_default(),
        status: metadata.label("status").unwrap_or_default().to_owned(),
        object: metadata.name.clone(),
    }
}

/// The newest revision of each namespace.
fn newest(revisions: Vec<Revision>) -> BTreeMap<String, Revision> {
    let mut newest: BTreeMap<String, Revision> = BTreeMap::new();
    for revision in revisions {
        let known = newest.get(&revision.namespace);
        if known.is_none_or(|known| known.number < revision.number) {
            newest.insert(revision.namespace.clone(), revision);
        }
    }
    newest
}

/// Name and namespace are those that the API server goes by, whatever the document contains.
fn read(
    name: &str,
    storage: Storage,
    stored: &StoredRelease,
    last: &Revision,
) -> Result<HelmRelease, ClusterError> {
    let own = revision(&stored.metadata);
    let document = unpack(storage, stored).map_err(|why| ClusterError::Malformed {
        doing: format!("read {} in namespace {}", own.object, own.namespace),
        why: why.to_string(),
    })?;
    Ok(HelmRelease {
        name: name.to_owned(),
        namespace: own.namespace,
        chart: document.chart.metadata.name,
        chart_version: document.chart.metadata.version,
        values: document.config,
        // A list in new values also replaces the chart's own default list, so that one has to be known too.
        defaults: document.chart.values,
        revision: own.number,
        undeployed: (last.status != "deployed" && last.number >= own.number).then(|| last.clone()),
        context: None,
    })
}

/// The API has its own base64 around Helm's, for Secrets.
fn unpack(storage: Storage, stored: &StoredRelease) -> anyhow::Result<ReleaseDocument> {
    let packed = stored.data.as_ref().and_then(|data| data.get("release"));
    let packed = packed.ok_or_else(|| anyhow::anyhow!("it has no field `release`"))?;
    let packed = match storage {
        Storage::Secrets => STANDARD.decode(STANDARD.decode(packed)?)?,
        Storage::ConfigMaps => STANDARD.decode(packed)?,
    };
    // Releases from before Helm compressed them are plain JSON; Helm looks for the same two bytes of gzip.
    let document = if packed.starts_with(&[0x1f, 0x8b]) {
        serde_json::from_reader(BufReader::new(
            GzDecoder::new(packed.as_slice()).take(LARGEST),
        ))
    } else {
        serde_json::from_slice(&packed)
    };
    // Its own text can quote the values.
    document.map_err(|error| anyhow::anyhow!("line {}, column {}", error.line(), error.column()))
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
            "chart": {"metadata": {"name": "kube-prometheus-stack", "version": "88.5.3"},
                      "values": {"retention": "1d"}},
            "config": {"prometheus": {"prometheusSpec": {"retention": retention}}},
        });
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(release.to_string().as_bytes()).unwrap();
        let packed = STANDARD.encode(STANDARD.encode(packed.finish().unwrap()));
        let labels = json!({"owner": "helm", "name": "kps", "status": status, "version": revision.to_string()});
        json!({"metadata": {"name": format!("sh.helm.release.v1.kps.v{revision}"), "namespace": namespace, "labels": labels},
               "type": "helm.sh/release.v1", "data": {"release": packed}})
    }

    fn server(path: &str, items: &[Value]) -> FakeApiServer {
        let list =
            json!({"kind": "SecretList", "apiVersion": "v1", "metadata": {}, "items": items});
        let nothing = json!({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": []});
        FakeApiServer::default()
            .answering("GET /api/v1/secrets", 200, nothing.clone())
            .answering("GET /api/v1/namespaces/a/secrets", 200, nothing.clone())
            .answering("GET /api/v1/namespaces/a/configmaps", 200, nothing)
            .answering(path, 200, list)
    }

    fn retention(release: &HelmRelease) -> &str {
        let retention = &release.values["prometheus"]["prometheusSpec"]["retention"];
        retention.as_str().unwrap()
    }

    const EVERYWHERE: &str = "GET /api/v1/secrets";
    const IN_A: &str = "GET /api/v1/namespaces/a/secrets";

    #[tokio::test]
    async fn the_deployed_revision_of_each_namespace_is_read() {
        let items = [
            secret("a", "superseded", 1, "1d"),
            secret("a", "deployed", 2, "2d"),
            secret("a", "pending-upgrade", 3, "3d"),
            secret("b", "deployed", 1, "9d"),
        ];
        let kubernetes = server(EVERYWHERE, &items).connected().await;

        let releases = kubernetes.helm_releases("kps", None).await.unwrap();

        let seen: Vec<_> = releases
            .found
            .iter()
            .map(|it| {
                let status = it.undeployed.as_ref().map(|last| last.status.as_str());
                (&*it.namespace, retention(it), it.revision, status)
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("a", "2d", 2, Some("pending-upgrade")),
                ("b", "9d", 1, None)
            ]
        );
        assert_eq!(releases.found[0].chart_version, "88.5.3");
        assert_eq!(releases.found[0].defaults["retention"], "1d");
    }

    #[tokio::test]
    async fn only_the_deployed_revision_is_fetched_as_a_whole_and_only_in_its_namespace() {
        let revisions = (1..10).map(|number| secret("a", "superseded", number, "1d"));
        let items: Vec<_> = revisions
            .chain([secret("a", "deployed", 10, "2d")])
            .collect();
        let fake = server(IN_A, &items);
        let kubernetes = fake.connected().await;

        let releases = kubernetes.helm_releases("kps", Some("a")).await.unwrap();

        assert_eq!(retention(&releases.found[0]), "2d");
        assert_eq!(fake.asked(), [IN_A, IN_A]);
        let mut queries = fake.queries();
        queries.sort_unstable();
        assert_eq!(
            queries,
            [
                "&labelSelector=owner%3Dhelm%2Cname%3Dkps%2Cstatus%3Ddeployed&limit=5",
                "&labelSelector=owner%3Dhelm%2Cname%3Dkps&limit=500",
            ]
        );
    }

    #[tokio::test]
    async fn a_failed_revision_differs_from_a_pending_one() {
        let items = [
            secret("a", "deployed", 2, "2d"),
            secret("a", "failed", 3, "3d"),
        ];
        let kubernetes = server(IN_A, &items).connected().await;

        let releases = kubernetes.helm_releases("kps", Some("a")).await.unwrap();

        let last = releases.found[0].undeployed.as_ref().unwrap();
        assert_eq!((last.number, last.status.as_str()), (3, "failed"));
        assert!(!last.is_pending());
        assert_eq!(retention(&releases.found[0]), "2d");
    }

    #[tokio::test]
    async fn an_upgrade_of_a_failed_first_install_starts_from_its_values() {
        let failed = secret("a", "failed", 1, "1d");
        let kubernetes = server(IN_A, std::slice::from_ref(&failed))
            .answering(&format!("{IN_A}/sh.helm.release.v1.kps.v1"), 200, failed)
            .connected()
            .await;

        let releases = kubernetes.helm_releases("kps", Some("a")).await.unwrap();

        assert_eq!(retention(&releases.found[0]), "1d");
        assert_eq!(
            releases.found[0].undeployed.as_ref().unwrap().status,
            "failed"
        );
    }

    #[tokio::test]
    async fn a_first_install_that_is_not_done_has_no_values_to_start_from() {
        let items = [secret("a", "pending-install", 1, "1d")];
        let kubernetes = server(IN_A, &items).connected().await;

        let releases = kubernetes.helm_releases("kps", Some("a")).await.unwrap();

        assert!(releases.found.is_empty());
        assert_eq!(releases.unusable[0].status, "pending-install");
    }

    #[tokio::test]
    async fn config_maps_are_looked_at_where_no_secret_is() {
        let mut config_map = secret("a", "deployed", 1, "1d");
        let packed = STANDARD
            .decode(config_map["data"]["release"].as_str().unwrap())
            .unwrap();
        config_map["data"]["release"] = String::from_utf8(packed).unwrap().into();
        let path = "GET /api/v1/namespaces/a/configmaps";
        let kubernetes = server(path, &[config_map]).connected().await;

        let releases = kubernetes.helm_releases("kps", Some("a")).await.unwrap();

        assert_eq!(retention(&releases.found[0]), "1d");
    }

    #[tokio::test]
    async fn what_cannot_be_unpacked_is_no_release_without_values() {
        let mut broken = secret("a", "deployed", 1, "1d");
        broken["data"]["release"] = "bm90IGEgcmVsZWFzZQ==".into();
        let kubernetes = server(IN_A, &[broken]).connected().await;

        let error = kubernetes.helm_releases("kps", Some("a")).await.err();

        assert!(matches!(error, Some(ClusterError::Malformed { .. })));
    }

    #[tokio::test]
    async fn a_name_that_would_change_the_selector_is_of_no_release() {
        let fake = server(EVERYWHERE, &[]);
        let kubernetes = fake.connected().await;

        let releases = kubernetes.helm_releases("a,owner!=helm", None).await;

        assert!(releases.unwrap().found.is_empty());
        assert!(fake.asked().is_empty());
    }

    #[tokio::test]
    async fn a_user_without_the_right_to_list_secrets_gets_the_reason() {
        let kubernetes = FakeApiServer::default()
            .answering("GET /api/v1/secrets", 403, json!("no"))
            .connected()
            .await;

        let error = kubernetes.helm_releases("kps", None).await.err().unwrap();

        assert!(
            error
                .to_string()
                .contains("not allowed to list the Secrets of Helm releases"),
            "{error}"
        );
    }
}
