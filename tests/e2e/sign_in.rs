//! The ways a Prometheus signs in at Azure, as these stories tell them apart.

/// A value of `--auth`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignIn {
    UserIdentity,
    EntraSecret,
    WorkloadIdentity,
}

impl SignIn {
    pub(crate) const ALL: [SignIn; 3] = [
        SignIn::UserIdentity,
        SignIn::EntraSecret,
        SignIn::WorkloadIdentity,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            SignIn::UserIdentity => "user-identity",
            SignIn::EntraSecret => "entra-secret",
            SignIn::WorkloadIdentity => "workload-identity",
        }
    }

    /// In a test's name.
    pub(crate) fn title(self) -> String {
        self.name().replace('-', "_")
    }

    /// Below `azureAd` of a custom resource.
    pub(crate) fn custom_key(self) -> &'static str {
        match self {
            SignIn::UserIdentity => "managedIdentity",
            SignIn::EntraSecret => "oauth",
            SignIn::WorkloadIdentity => "workloadIdentity",
        }
    }

    /// Below `azuread` of a configuration that many can read.
    pub(crate) fn key_in_plain_view(self) -> &'static str {
        match self {
            SignIn::UserIdentity => "managed_identity",
            SignIn::EntraSecret => "sdk",
            SignIn::WorkloadIdentity => "workload_identity",
        }
    }

    /// Whether the pod must be one that the workload identity webhook gives a token.
    pub(crate) fn is_federated(self) -> bool {
        self == SignIn::WorkloadIdentity
    }
}
