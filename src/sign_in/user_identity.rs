//! A user-assigned identity that the machines carry.

use super::method::{CredentialKind, Method, Needs};

pub(super) static METHOD: Method = Method {
    id: "user-identity",
    summary: "no secret, for every pod on the nodes",
    identity_type: Some("userAssigned"),
    by_sidecar: true,
    needs: Needs {
        client_id: true,
        tenant_id: false,
        credential: CredentialKind::Machine,
    },
};
