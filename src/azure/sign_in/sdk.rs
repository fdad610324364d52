//! What does azure_identity offer for a candidate, and what do its errors mean?
//!
//! A new credential is made for each fetch: the library keeps tokens itself and has no call that drops one, while our
//! own cache must be able to.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::error::ErrorKind;
use azure_core::http::ClientMethodOptions;
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions, ClientAssertion, ClientAssertionCredential,
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
};
use secrecy::ExposeSecret;
use url::Url;

use super::ServicePrincipal;
use super::candidates::Candidate;
use super::failure::CredentialError;
use super::redirect::client_options;
use super::sign_in_context::SignInContext;
use crate::azure::error::AzureError;
use crate::azure::meaning::{OTHER_ANSWER, unreachable_remedy};
use crate::azure::token_refusal::TokenRefusal;
use crate::files;
use crate::network::cause::json_fault;
use crate::problem::Problem;

type CredentialResult = azure_core::Result<Arc<dyn TokenCredential>>;

pub(super) fn make(
    candidate: &Candidate,
    context: &SignInContext,
) -> Result<Arc<dyn TokenCredential>, CredentialError> {
    let made = match candidate.clone() {
        Candidate::ClientSecret(principal) => client_secret(principal, context),
        Candidate::WorkloadIdentity {
            tenant,
            client,
            token_file,
        } => workload_identity(&tenant, client, token_file, context),
        Candidate::ManagedIdentity { client, .. } => managed_identity(client, context),
        Candidate::AzureCli { tenant } => azure_cli(tenant, context),
        Candidate::AzureDeveloperCli { tenant } => azure_developer_cli(tenant, context),
        Candidate::Impossible { name, why } => {
            return Err(CredentialError::new(name, Problem::new(why)));
        }
    };
    made.map_err(|error| answer(candidate.name(), &error))
}

fn client_secret(principal: ServicePrincipal, context: &SignInContext) -> CredentialResult {
    let secret = Secret::new(principal.secret.expose_secret().to_owned());
    let options = ClientSecretCredentialOptions {
        client_options: client_options(context),
    };
    let made =
        ClientSecretCredential::new(&principal.tenant, principal.client, secret, Some(options))?;
    Ok(made)
}

fn workload_identity(
    tenant: &str,
    client: String,
    token_file: PathBuf,
    context: &SignInContext,
) -> CredentialResult {
    let options = ClientAssertionCredentialOptions {
        client_options: client_options(context),
    };
    let made = ClientAssertionCredential::new(
        tenant.to_owned(),
        client,
        TokenFile(token_file),
        Some(options),
    )?;
    Ok(made)
}

/// The library's own credential sends the file as it is, and Entra refuses a token with a line break at its end.
#[derive(Debug)]
struct TokenFile(PathBuf);

#[async_trait]
impl ClientAssertion for TokenFile {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let path = self.0.clone();
        // A pipe is read in a thread of its own, so that other work goes on.
        let read = tokio::task::spawn_blocking(move || federated_token(&path)).await;
        let token = read.map_err(|error| error.to_string()).flatten();
        token.map_err(|why| azure_core::Error::with_message(ErrorKind::Credential, why))
    }
}

/// The token of a file. Read each time: the node puts a new token into the file before the old one ends.
pub(super) fn federated_token(path: &Path) -> Result<String, String> {
    let text = files::read(path).map_err(|error| format!("cannot read the token file: {error}"))?;
    match text.trim() {
        "" => Err(format!("the token file {} is empty", path.display())),
        token => Ok(token.to_owned()),
    }
}

fn managed_identity(client: Option<String>, context: &SignInContext) -> CredentialResult {
    let made = ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
        // On a machine with several identities the endpoint answers 400 to a request without an id.
        user_assigned_id: client.map(UserAssignedId::ClientId),
        client_options: client_options(context),
    }))?;
    Ok(made)
}

fn azure_cli(tenant: Option<String>, context: &SignInContext) -> CredentialResult {
    let made = AzureCliCredential::new(Some(AzureCliCredentialOptions {
        tenant_id: tenant,
        executor: Some(Arc::clone(&context.executor)),
        subscription: None,
    }))?;
    Ok(made)
}

fn azure_developer_cli(tenant: Option<String>, context: &SignInContext) -> CredentialResult {
    let made = AzureDeveloperCliCredential::new(Some(AzureDeveloperCliCredentialOptions {
        tenant_id: tenant,
        executor: Some(Arc::clone(&context.executor)),
    }))?;
    Ok(made)
}

