//! An Entra application with a client certificate.

use super::method::{AzureAdBlock, BlockField, CredentialKind, Method, Needs, PrincipalKind};
use crate::compat::Feature;

pub(super) static METHOD: Method = Method {
    id: "entra-certificate",
    summary: "a client certificate, to be renewed before it expires",
    feature: Feature::Certificate,
    azuread: AzureAdBlock {
        key: "certificate",
        fields: &[BlockField::ClientId, BlockField::TenantId, BlockField::CertificatePath],
    },
    identity_type: Some("aadApplication"),
    by_sidecar: true,
    principal: PrincipalKind::Application,
    needs: Needs {
        client_id: true,
        tenant_id: true,
        credential: CredentialKind::Certificate,
    },
};
