//! How does a candidate get its token? Through azure_identity, or by our own request where claims must be presented.
//!
//! A credential is made anew for each fetch: azure_identity keeps tokens itself and cannot be told to drop one, while
//! our cache must be able to. It cannot carry claims either.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::{Secret, TokenCredential};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, Executor, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};
use base64::Engine;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::entra::Entra;
use super::error::AzureError;
use super::identity_transport::client_options;
use super::sign_in::{Answer, Candidate, ClaimsChallenge, SignInFailure};
use super::token::{Token, TokenSource};
use super::transport::Http;
use crate::spec::cloud::Cloud;
use crate::spec::ids::ClientId;

/// A command line that asks a person something would otherwise hang for good.
const COMMAND_LINE: Duration = Duration::from_secs(60);
/// Off Azure, nothing listens at the metadata address.
const PROBE: Duration = Duration::from_secs(1);

/// The world that candidates sign in to.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) http: Http,
    pub(super) cloud: Cloud,
    /// Runs `az` and `azd`.
    pub(super) executor: Arc<dyn Executor>,
}

/// A way to sign in that worked.
pub(super) struct Credential {
    candidate: Candidate,
    surroundings: Surroundings,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.candidate.name())
    }
}

/// The first candidate that gets a token for this scope, with that token.
pub(super) async fn first_that_works(
    candidates: Vec<Candidate>,
    surroundings: &Surroundings,
    scope: &str,
    tenant: Option<&String>,
) -> Result<(Credential, Token), AzureError> {
    let mut tried = Vec::new();
    for candidate in candidates {
        let (name, deliberate) = (candidate.name(), candidate.is_deliberate());
        let credential = Credential {
            candidate,
            surroundings: surroundings.clone(),
        };
        match credential.ask(scope).await {
            Ok(token) => return Ok((credential, token)),
            Err(said) => tried.push(Answer { name, said }),
        }
        if deliberate {
            break;
        }
    }
    Err(SignInFailure {
        tried,
        tenant: tenant.cloned(),
        cloud: surroundings.cloud.name,
        claims: None,
    }
    .into())
}

