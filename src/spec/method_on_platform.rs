//! What does a connection of this sign-in method have on this platform? A step makes it, and a check looks at it: both ask here.

use super::choices::PlatformKind;
use crate::sign_in::SignIn;

/// What decides which steps and checks a connection has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MethodOnPlatform {
    pub(crate) sign_in: SignIn,
    pub(crate) platform: PlatformKind,
}

impl MethodOnPlatform {
    /// Whether the cluster's own token issuer and webhook are needed, and Azure can turn them on.
    pub(crate) fn has_managed_issuer(self) -> bool {
        self.sign_in.is_federated() && self.platform.is_managed_cluster()
    }

    /// Whether nodes that Azure manages must carry the identity.
    pub(crate) fn has_identity_on_nodes(self) -> bool {
        self.sign_in.is_of_machine() && self.platform.is_managed_cluster()
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn only_a_managed_cluster_has_an_issuer_and_nodes_that_azure_changes() {
        for platform in PlatformKind::value_variants().iter().copied() {
            let with = |sign_in| MethodOnPlatform { sign_in, platform };
            let is_aks = platform == PlatformKind::Aks;

            assert_eq!(with(SignIn::WorkloadIdentity).has_managed_issuer(), is_aks);
            assert_eq!(with(SignIn::UserIdentity).has_identity_on_nodes(), is_aks);
            assert!(!with(SignIn::EntraSecret).has_managed_issuer());
            assert!(!with(SignIn::WorkloadIdentity).has_identity_on_nodes());
        }
    }
}
