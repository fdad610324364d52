//! The user-assigned identity that the kubelets of AKS have anyway.

use super::method::{CredentialKind, Method, Needs};

pub(super) static METHOD: Method = Method {
    id: "kubelet-identity",
    summary: "no secret, for every pod on the nodes, shared with the kubelets",
    identity_type: Some("userAssigned"),
    by_sidecar: true,
    needs: Needs {
        client_id: true,
        tenant_id: false,
        credential: CredentialKind::Machine,
    },
};
