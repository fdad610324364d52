//! Will Entra give this identity a token? Token requests of our own, for proving as the identity and for claims.

use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::address::{Address, Audience};
use super::call::Call;
use super::error::AzureError;
use super::token::Token;
use super::token_refusal::TokenRefusal;
use super::transport::Http;
use crate::clock;
use crate::spec::cloud::Cloud;
use crate::spec::ids::ClientId;

pub(super) const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The token endpoint of one tenant.
#[derive(Clone)]
pub(crate) struct Entra {
    http: Http,
    token_endpoint: url::Url,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: i64,
}

impl Entra {
    /// `tenant` is a GUID or a domain name.
    pub(crate) fn new(http: Http, cloud: &Cloud, tenant: &str) -> Self {
        let path = format!("{tenant}/oauth2/v2.0/token");
        Self {
            http,
            token_endpoint: Address::below(&cloud.authority, Audience::ResourceManager, &path).url,
        }
    }

    pub(crate) async fn token_for_secret(
        &self,
        client: &ClientId,
        secret: &SecretString,
        scope: &str,
    ) -> Result<Token, AzureError> {
        let proof = [("client_secret", secret.expose_secret())];
        self.request(client, &proof, scope, None).await
    }

    /// `assertion` is a token of an issuer that the identity trusts, such as a cluster's service account token.
    pub(crate) async fn token_for_assertion(
        &self,
        client: &ClientId,
        assertion: &SecretString,
        scope: &str,
    ) -> Result<Token, AzureError> {
        let proof = [
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", assertion.expose_secret()),
        ];
        self.request(client, &proof, scope, None).await
    }

    /// `proof` is the secret or the assertion, as form fields.
    pub(super) async fn request(
        &self,
        client: &ClientId,
        proof: &[(&str, &str)],
        scope: &str,
        claims: Option<&str>,
    ) -> Result<Token, AzureError> {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", client.as_str()),
            ("scope", scope),
        ];
        form.extend(claims.map(|claims| ("claims", claims)));
        form.extend_from_slice(proof);
        let call = Call::ask(self.token_endpoint.clone()).form(&form);
        let reply = self.http.send(&call, None).await?;
        if !reply.status.is_success() {
            return Err(TokenRefusal::read(reply.status.as_u16(), &reply.body).into());
        }
        let granted: Granted = reply.json()?;
        Ok(Token {
            secret: granted.access_token.into(),
            expires: clock::now() + SignedDuration::from_secs(granted.expires_in),
        })
    }
}
