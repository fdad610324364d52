//! Which credentials authenticate this program to Azure? The first of an ordered chain that gives a token.

pub(crate) mod caller;
mod candidates;
mod credential;
pub(crate) mod failure;
mod redirect;
mod sdk;
mod sign_in_context;
#[cfg(test)]
mod tests;

use secrecy::SecretString;

pub(super) use candidates::candidates;
pub(super) use credential::first_that_works;
pub(super) use sign_in_context::{LimitedExecutor, SignInContext};

/// The sign-in settings that the user gave.
#[derive(Debug, Clone, Default)]
pub(crate) struct SignInOptions {
    /// `--tenant`: a GUID or a domain name.
    pub(crate) tenant: Option<String>,
    /// Sign in as this, whatever the environment says.
    pub(crate) service_principal: Option<ServicePrincipal>,
}

/// An application with its secret.
#[derive(Debug, Clone)]
pub(crate) struct ServicePrincipal {
    pub(crate) tenant: String,
    pub(crate) client: String,
    pub(crate) secret: SecretString,
}
