//! Which credentials authenticate this program to Azure? The first of an ordered chain that gives a token.

pub(crate) mod caller;
mod candidates;
mod credential;
pub(crate) mod failure;
mod options;
mod redirect;
mod sdk;
mod sign_in_context;
#[cfg(test)]
mod tests;

pub(crate) use options::{ServicePrincipal, SignInOptions};

pub(super) use candidates::candidates;
pub(super) use credential::first_that_works;
pub(super) use sign_in_context::{LimitedExecutor, SignInContext};
