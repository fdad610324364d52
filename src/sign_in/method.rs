//! The columns of the table of sign-in methods: each file of this folder fills them in for one method.

use crate::compat::Feature;

/// One row: a method and what it needs.
#[derive(Debug)]
pub(crate) struct SignInMethod {
    /// The word of `--auth`.
    pub(crate) id: &'static str,
    /// Its main advantage and drawback in one line, for the wizard and docs/choices.md.
    pub(crate) summary: &'static str,
    /// What Prometheus must support to sign in by its configuration.
    pub(crate) feature: Feature,
    pub(crate) azuread: AzureAdBlock,
    /// The `IDENTITY_TYPE` of Azure's proxies; `None` where no proxy supports the method.
    pub(crate) identity_type: Option<&'static str>,
    /// Whether Microsoft documents the sidecar with it:
    /// <https://learn.microsoft.com/azure/azure-monitor/containers/prometheus-remote-write>.
    pub(crate) by_sidecar: bool,
    pub(crate) principal: PrincipalKind,
    pub(crate) needs: MethodNeeds,
}

/// The block of `azuread` that configures a method, as Prometheus spells it.
#[derive(Debug)]
pub(crate) struct AzureAdBlock {
    pub(crate) key: &'static str,
    /// In the order in which they are written.
    pub(crate) fields: &'static [BlockField],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockField {
    ClientId,
    TenantId,
    ClientSecret,
    CertificatePath,
    TokenFile,
}

impl BlockField {
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::ClientId => "client_id",
            Self::TenantId => "tenant_id",
            Self::ClientSecret => "client_secret",
            Self::CertificatePath => "certificate_path",
            Self::TokenFile => "token_file_path",
        }
    }
}

/// What must be known before Prometheus can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MethodNeeds {
    pub(crate) client_id: bool,
    pub(crate) tenant_id: bool,
    pub(crate) credential: CredentialKind,
}

/// What Entra knows Prometheus as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PrincipalKind {
    UserAssignedIdentity,
    Application,
    /// An identity that Azure creates and deletes together with the machine or cluster.
    OfMachine,
}

/// The credential that Prometheus shows to Entra.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CredentialKind {
    /// None: the metadata service of the machine returns the tokens.
    Machine,
    ClientSecret,
    Certificate,
    /// A token of the pod's service account.
    PodToken,
}

impl SignInMethod {
    /// What Prometheus must support where `azuread.sdk` signs in.
    pub(crate) fn sdk_feature(&self) -> Feature {
        match self.needs.credential {
            CredentialKind::ClientSecret => Feature::SdkSecret,
            CredentialKind::Certificate => Feature::SdkCertificate,
            CredentialKind::Machine | CredentialKind::PodToken => Feature::Sdk,
        }
    }
}
