//! The ways from a Prometheus to the workspace: who signs in, with which identity, and what each target writes for it.

use crate::programs::Release;
use crate::sign_in::AuthFlag;
use crate::target::TargetFlag;

/// Who signs in, and where it reads its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignInPath {
    /// Prometheus, by its configuration.
    Native,
    /// Prometheus, by its environment.
    Sdk,
    /// A second container in its pod.
    Sidecar,
}

/// A sign-in on one of the paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PathAndSignIn {
    pub(crate) sign_in: AuthFlag,
    pub(crate) path: SignInPath,
}

impl PathAndSignIn {
    pub(crate) fn all() -> impl Iterator<Item = PathAndSignIn> {
        AuthFlag::ALL.into_iter().flat_map(|sign_in| {
            [SignInPath::Native, SignInPath::Sdk, SignInPath::Sidecar]
                .map(|path| PathAndSignIn { sign_in, path })
        })
    }

    pub(crate) fn native(sign_in: AuthFlag) -> PathAndSignIn {
        PathAndSignIn {
            sign_in,
            path: SignInPath::Native,
        }
    }

    /// In a test's name.
    pub(crate) fn title(self) -> String {
        let path = match self.path {
            SignInPath::Native => "",
            SignInPath::Sdk => "_by_the_sdk",
            SignInPath::Sidecar => "_through_the_sidecar",
        };
        self.sign_in.title() + path
    }

    pub(crate) fn flags(self) -> &'static [&'static str] {
        match self.path {
            SignInPath::Native => &[],
            SignInPath::Sdk => &["--azuread", "sdk"],
            SignInPath::Sidecar => &["--path", "sidecar"],
        }
    }

    /// How `render` must refuse this where it is not possible, and the exit code.
    pub(crate) fn refusal(
        self,
        target: TargetFlag,
        release: Release,
    ) -> Option<(&'static str, i32)> {
        use AuthFlag::{EntraSecret, SystemIdentity};
        match (self.path, self.sign_in) {
            (SignInPath::Sidecar, SystemIdentity | EntraSecret) => {
                Some(("the sidecar does not support this sign-in method", 2))
            }
            (SignInPath::Sidecar, _) if !target.describes_pod() => {
                Some(("this target does not describe the pod", 2))
            }
            (SignInPath::Native, _) if release == Release::V2_55 => {
                let since = match self.method(target) {
                    Some("managed_identity") if self.sign_in == SystemIdentity => "3.5.0",
                    Some("workload_identity") => "3.7.0",
                    Some("certificate") => "3.13.0",
                    _ => return None,
                };
                Some((since, 1))
            }
            _ => None,
        }
    }

    /// The only key besides `cloud` below `azuread`, as Prometheus spells it; none where Prometheus does not sign in.
    pub(crate) fn method(self, target: TargetFlag) -> Option<&'static str> {
        match (self.path, self.sign_in) {
            (SignInPath::Sidecar, _) => None,
            (SignInPath::Sdk, _) => Some("sdk"),
            (SignInPath::Native, AuthFlag::EntraSecret) if target.is_in_plain_view() => Some("sdk"),
            (SignInPath::Native, AuthFlag::EntraCertificate) if target.is_operated() => Some("sdk"),
            (SignInPath::Native, AuthFlag::EntraSecret) => Some("oauth"),
            (SignInPath::Native, AuthFlag::EntraCertificate) => Some("certificate"),
            (SignInPath::Native, AuthFlag::WorkloadIdentity) => Some("workload_identity"),
            (SignInPath::Native, _) => Some("managed_identity"),
        }
    }

    /// The volumes that the program that signs in must see: a certificate, or a token for a release that looks in one place only.
    pub(crate) fn volumes(self, target: TargetFlag, release: Release) -> &'static [&'static str] {
        match (self.path, self.sign_in) {
            (_, AuthFlag::EntraCertificate) if target.describes_pod() => {
                &["azure-client-certificate"]
            }
            (SignInPath::Native, AuthFlag::WorkloadIdentity) if release == Release::V3_13 => {
                &["azure-identity-token"]
            }
            _ => &[],
        }
    }
}
