//! An identity that trusts the service account of the pod.

use super::method::{CredentialKind, Method, Needs};

pub(super) static METHOD: Method = Method {
    id: "workload-identity",
    summary: "no secret, for this Prometheus alone",
    identity_type: Some("workloadIdentity"),
    by_sidecar: true,
    needs: Needs {
        client_id: true,
        tenant_id: true,
        credential: CredentialKind::PodToken,
    },
};
