//! The ways a Prometheus signs in at Azure, as these scenarios tell them apart.

/// A value of `--auth`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignIn {
    SystemIdentity,
    UserIdentity,
    KubeletIdentity,
    EntraSecret,
    EntraCertificate,
    WorkloadIdentity,
}

impl SignIn {
    pub(crate) const ALL: [SignIn; 6] = [
        SignIn::SystemIdentity,
        SignIn::UserIdentity,
        SignIn::KubeletIdentity,
        SignIn::EntraSecret,
        SignIn::EntraCertificate,
        SignIn::WorkloadIdentity,
    ];

    /// Those for which the scenarios have `init` make an identity.
    pub(crate) const PROVISIONED: [SignIn; 3] = [
        SignIn::UserIdentity,
        SignIn::EntraSecret,
        SignIn::WorkloadIdentity,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            SignIn::SystemIdentity => "system-identity",
            SignIn::UserIdentity => "user-identity",
            SignIn::KubeletIdentity => "kubelet-identity",
            SignIn::EntraSecret => "entra-secret",
            SignIn::EntraCertificate => "entra-certificate",
            SignIn::WorkloadIdentity => "workload-identity",
        }
    }

    /// In a test's name.
    pub(crate) fn title(self) -> String {
        self.name().replace('-', "_")
    }

    /// Whether the pod must be one that the workload identity webhook gives a token.
    pub(crate) fn is_federated(self) -> bool {
        self == SignIn::WorkloadIdentity
    }
}
