//! The identity of the machine itself, which Azure makes and deletes with it.

use super::method::{CredentialKind, Method, Needs};

pub(super) static METHOD: Method = Method {
    id: "system-identity",
    summary: "no secret, for everything on the machine",
    identity_type: Some("systemAssigned"),
    by_sidecar: false,
    needs: Needs {
        client_id: false,
        tenant_id: false,
        credential: CredentialKind::Machine,
    },
};
