//! A user-assigned identity that is assigned to the nodes.

use super::method::{
    AzureAdBlock, BlockField, CredentialKind, MethodNeeds, PrincipalKind, SignInMethod,
};
use crate::compat::Feature;

pub(super) static METHOD: SignInMethod = SignInMethod {
    id: "user-identity",
    summary: "no secret, for every pod on the nodes",
    feature: Feature::UserIdentity,
    azuread: AzureAdBlock {
        key: "managed_identity",
        fields: &[BlockField::ClientId],
    },
    identity_type: Some("userAssigned"),
    by_sidecar: true,
    principal: PrincipalKind::UserAssignedIdentity,
    needs: MethodNeeds {
        client_id: true,
        tenant_id: false,
        credential: CredentialKind::Machine,
    },
};
