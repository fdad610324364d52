//! The user-assigned identity that AKS gives to the kubelets of a cluster.

use super::method::{
    AzureAdBlock, BlockField, CredentialKind, MethodNeeds, PrincipalKind, SignInMethod,
};
use crate::compat::Feature;

pub(super) static METHOD: SignInMethod = SignInMethod {
    id: "kubelet-identity",
    summary: "no secret, for every pod on the nodes, shared with the kubelets",
    feature: Feature::UserIdentity,
    azuread: AzureAdBlock {
        key: "managed_identity",
        fields: &[BlockField::ClientId],
    },
    identity_type: Some("userAssigned"),
    by_sidecar: true,
    principal: PrincipalKind::OfMachine,
    needs: MethodNeeds {
        client_id: true,
        tenant_id: false,
        credential: CredentialKind::Machine,
    },
};
