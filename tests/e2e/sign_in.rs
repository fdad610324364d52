//! The ways a Prometheus signs in at Azure, as these scenarios distinguish them.

/// A value of `--auth`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthFlag {
    SystemIdentity,
    UserIdentity,
    KubeletIdentity,
    EntraSecret,
    EntraCertificate,
    WorkloadIdentity,
}

impl AuthFlag {
    pub(crate) const ALL: [AuthFlag; 6] = [
        AuthFlag::SystemIdentity,
        AuthFlag::UserIdentity,
        AuthFlag::KubeletIdentity,
        AuthFlag::EntraSecret,
        AuthFlag::EntraCertificate,
        AuthFlag::WorkloadIdentity,
    ];

    /// Those for which the scenarios have `init` make an identity.
    pub(crate) const PROVISIONED: [AuthFlag; 3] = [
        AuthFlag::UserIdentity,
        AuthFlag::EntraSecret,
        AuthFlag::WorkloadIdentity,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            AuthFlag::SystemIdentity => "system-identity",
            AuthFlag::UserIdentity => "user-identity",
            AuthFlag::KubeletIdentity => "kubelet-identity",
            AuthFlag::EntraSecret => "entra-secret",
            AuthFlag::EntraCertificate => "entra-certificate",
            AuthFlag::WorkloadIdentity => "workload-identity",
        }
    }

    /// In a test's name.
    pub(crate) fn title(self) -> String {
        self.name().replace('-', "_")
    }

    /// Whether the pod must be one that the workload identity webhook gives a token.
    pub(crate) fn is_federated(self) -> bool {
        self == AuthFlag::WorkloadIdentity
    }
}
