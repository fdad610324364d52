//! An Entra application with a client certificate.

use super::method::{
    AzureAdBlock, BlockField, CredentialKind, MethodNeeds, PrincipalKind, SignInMethod,
};
use crate::compat::Feature;

pub(super) static METHOD: SignInMethod = SignInMethod {
    id: "entra-certificate",
    summary: "a client certificate, to be renewed before it expires",
    feature: Feature::Certificate,
    azuread: AzureAdBlock {
        key: "certificate",
        fields: &[
            BlockField::ClientId,
            BlockField::TenantId,
            BlockField::CertificatePath,
        ],
    },
    identity_type: Some("aadApplication"),
    by_sidecar: true,
    principal: PrincipalKind::Application,
    needs: MethodNeeds {
        client_id: true,
        tenant_id: true,
        credential: CredentialKind::Certificate,
    },
};
