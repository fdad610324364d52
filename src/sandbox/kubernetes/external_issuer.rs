//! The issuer of a real cluster, whose service account tokens the sandbox's Entra accepts.

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use thiserror::Error;

use super::signing_key::{PresentedToken, presented};
use crate::sandbox::json_web_token;

/// Why a key set is of no use.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum KeySetError {
    #[error("this is not JSON with an array `keys`")]
    NoKeys,
    // https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
    #[error("it has no RSA key, and Entra supports RS256 only")]
    NoRsaKey,
    #[error("an RSA key has no `n` and `e` in base64url")]
    InvalidRsaKey,
}

/// An issuer and the public keys that it publishes.
#[derive(Clone, Debug)]
pub(crate) struct ExternalIssuer {
    pub(crate) url: String,
    keys: Vec<PublicKeyComponents<Vec<u8>>>,
}

impl ExternalIssuer {
    /// The key set is what `kubectl get --raw /openid/v1/jwks` prints.
    pub(crate) fn new(url: &str, key_set: &str) -> Result<Self, KeySetError> {
        let key_set: Value = serde_json::from_str(key_set).map_err(|_| KeySetError::NoKeys)?;
        let keys = key_set["keys"].as_array().ok_or(KeySetError::NoKeys)?;
        // Entra accepts RS256 only; a cluster can publish keys of other kinds in addition.
        let keys = keys.iter().filter(|key| key["kty"] == "RSA");
        let keys: Vec<_> = keys
            .map(rsa_key)
            .collect::<Option<_>>()
            .ok_or(KeySetError::InvalidRsaKey)?;
        if keys.is_empty() {
            return Err(KeySetError::NoRsaKey);
        }
        Ok(Self {
            url: url.to_owned(),
            keys,
        })
    }

    /// Whether the token names this issuer. Its signature has not been verified.
    pub(crate) fn is_named_by(&self, token: &str) -> bool {
        json_web_token::take_apart(token).is_some_and(|parts| parts.claims["iss"] == *self.url)
    }

    /// What a token claims, if one of the keys signed it.
    pub(crate) fn read(&self, token: &str) -> Option<PresentedToken> {
        let parts = json_web_token::take_apart(token)?;
        // The verifier chooses the algorithm: a token that chooses it could choose a weak one, or
        // none.
        let is_signed = parts.header["alg"] == "RS256"
            && self.keys.iter().any(|key| {
                let (algorithm, text) = (&RSA_PKCS1_2048_8192_SHA256, parts.signed.as_bytes());
                key.verify(algorithm, text, &parts.signature).is_ok()
            });
        is_signed.then(|| presented(&parts.claims)).flatten()
    }
}

fn rsa_key(key: &Value) -> Option<PublicKeyComponents<Vec<u8>>> {
    let number = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str()?).ok();
    Some(PublicKeyComponents {
        n: number("n")?,
        e: number("e")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::kubernetes::{SigningKey, TokenAccount};

    const URL: &str = "https://issuer.example/";

    fn token(key: &SigningKey, issuer: &str) -> String {
        let account = TokenAccount {
            namespace: "monitoring",
            name: "prometheus",
            uid: "u-1",
        };
        key.issue(issuer, &account, &["a".to_owned()], (1000, 4600))
    }

    #[test]
    fn only_tokens_that_a_published_key_signed_are_read() {
        let (theirs, another) = (SigningKey::default(), SigningKey::default());
        let issuer = ExternalIssuer::new(URL, &theirs.key_set().to_string()).unwrap();

        let read = issuer.read(&token(&theirs, URL)).unwrap();

        assert_eq!(read.issuer, URL);
        assert_eq!(read.subject, "system:serviceaccount:monitoring:prometheus");
        assert_eq!(issuer.read(&token(&another, URL)), None);
        assert!(issuer.is_named_by(&token(&another, URL)));
        assert!(!issuer.is_named_by(&token(&theirs, "https://issuer.example")));
    }

    #[test]
    fn a_key_set_without_a_usable_key_is_refused() {
        let refusal = |text: &str| ExternalIssuer::new(URL, text).unwrap_err();

        assert_eq!(refusal("<html>"), KeySetError::NoKeys);
        assert_eq!(refusal("{}"), KeySetError::NoKeys);
        assert_eq!(
            refusal(r#"{"keys": [{"kty": "EC", "x": "AA", "y": "AA"}]}"#),
            KeySetError::NoRsaKey
        );
        assert_eq!(
            refusal(r#"{"keys": [{"kty": "RSA", "n": "AA"}]}"#),
            KeySetError::InvalidRsaKey
        );
    }
}
