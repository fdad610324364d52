//! Will Entra give this identity a token? Token requests of our own, for proving as the identity and for claims.

use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::address::{Address, Audience};
use super::call::Call;
use super::error::AzureError;
use super::token::AccessToken;
use super::token_refusal::TokenRefusal;
use super::transport::Http;
use crate::clock;
use crate::spec::cloud::Cloud;
use crate::spec::ids::ClientId;

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// In seconds. Entra's tokens live an hour, a day at most; a larger number would overflow the clock.
pub(in crate::azure) const LONGEST_LIFETIME: i64 = 7 * 24 * 3600;

/// The token endpoint of one tenant.
#[derive(Clone)]
pub(crate) struct Entra {
    http: Http,
    token_endpoint: Address,
}

/// How the client authenticates: the client credentials of OAuth.
pub(super) enum ClientCredential {
    Secret(SecretString),
    Assertion(SecretString),
}

#[derive(Deserialize)]
struct TokenResponse {
    access_token: String,
    expires_in: i64,
}

impl Entra {
    /// `tenant` is a GUID or a domain name.
    pub(crate) fn new(http: Http, cloud: &Cloud, tenant: &str) -> Self {
        let path = format!("{tenant}/oauth2/v2.0/token");
        Self {
            http,
            token_endpoint: Address::below(&cloud.authority, Audience::ResourceManager, &path),
        }
    }

    pub(crate) async fn token_for_secret(
        &self,
        client: &ClientId,
        secret: &SecretString,
        scope: &str,
    ) -> Result<AccessToken, AzureError> {
        let credential = ClientCredential::Secret(secret.clone());
        self.request(client.as_str(), &credential, scope, None)
            .await
    }

    /// `assertion` is a token of an issuer that the identity trusts, such as a cluster's service account token.
    pub(crate) async fn token_for_assertion(
        &self,
        client: &ClientId,
        assertion: &SecretString,
        scope: &str,
    ) -> Result<AccessToken, AzureError> {
        let credential = ClientCredential::Assertion(assertion.clone());
        self.request(client.as_str(), &credential, scope, None)
            .await
    }

    /// `claims` are the JSON that a challenge asked for.
    pub(super) async fn request(
        &self,
        client: &str,
        credential: &ClientCredential,
        scope: &str,
        claims: Option<&str>,
    ) -> Result<AccessToken, AzureError> {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", client),
            // That of the ingestion endpoint ends in `//.default`: its audience itself ends in a slash.
            ("scope", scope),
        ];
        form.extend(claims.map(|claims| ("claims", claims)));
        match credential {
            ClientCredential::Secret(secret) => {
                form.push(("client_secret", secret.expose_secret()));
            }
            ClientCredential::Assertion(assertion) => {
                form.push(("client_assertion_type", JWT_BEARER));
                form.push(("client_assertion", assertion.expose_secret()));
            }
        }
        // A second token does no harm, so a request whose answer was lost is sent again.
        let call = Call::ask(self.token_endpoint.url()?.clone()).form(&form);
        let reply = self.http.send(&call, None).await?;
        if !reply.status.is_success() {
            let refusal = TokenRefusal::read(reply.status.as_u16(), &reply.body);
            return Err(match credential {
                ClientCredential::Secret(_) => refusal,
                ClientCredential::Assertion(_) => refusal.of_federated_token(),
            }
            .into());
        }
        let granted: TokenResponse = reply.json()?;
        // From outside: a huge number would overflow, a negative one would be a token from the past.
        let lifetime = granted.expires_in.clamp(0, LONGEST_LIFETIME);
        Ok(AccessToken {
            secret: granted.access_token.into(),
            expires: clock::now() + SignedDuration::from_secs(lifetime),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{FakeService, says};

    const CLIENT: &str = "11111111-1111-1111-1111-111111111111";

    fn entra(fake: &FakeService) -> Entra {
        Entra::new(Http::without_waits(), &fake.cloud(), "contoso.example")
    }

    #[tokio::test]
    async fn a_secret_gets_a_token_with_the_lifetime_from_entra() {
        let fake =
            FakeService::in_turn([says(200, r#"{"access_token":"granted","expires_in":3599}"#)])
                .await;

        let token = entra(&fake)
            .token_for_secret(
                &CLIENT.parse().unwrap(),
                &"p&ss=word".into(),
                "https://monitor.azure.com//.default",
            )
            .await
            .unwrap();

        let seen = &fake.seen()[0];
        assert_eq!(token.secret.expose_secret(), "granted");
        assert!(token.expires > clock::now() + SignedDuration::from_mins(55));
        assert_eq!(seen.line, "POST /contoso.example/oauth2/v2.0/token");
        assert_eq!(
            seen.body,
            format!(
                "grant_type=client_credentials&client_id={CLIENT}\
                 &scope=https%3A%2F%2Fmonitor.azure.com%2F%2F.default&client_secret=p%26ss%3Dword"
            )
        );
    }

    #[tokio::test]
    async fn an_absurd_lifetime_is_no_panic() {
        for lifetime in ["9223372036854775807", "-9223372036854775808"] {
            let body = format!(r#"{{"access_token":"granted","expires_in":{lifetime}}}"#);
            let fake = FakeService::in_turn([says(200, body)]).await;

            let token = entra(&fake)
                .token_for_secret(&CLIENT.parse().unwrap(), &"x".into(), "s")
                .await
                .unwrap();

            let week = SignedDuration::from_hours(7 * 24 + 1);
            assert!(token.expires < clock::now() + week, "{lifetime}");
        }
    }

    #[tokio::test]
    async fn an_assertion_is_sent_as_one() {
        let fake =
            FakeService::in_turn([says(200, r#"{"access_token":"granted","expires_in":1}"#)]).await;

        entra(&fake)
            .token_for_assertion(&CLIENT.parse().unwrap(), &"a.b.c".into(), "s")
            .await
            .unwrap();

        let body = &fake.seen()[0].body;
        assert!(body.contains("client_assertion=a.b.c"));
        assert!(body.contains(
            "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
        ));
    }

    #[tokio::test]
    async fn a_refusal_has_a_number_and_hides_the_secret() {
        let body = r#"{"error":"invalid_client","error_description":"AADSTS7000215: no","error_codes":[7000215]}"#;
        let fake = FakeService::in_turn([says(401, body)]).await;

        let error = entra(&fake)
            .token_for_secret(&CLIENT.parse().unwrap(), &"hush-hush".into(), "s")
            .await
            .unwrap_err();

        assert!(
            matches!(&error, AzureError::TokenRefused(refusal) if refusal.aadsts == Some(7_000_215))
        );
        assert!(!format!("{error} {error:?}").contains("hush"));
    }
}
