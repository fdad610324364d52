//! What is known of a method? The columns of the table, which each file of this folder fills in for one.

/// One row: what a method is, and what it needs.
#[derive(Debug)]
pub(crate) struct Method {
    /// The word of `--auth`.
    pub(crate) id: &'static str,
    /// What speaks for and against it, in one line.
    pub(crate) summary: &'static str,
    /// Azure's proxies: their `IDENTITY_TYPE`; none where no proxy has it.
    pub(crate) identity_type: Option<&'static str>,
    /// Whether Microsoft documents the sidecar with it:
    /// <https://learn.microsoft.com/azure/azure-monitor/containers/prometheus-remote-write>.
    pub(crate) by_sidecar: bool,
    pub(crate) needs: Needs,
}

/// What has to be known or be there, so that Prometheus can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Needs {
    pub(crate) client_id: bool,
    pub(crate) tenant_id: bool,
    pub(crate) credential: CredentialKind,
}

/// What Prometheus proves with that it is this identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CredentialKind {
    /// The metadata service of the machine vouches for it.
    Machine,
    ClientSecret,
    Certificate,
    /// A token of the pod's service account.
    PodToken,
}
