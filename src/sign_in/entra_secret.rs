//! An Entra application with a client secret.

use super::method::{CredentialKind, Method, Needs};

pub(super) static METHOD: Method = Method {
    id: "entra-secret",
    summary: "a client secret, to be renewed every year",
    identity_type: None,
    by_sidecar: false,
    needs: Needs {
        client_id: true,
        tenant_id: true,
        credential: CredentialKind::ClientSecret,
    },
};
