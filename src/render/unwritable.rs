//! Why a target cannot hold a connection.

/// A connection that a target has no words for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unwritable {
    #[error(
        "this target is stored in plain text in the cluster, so the client secret must come from a Kubernetes Secret"
    )]
    SecretInPlainView,
    #[error("a plain prometheus.yml cannot refer to a Kubernetes Secret")]
    ReferenceInPlainFile,
    #[error(
        "the sidecar supports only user-identity, kubelet-identity, entra-certificate and workload-identity"
    )]
    NotBySidecar,
    #[error(
        "the sidecar is another container of the pod, and this target does not describe the pod"
    )]
    NoPlaceForSidecar,
}

impl Unwritable {
    pub(crate) fn next(self) -> &'static str {
        match self {
            Self::SecretInPlainView => "keep it in a Secret, to which this target refers",
            Self::ReferenceInPlainFile => {
                "give the secret itself with --client-secret-file, or leave it to the environment with --azuread sdk"
            }
            Self::NotBySidecar => "choose another sign-in, or --path native",
            Self::NoPlaceForSidecar => {
                "use --path native, or a target that describes the pod: kube-prometheus-stack, prometheus-chart or custom-resource"
            }
        }
    }
}