/// The reason in an error of the library: Entra's refusal where there is one, else the whole chain with what the service
/// described.
pub(super) fn answer(name: &'static str, error: &azure_core::Error) -> CredentialError {
    if let Some(ours) = causes(error).find_map(<dyn Error>::downcast_ref) {
        return answer_of_ours(name, ours);
    }
    let refusal = refusal_in(error).unwrap_or_default();
    if refusal.aadsts.is_some() {
        return refused(name, &refusal);
    }
    if let Some(message) = lost_connection(error) {
        let problem = Problem::new(message).next(unreachable_remedy(error));
        return CredentialError::without_verdict(name, problem);
    }
    // The answer of a program comes over no network, and has its own message.
    let fault = causes(error).find_map(<dyn Error>::downcast_ref);
    if let Some(fault) = fault.filter(|_| !name.contains("CLI")) {
        let why = format!("the answer is not a token: {}", json_fault(fault));
        return CredentialError::without_verdict(name, Problem::new(why).next(OTHER_ANSWER));
    }
    let mut message = chain_in_one_line(error);
    if !message.contains(&refusal.description) {
        message = format!("{message} ({})", refusal.description);
    }
    CredentialError::new(name, Problem::new(message))
}

fn refused(name: &'static str, refusal: &TokenRefusal) -> CredentialError {
    CredentialError::new(
        name,
        Problem::new(refusal.to_string()).and(refusal.problem()),
    )
}

/// What our own transport found, with the next step that it has everywhere.
fn answer_of_ours(name: &'static str, error: &AzureError) -> CredentialError {
    match error {
        AzureError::TokenRefused(refusal) => refused(name, refusal),
        error => {
            let why = lost_connection(error).unwrap_or_else(|| error.to_string());
            let problem = error
                .next_step()
                .into_iter()
                .fold(Problem::new(why), Problem::next);
            CredentialError::without_verdict(name, problem)
        }
    }
}

/// That no answer came: the host and the innermost cause are enough, what is between is the library's.
fn lost_connection(error: &(dyn Error + 'static)) -> Option<String> {
    let lost = causes(error)
        .find_map(|cause| cause.downcast_ref::<reqwest::Error>())
        .filter(|lost| lost.is_connect() || lost.is_timeout())?;
    let named = causes(error).find_map(|cause| match cause.downcast_ref() {
        Some(AzureError::Unreachable { host, .. }) => Some(host.as_str()),
        _ => None,
    });
    let host = named
        .or_else(|| lost.url().and_then(Url::host_str))
        .unwrap_or("the network");
    let cause = causes(error).last()?;
    Some(format!("no connection to {host}: {cause}"))
}

fn refusal_in(error: &azure_core::Error) -> Option<TokenRefusal> {
    let response = causes(error).find_map(|cause| {
        match cause.downcast_ref::<azure_core::Error>()?.kind() {
            ErrorKind::HttpResponse { raw_response, .. } => raw_response.as_ref(),
            _ => None,
        }
    })?;
    Some(TokenRefusal::read(
        response.status().into(),
        response.body(),
    ))
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        (*error).source()
    })
}

/// The outermost text often hides the cause.
fn chain_in_one_line(error: &azure_core::Error) -> String {
    let mut reported: Vec<String> = Vec::new();
    for cause in causes(error) {
        let text = without_trimmings(&cause.to_string());
        if !text.is_empty() && !reported.iter().any(|earlier| earlier.contains(&text)) {
            reported.push(text);
        }
    }
    reported.join(": ")
}

/// Leaves out the credential's name before and the link to the library's own manual behind.
fn without_trimmings(text: &str) -> String {
    let text = text
        .split("\nTo troubleshoot, visit")
        .next()
        .unwrap_or_default();
    let text = text
        .split_once("Credential authentication failed. ")
        .map_or(text, |(_, rest)| rest);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::address::ConnectionKind;
    use crate::azure::meaning::advice::NETWORK;
    use crate::azure::transport::Http;

    #[tokio::test]
    async fn without_a_network_the_network_is_what_to_check() {
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", closed.local_addr().unwrap());
        drop(closed);
        let http = Http::without_waits();
        let lost = http
            .client(ConnectionKind::PlainHttp)
            .unwrap()
            .get(url)
            .send()
            .await
            .unwrap_err();
        let error = azure_core::Error::with_error(
            ErrorKind::Connection,
            lost,
            "failed to execute `reqwest` request",
        );

        let answer = answer("service principal", &error);

        assert_eq!(answer.problem.next_steps(), [NETWORK]);
        let message = answer.problem.why();
        assert!(
            message.starts_with("no connection to 127.0.0.1: Connection refused"),
            "{message}"
        );
    }

    #[test]
    fn the_name_of_the_credential_and_the_link_are_left_out() {
        let text = "AzureCliCredential authentication failed. az not found on PATH\nTo troubleshoot, visit https://aka.ms/x";

        assert_eq!(without_trimmings(text), "az not found on PATH");
    }
}
