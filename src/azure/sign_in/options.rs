//! What the user chose for the sign-in.

use secrecy::SecretString;

/// The sign-in settings that the user gave.
#[derive(Debug, Clone, Default)]
pub(crate) struct SignInOptions {
    /// `--tenant`: a GUID or a domain name.
    pub(crate) tenant: Option<String>,
    /// Sign in as this, whatever the environment sets.
    pub(crate) service_principal: Option<ServicePrincipal>,
}

/// An application with its secret.
#[derive(Debug, Clone)]
pub(crate) struct ServicePrincipal {
    pub(crate) tenant: String,
    pub(crate) client: String,
    pub(crate) secret: SecretString,
}
