//! An Entra application with a client certificate.

use super::method::{CredentialKind, Method, Needs};

pub(super) static METHOD: Method = Method {
    id: "entra-certificate",
    summary: "a client certificate, to be renewed before it expires",
    identity_type: Some("aadApplication"),
    by_sidecar: true,
    needs: Needs {
        client_id: true,
        tenant_id: true,
        credential: CredentialKind::Certificate,
    },
};
