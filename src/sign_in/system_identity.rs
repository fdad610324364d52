//! The system-assigned identity of the machine.

use super::method::{
    AzureAdBlock, BlockField, CredentialKind, MethodNeeds, PrincipalKind, SignInMethod,
};
use crate::compat::Feature;

pub(super) static METHOD: SignInMethod = SignInMethod {
    id: "system-identity",
    summary: "no secret, for everything on the machine",
    feature: Feature::SystemIdentity,
    // Prometheus takes an empty client id for the identity of the machine itself.
    azuread: AzureAdBlock {
        key: "managed_identity",
        fields: &[BlockField::ClientId],
    },
    identity_type: Some("systemAssigned"),
    by_sidecar: false,
    principal: PrincipalKind::OfMachine,
    needs: MethodNeeds {
        client_id: false,
        tenant_id: false,
        credential: CredentialKind::Machine,
    },
};
