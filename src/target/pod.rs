//! Where a target describes the pod of Prometheus.

use super::KeyPath;

/// The places of a pod and of its container of Prometheus.
pub(crate) struct PodPaths {
    pub(crate) labels: KeyPath,
    /// Of its service account; none where that account is another object.
    pub(crate) account_annotations: Option<KeyPath>,
    /// The name of its service account.
    pub(crate) account_name: Option<KeyPath>,
    /// Whether the chart makes that account; none where it never does.
    pub(crate) account_create: Option<KeyPath>,
    pub(crate) volumes: KeyPath,
    /// Of the container of Prometheus, where they have a place of their own.
    pub(crate) volume_mounts: Option<KeyPath>,
    /// The same for its environment.
    pub(crate) environment: Option<KeyPath>,
    pub(crate) containers: Containers,
    /// The list of its init containers, where sidecars with `restartPolicy: Always` are.
    pub(crate) init_containers: KeyPath,
    /// Where the version of Prometheus is, the more likely place first: a version, a tag or an image.
    pub(crate) versions: &'static [KeyPath],
}

/// Where a target takes containers.
pub(crate) enum Containers {
    /// A list, in which the container of Prometheus has this name.
    List {
        path: KeyPath,
        prometheus: &'static str,
    },
    /// A map of the other containers of the pod, by their names.
    Others(KeyPath),
}

impl Containers {
    pub(crate) fn path(&self) -> KeyPath {
        let (Self::List { path, .. } | Self::Others(path)) = self;
        path
    }
}

impl PodPaths {
    /// All places that a connection may change.
    pub(crate) fn paths(&self) -> impl Iterator<Item = KeyPath> {
        let optional = [
            self.account_annotations,
            self.volume_mounts,
            self.environment,
        ];
        [self.labels, self.volumes, self.containers.path()]
            .into_iter()
            .chain(optional.into_iter().flatten())
    }

    /// The same, and those that a connection only reads.
    pub(crate) fn read_paths(&self) -> impl Iterator<Item = KeyPath> {
        let account = [self.account_name, self.account_create];
        self.paths()
            .chain([self.init_containers])
            .chain(account.into_iter().flatten())
            .chain(self.versions.iter().copied())
    }
}
