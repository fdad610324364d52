//! Access tokens: minted by Entra and the metadata service, checked by everyone else.

use aws_lc_rs::{hmac, rand::SystemRandom};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};
use thiserror::Error;
use uuid::Uuid;

/// Signs and checks tokens with a key that lives as long as this sandbox.
#[derive(Debug)]
pub(crate) struct Tokens {
    key: hmac::Key,
}

/// The principal of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TokenCaller {
    pub(crate) object_id: Uuid,
    /// The client id, when the caller is an application or a managed identity.
    pub(crate) app_id: Option<Uuid>,
    pub(crate) tenant_id: Uuid,
    /// How messages name the caller: a user principal name, or the client id.
    pub(crate) name: String,
    /// Whether this token was requested in answer to a claims challenge.
    pub(crate) met_claims: bool,
}

/// Why a token was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum TokenRejection {
    #[error("the access token is missing")]
    Missing,
    #[error("the access token is malformed or its signature does not verify")]
    Invalid,
    #[error("the access token expired at {0}")]
    Expired(Timestamp),
    #[error("the access token is for audience `{0}`")]
    WrongAudience(String),
}

impl Tokens {
    pub(crate) fn new() -> Self {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())
            .expect("the system has randomness to give");
        Self { key }
    }

    /// A signed token for the caller, good from `now` until `expires`.
    pub(crate) fn mint(
        &self,
        caller: &TokenCaller,
        audience: &str,
        now: Timestamp,
        expires: Timestamp,
    ) -> String {
        let claims = json!({
            "aud": audience,
            // The older issuer, as in tokens of Resource Manager; the newer one ends in `/v2.0`.
            "iss": format!("https://sts.windows.net/{}/", caller.tenant_id),
            "tid": caller.tenant_id,
            "oid": caller.object_id,
            "appid": caller.app_id,
            "unique_name": caller.name,
            "xms_met_claims": caller.met_claims,
            "iat": now.as_second(),
            "nbf": now.as_second(),
            "exp": expires.as_second(),
        });
        // Clients read the claims of their tokens, such as the tenant, so the form must be that of a JWT.
        let header = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS256"}"#);
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// Reads a token back, when it is ours, has not expired and is for one of the audiences.
    pub(crate) fn verify(
        &self,
        bearer: &str,
        audiences: &[&str],
        now: Timestamp,
    ) -> Result<TokenCaller, TokenRejection> {
        let claims = self.claims(bearer).ok_or(TokenRejection::Invalid)?;
        let (caller, expires) = read_claims(&claims).ok_or(TokenRejection::Invalid)?;
        // A code of its own: only an expired token is worth another try with a new one.
        if expires <= now {
            return Err(TokenRejection::Expired(expires));
        }
        // A token for another service of Azure is well signed too: only the audience keeps it out.
        let audience = claims["aud"].as_str().unwrap_or_default();
        if !audiences.contains(&audience) {
            return Err(TokenRejection::WrongAudience(audience.to_owned()));
        }
        Ok(caller)
    }

    fn claims(&self, bearer: &str) -> Option<Value> {
        let (signed, signature) = bearer.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        hmac::verify(&self.key, signed.as_bytes(), &signature).ok()?;
        let (_, claims) = signed.split_once('.')?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }
}

fn read_claims(claims: &Value) -> Option<(TokenCaller, Timestamp)> {
    let id = |name: &str| claims[name].as_str()?.parse().ok();
    let caller = TokenCaller {
        object_id: id("oid")?,
        app_id: id("appid"),
        tenant_id: id("tid")?,
        name: claims["unique_name"].as_str()?.to_owned(),
        met_claims: claims["xms_met_claims"] == true,
    };
    let expires = Timestamp::from_second(claims["exp"].as_i64()?).ok()?;
    Some((caller, expires))
}
