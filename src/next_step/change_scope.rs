//! What can a step change?

/// What a step can change. In the order of reach: a command of two parts has that of the farther one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ChangeScope {
    /// Files, and what this program does in the Azure of the current run.
    Files,
    /// A Kubernetes cluster, or a running Prometheus.
    Cluster,
    /// Azure, through another program or the portal.
    Azure,
}
