//! A user-assigned identity with a federated credential for the service account of the pod.

use super::method::{
    AzureAdBlock, BlockField, CredentialKind, MethodNeeds, PrincipalKind, SignInMethod,
};
use crate::compat::Feature;

pub(super) static METHOD: SignInMethod = SignInMethod {
    id: "workload-identity",
    summary: "no secret, for this Prometheus alone",
    feature: Feature::WorkloadIdentity,
    azuread: AzureAdBlock {
        key: "workload_identity",
        fields: &[
            BlockField::ClientId,
            BlockField::TenantId,
            BlockField::TokenFile,
        ],
    },
    identity_type: Some("workloadIdentity"),
    by_sidecar: true,
    principal: PrincipalKind::UserAssignedIdentity,
    needs: MethodNeeds {
        client_id: true,
        tenant_id: true,
        credential: CredentialKind::PodToken,
    },
};
