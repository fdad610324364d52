//! Who gives us tokens? The first candidate that can, asked again whenever the cache needs one.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use secrecy::SecretString;

use super::ServicePrincipal;
use super::caller::Caller;
use super::candidates::Candidate;
use super::failure::{ClaimsChallenge, CredentialError, SignInFailure};
use super::sdk;
use super::sign_in_context::SignInContext;
use crate::azure::entra::{ClientCredential, Entra};
use crate::azure::error::AzureError;
use crate::azure::token::{AccessToken, TokenSource};
use crate::problem::Problem;
use crate::spec::ids::TenantId;

/// A command line that asks a person something would otherwise hang for good; so would a lost metadata endpoint.
const ANSWER: Duration = Duration::from_secs(60);
/// 2020-01-01. A token that ended before this program existed comes from a number that is none: `az` prints what its cache
/// holds. A token that has merely ended is used, since it may be the clock of this machine that is wrong.
const EARLIEST_END: Timestamp = Timestamp::constant(1_577_836_800, 0);
/// Off Azure, nothing listens at the metadata address.
const PROBE: Duration = Duration::from_secs(1);

/// A candidate with what it needs to sign in.
pub(in crate::azure) struct ChainCredential {
    candidate: Candidate,
    context: SignInContext,
    /// The tenant that tokens turned out to be for.
    tenant: Option<TenantId>,
}

impl fmt::Debug for ChainCredential {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// The first candidate that gets a token for this scope, with that token. One that was set up on purpose is the last
/// to be asked: its failure must not end in signing in with another account.
pub(in crate::azure) async fn first_that_works(
    candidates: Vec<Candidate>,
    context: &SignInContext,
    scope: &str,
    tenant: Option<&str>,
) -> Result<(ChainCredential, AccessToken), AzureError> {
    let mut tried = Vec::new();
    for candidate in candidates {
        let is_last = candidate.is_deliberate();
        let mut credential = ChainCredential {
            candidate,
            context: context.clone(),
            tenant: None,
        };
        match credential.ask(scope).await {
            Ok(token) => {
                credential.tenant = Caller::of(&token).tenant;
                return Ok((credential, token));
            }
            Err(answer) => tried.push(answer),
        }
        if is_last {
            break;
        }
    }
    Err(SignInFailure {
        tried,
        tenant: tenant.map(str::to_owned),
        cloud: context.cloud.name,
        claims: None,
    }
    .into())
}

impl ChainCredential {
    pub(in crate::azure) fn name(&self) -> &'static str {
        self.candidate.name()
    }

    async fn ask(&self, scope: &str) -> Result<AccessToken, CredentialError> {
        if let Candidate::ManagedIdentity { probe: true, .. } = self.candidate {
            self.probe().await?;
        }
        let credential = sdk::make(&self.candidate, &self.context)?;
        let scopes = [scope];
        let asked = tokio::time::timeout(ANSWER, credential.get_token(&scopes, None));
        let answered = match self.candidate {
            // Programs, for which nothing else reports that they keep us waiting.
            Candidate::AzureCli { .. } | Candidate::AzureDeveloperCli { .. } => {
                let notes = self.context.http.notes();
                notes.while_waiting(self.name(), ANSWER, asked).await
            }
            _ => asked.await,
        };
        let answered = answered
            .map_err(|_| self.answer(format!("no answer within {} s", ANSWER.as_secs())))?
            .map_err(|error| sdk::answer(self.name(), &error))?;
        let expires = Timestamp::from_second(answered.expires_on.unix_timestamp())
            .ok()
            .filter(|end| *end > EARLIEST_END)
            .ok_or_else(|| {
                let message = format!(
                    "its token has an impossible expiry time: {}",
                    answered.expires_on
                );
                self.answer(message)
            })?;
        let token = answered.token.secret().trim();
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            let message = "its token has a character that no token has, such as a line break";
            return Err(self.answer(message.to_owned()));
        }
        Ok(AccessToken {
            secret: SecretString::from(token),
            expires,
        })
    }

    fn answer(&self, message: String) -> CredentialError {
        CredentialError::new(self.name(), Problem::new(message))
    }

    async fn probe(&self) -> Result<(), CredentialError> {
        let endpoint = &self.context.cloud.instance_metadata;
        let host = endpoint.host_str().unwrap_or_default();
        let port = endpoint.port_or_known_default().unwrap_or(80);
        let connect = tokio::net::TcpStream::connect((host, port));
        match tokio::time::timeout(PROBE, connect).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(self.answer("this machine has no metadata endpoint".to_owned())),
        }
    }

    /// Presents claims where the proof is ours to present: azure_identity cannot carry them. `None` where only the user
    /// can answer.
    async fn ask_with_claims(
        &self,
        scope: &str,
        claims: &str,
    ) -> Option<Result<AccessToken, AzureError>> {
        let (tenant, client, proof) = match &self.candidate {
            Candidate::ClientSecret(ServicePrincipal {
                tenant,
                client,
                secret,
            }) => (tenant, client, ClientCredential::Secret(secret.clone())),
            Candidate::WorkloadIdentity {
                tenant,
                client,
                token_file,
            } => (
                tenant,
                client,
                ClientCredential::Assertion(sdk::federated_token(token_file).ok()?.into()),
            ),
            _ => return None,
        };
        let SignInContext { http, cloud, .. } = &self.context;
        let entra = Entra::new(http.clone(), cloud, tenant);
        Some(entra.request(client, &proof, scope, Some(claims)).await)
    }

    fn failure(&self, answer: CredentialError, claims: Option<ClaimsChallenge>) -> AzureError {
        SignInFailure {
            tried: vec![answer],
            tenant: self.tenant.as_ref().map(TenantId::to_string),
            cloud: self.context.cloud.name,
            claims,
        }
        .into()
    }
}

#[async_trait]
impl TokenSource for ChainCredential {
    async fn fetch(&self, scope: &str, claims: Option<&str>) -> Result<AccessToken, AzureError> {
        let Some(claims) = claims else {
            return self
                .ask(scope)
                .await
                .map_err(|answer| self.failure(answer, None));
        };
        if let Some(answered) = self.ask_with_claims(scope, claims).await {
            return answered;
        }
        let challenge = ClaimsChallenge {
            scope: scope.to_owned(),
            claims: STANDARD.encode(claims),
        };
        let answer = self.answer("Azure requires a new interactive sign-in".to_owned());
        Err(self.failure(answer, Some(challenge)))
    }
}