impl Credential {
    pub(super) fn name(&self) -> &'static str {
        self.candidate.name()
    }

    /// A token, or what this sign-in answered instead.
    async fn ask(&self, scope: &str) -> Result<Token, String> {
        if let Candidate::ManagedIdentity { probe: true, .. } = self.candidate {
            self.probe().await?;
        }
        let credential = self.build()?;
        let scopes = [scope];
        let answer = tokio::time::timeout(self.limit(), credential.get_token(&scopes, None))
            .await
            .map_err(|_| format!("no answer within {} s", self.limit().as_secs()))?
            .map_err(|error| readable(&error))?;
        let expires = Timestamp::from_second(answer.expires_on.unix_timestamp());
        Ok(Token {
            secret: SecretString::from(answer.token.secret()),
            expires: expires.map_err(|error| error.to_string())?,
        })
    }

    fn limit(&self) -> Duration {
        match self.candidate {
            Candidate::AzureCli { .. } | Candidate::AzureDeveloperCli { .. } => COMMAND_LINE,
            _ => COMMAND_LINE * 2,
        }
    }

    async fn probe(&self) -> Result<(), String> {
        let endpoint = &self.surroundings.cloud.instance_metadata;
        let host = endpoint.host_str().unwrap_or_default();
        let port = endpoint.port_or_known_default().unwrap_or(80);
        let connect = tokio::net::TcpStream::connect((host, port));
        match tokio::time::timeout(PROBE, connect).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err("this machine has no metadata endpoint".into()),
        }
    }

    fn build(&self) -> Result<Arc<dyn TokenCredential>, String> {
        let Surroundings {
            http,
            cloud,
            executor,
        } = &self.surroundings;
        let client_options = client_options(http, cloud);
        let built: azure_core::Result<Arc<dyn TokenCredential>> = match self.candidate.clone() {
            Candidate::ClientSecret {
                tenant,
                client,
                secret,
            } => {
                let secret = Secret::new(secret.expose_secret().to_owned());
                let options = ClientSecretCredentialOptions { client_options };
                ClientSecretCredential::new(&tenant, client, secret, Some(options))
                    .map(|built| built as _)
            }
            Candidate::WorkloadIdentity {
                tenant,
                client,
                token_file,
            } => WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                credential_options: ClientAssertionCredentialOptions { client_options },
                client_id: Some(client),
                tenant_id: Some(tenant),
                token_file_path: Some(token_file),
            }))
            .map(|built| built as _),
            Candidate::ManagedIdentity { client, .. } => {
                ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
                    user_assigned_id: client.map(UserAssignedId::ClientId),
                    client_options,
                }))
                .map(|built| built as _)
            }
            Candidate::AzureCli { tenant } => {
                AzureCliCredential::new(Some(AzureCliCredentialOptions {
                    tenant_id: tenant,
                    executor: Some(Arc::clone(executor)),
                    subscription: None,
                }))
                .map(|built| built as _)
            }
            Candidate::AzureDeveloperCli { tenant } => {
                AzureDeveloperCliCredential::new(Some(AzureDeveloperCliCredentialOptions {
                    tenant_id: tenant,
                    executor: Some(Arc::clone(executor)),
                }))
                .map(|built| built as _)
            }
            Candidate::Impossible { why, .. } => return Err(why),
        };
        built.map_err(|error| readable(&error))
    }

    /// Presents claims where the proof is ours to present; `None` where only the user can answer.
    async fn ask_with_claims(
        &self,
        scope: &str,
        claims: &str,
    ) -> Option<Result<Token, AzureError>> {
        let (tenant, client, field, proof) = match &self.candidate {
            Candidate::ClientSecret {
                tenant,
                client,
                secret,
            } => (tenant, client, "client_secret", secret.clone()),
            Candidate::WorkloadIdentity {
                tenant,
                client,
                token_file,
            } => (
                tenant,
                client,
                "client_assertion",
                read_assertion(token_file)?,
            ),
            _ => return None,
        };
        let client = ClientId::parse(client).ok()?;
        let mut fields = vec![(field, proof.expose_secret())];
        if field == "client_assertion" {
            fields.push(("client_assertion_type", super::entra::JWT_BEARER));
        }
        let entra = Entra::new(
            self.surroundings.http.clone(),
            &self.surroundings.cloud,
            tenant,
        );
        Some(entra.request(&client, &fields, scope, Some(claims)).await)
    }

    fn failure(&self, said: String, claims: Option<ClaimsChallenge>) -> AzureError {
        let tenant = match &self.candidate {
            Candidate::ClientSecret { tenant, .. } | Candidate::WorkloadIdentity { tenant, .. } => {
                Some(tenant.clone())
            }
            Candidate::AzureCli { tenant } | Candidate::AzureDeveloperCli { tenant } => {
                tenant.clone()
            }
            _ => None,
        };
        SignInFailure {
            tried: vec![Answer {
                name: self.name(),
                said,
            }],
            tenant,
            cloud: self.surroundings.cloud.name,
            claims,
        }
        .into()
    }
}

#[async_trait]
impl TokenSource for Credential {
    async fn fetch(&self, scope: &str, claims: Option<&str>) -> Result<Token, AzureError> {
        let Some(claims) = claims else {
            return self
                .ask(scope)
                .await
                .map_err(|said| self.failure(said, None));
        };
        if let Some(answer) = self.ask_with_claims(scope, claims).await {
            return answer;
        }
        let challenge = ClaimsChallenge {
            scope: scope.to_owned(),
            claims: base64::engine::general_purpose::STANDARD.encode(claims),
        };
        Err(self.failure(
            "Azure asks for a fresh proof of who you are".into(),
            Some(challenge),
        ))
    }
}

fn read_assertion(file: &Path) -> Option<SecretString> {
    let text = std::fs::read_to_string(file).ok()?;
    Some(SecretString::from(text.trim()))
}

/// The whole chain of an azure_identity error in one line; its outermost text often hides the cause.
fn readable(error: &azure_core::Error) -> String {
    let mut told: Vec<String> = Vec::new();
    let mut next: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        let text = text
            .split("\nTo troubleshoot, visit")
            .next()
            .unwrap_or_default();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.is_empty() && !told.iter().any(|earlier| earlier.contains(&text)) {
            told.push(text);
        }
        next = error.source();
    }
    told.join(": ")
}
