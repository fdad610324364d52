//! What to migrate: the proxy, the remote write that sends to it, and what else the files have.

use serde_yaml::Value;

use super::pod;
use crate::compat::Version;
use crate::remote_write::{ContainerPosition, Sidecar, WrittenEntry};
use crate::target::{Target, at_path};

/// Where to look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SourceText<'a> {
    /// The file that holds the remote write.
    pub(crate) text: &'a str,
    pub(crate) target: Target,
    /// The file that describes the pod, where that is another one.
    pub(crate) manifest: Option<&'a str>,
    /// The Services of the cluster that the remote writes name, with the workloads behind them.
    pub(crate) services: Option<&'a str>,
}

/// A remote write that leads to a proxy, with what is known of both.
pub(crate) struct DetectedSetup {
    pub(crate) target: Target,
    /// What the file contains, without the keys of a parent chart.
    pub(super) data: Value,
    /// All documents of the file and of the manifest.
    pub(super) documents: Vec<Value>,
    /// Which of the documents has the pod of the proxy; none where the file itself has it, or no file.
    pub(super) workload: Option<usize>,
    /// None where no file describes the proxy.
    pub(crate) sidecar: Option<Sidecar>,
    /// The position of its container in the file; none if another file has it.
    pub(super) position: Option<ContainerPosition>,
    /// The remote write that leads to the proxy; none where only a native one is there.
    pub(super) entry: Option<WrittenEntry>,
    /// All the others.
    pub(super) others: Vec<WrittenEntry>,
    /// The proxy where its pods are not those of Prometheus, such as ``container `s` of Deployment obs/proxy``.
    pub(super) elsewhere: Option<String>,
    /// Another proxy is left for the next time.
    pub(crate) more: Option<String>,
}

impl DetectedSetup {
    /// The version of Prometheus in the files.
    pub(crate) fn version(&self) -> Option<Version> {
        let own = self.target.pod().and_then(|pod| pod.version(&self.data));
        let workload = self.workload().map(std::slice::from_ref);
        own.or_else(|| pod::version_in_images(workload?))
            .or_else(|| pod::version_in_images(&self.documents))
    }

    /// The workload whose pods have the proxy, where a document of its own describes it.
    fn workload(&self) -> Option<&Value> {
        self.documents.get(self.workload?)
    }

    /// Whether the pod asks the webhook of workload identity for a token.
    pub(super) fn wants_token(&self) -> bool {
        let own = self
            .target
            .pod()
            .and_then(|pod| at_path(&self.data, pod.labels));
        let others = match self.workload() {
            Some(workload) => pod::wants_token_in(workload),
            None => self.documents.iter().any(pod::wants_token_in),
        };
        pod::wants_token(own) || others
    }

    /// An annotation of the service account that the pod runs as.
    pub(super) fn annotation(&self, name: &str) -> Option<&str> {
        let own = self
            .target
            .pod()
            .and_then(|pod| pod.annotation(&self.data, name));
        own.or_else(|| pod::account_annotation(&self.documents, self.workload(), name))
            // An annotation that is a Helm expression has its value only in the cluster.
            .filter(|text| !text.contains("{{"))
    }

    /// A remote write of the file that goes through the same rule already.
    pub(super) fn native(&self, write_url: &str) -> Option<&WrittenEntry> {
        self.others
            .iter()
            // Over plain http the same path leads to a proxy, which keeps it (`TARGET_HOST` names a host only).
            .find(|entry| entry.url.starts_with("https://") && entry.names_rule(write_url))
    }
}
