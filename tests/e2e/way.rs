//! The ways from a Prometheus to the workspace: who signs in, with which identity, and what each target writes for it.

use crate::programs::Release;
use crate::sign_in::SignIn;
use crate::target::Target;

/// Who signs in, and where it reads its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// Prometheus, as its configuration says.
    Native,
    /// Prometheus, as its environment says.
    Sdk,
    /// A container beside it.
    Sidecar,
}

/// A sign-in on one of the paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) sign_in: SignIn,
    pub(crate) path: Path,
}

impl Way {
    pub(crate) fn all() -> impl Iterator<Item = Way> {
        SignIn::ALL.into_iter().flat_map(|sign_in| {
            [Path::Native, Path::Sdk, Path::Sidecar].map(|path| Way { sign_in, path })
        })
    }

    pub(crate) fn native(sign_in: SignIn) -> Way {
        Way {
            sign_in,
            path: Path::Native,
        }
    }

    /// In a test's name.
    pub(crate) fn title(self) -> String {
        let path = match self.path {
            Path::Native => "",
            Path::Sdk => "_by_the_sdk",
            Path::Sidecar => "_through_the_sidecar",
        };
        self.sign_in.title() + path
    }

    pub(crate) fn flags(self) -> &'static [&'static str] {
        match self.path {
            Path::Native => &[],
            Path::Sdk => &["--azuread", "sdk"],
            Path::Sidecar => &["--path", "sidecar"],
        }
    }

    /// How `render` must say that this cannot be, where it cannot, and the exit code.
    pub(crate) fn refusal(self, target: Target, release: Release) -> Option<(&'static str, i32)> {
        use SignIn::{EntraSecret, SystemIdentity};
        match (self.path, self.sign_in) {
            (Path::Sidecar, SystemIdentity | EntraSecret) => {
                Some(("the sidecar does not support this sign-in method", 2))
            }
            (Path::Sidecar, _) if !target.describes_pod() => {
                Some(("this target does not describe the pod", 2))
            }
            (Path::Native, _) if release == Release::V2_55 => {
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

    /// The only key beside `cloud` below `azuread`, as Prometheus spells it; none where Prometheus does not sign in.
    pub(crate) fn method(self, target: Target) -> Option<&'static str> {
        match (self.path, self.sign_in) {
            (Path::Sidecar, _) => None,
            (Path::Sdk, _) => Some("sdk"),
            (Path::Native, SignIn::EntraSecret) if target.is_in_plain_view() => Some("sdk"),
            (Path::Native, SignIn::EntraCertificate) if target.is_operated() => Some("sdk"),
            (Path::Native, SignIn::EntraSecret) => Some("oauth"),
            (Path::Native, SignIn::EntraCertificate) => Some("certificate"),
            (Path::Native, SignIn::WorkloadIdentity) => Some("workload_identity"),
            (Path::Native, _) => Some("managed_identity"),
        }
    }

    /// The volumes that whoever signs in must see: a certificate, or a token for a release that looks in one place only.
    pub(crate) fn volumes(self, target: Target, release: Release) -> &'static [&'static str] {
        match (self.path, self.sign_in) {
            (_, SignIn::EntraCertificate) if target.describes_pod() => {
                &["azure-client-certificate"]
            }
            (Path::Native, SignIn::WorkloadIdentity) if release == Release::V3_13 => {
                &["azure-identity-token"]
            }
            _ => &[],
        }
    }
}
