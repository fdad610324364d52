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
}
