//! An Entra application with a client secret.

use super::method::{
    AzureAdBlock, BlockField, CredentialKind, MethodNeeds, PrincipalKind, SignInMethod,
};
use crate::compat::Feature;

pub(super) static METHOD: SignInMethod = SignInMethod {
    id: "entra-secret",
    summary: "a client secret, to be renewed every year",
    feature: Feature::ClientSecret,
    azuread: AzureAdBlock {
        key: "oauth",
        fields: &[
            BlockField::ClientId,
            BlockField::ClientSecret,
            BlockField::TenantId,
        ],
    },
    identity_type: None,
    by_sidecar: false,
    principal: PrincipalKind::Application,
    needs: MethodNeeds {
        client_id: true,
        tenant_id: true,
        credential: CredentialKind::ClientSecret,
    },
};
