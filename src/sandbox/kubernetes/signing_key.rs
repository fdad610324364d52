//! Signs service account tokens, and publishes the key that verifies them.

use std::sync::OnceLock;

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::sandbox::json_web_token;

/// The service account of a token.
pub(crate) struct TokenAccount<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    pub(crate) uid: &'a str,
}

/// What a presented service account token claims. Its signature has been verified, its times have not.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PresentedToken {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) audiences: Vec<String>,
    /// Unix seconds.
    pub(crate) not_before: i64,
    /// Unix seconds.
    pub(crate) expires: i64,
}

/// The key that the sandbox's clusters sign with: one per run, made when it is first needed,
/// because making it takes longer than everything else at start-up together.
#[derive(Debug, Default)]
pub(crate) struct SigningKey {
    key: OnceLock<KeyPair>,
}

impl SigningKey {
    /// A token as the TokenRequest API gives it; times are Unix seconds.
    pub(crate) fn issue(
        &self,
        issuer: &str,
        account: &TokenAccount<'_>,
        audiences: &[String],
        (now, expires): (i64, i64),
    ) -> String {
        let claims = json!({
            "aud": audiences,
            "exp": expires,
            "iat": now,
            "iss": issuer,
            "jti": uuid::Uuid::new_v4().to_string(),
            "kubernetes.io": {
                "namespace": account.namespace,
                "serviceaccount": {"name": account.name, "uid": account.uid},
            },
            "nbf": now,
            // A federated credential must have this very text as its subject.
            "sub": format!("system:serviceaccount:{}:{}", account.namespace, account.name),
        });
        json_web_token::put_together(
            &json!({"alg": "RS256", "kid": self.id()}),
            &claims,
            |text| self.sign(text),
        )
    }

    /// What a token claims, provided that one of the sandbox's clusters signed it.
    pub(crate) fn read(&self, token: &str) -> Option<PresentedToken> {
        let parts = json_web_token::take_apart(token)?;
        // A token must not choose by its `alg` how it is verified.
        let signed_by_us = parts.header["alg"] == "RS256"
            && UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.public_key())
                .verify(parts.signed.as_bytes(), &parts.signature)
                .is_ok();
        signed_by_us.then(|| presented(&parts.claims)).flatten()
    }

    /// The public key as `/openid/v1/jwks` publishes it.
    pub(crate) fn key_set(&self) -> Value {
        let (modulus, exponent) = modulus_and_exponent(self.public_key());
        json!({"keys": [{
            "use": "sig",
            "kty": "RSA",
            "kid": self.id(),
            "alg": "RS256",
            "n": URL_SAFE_NO_PAD.encode(modulus),
            "e": URL_SAFE_NO_PAD.encode(exponent),
        }]})
    }

    fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.public_key()))
    }

    fn public_key(&self) -> &[u8] {
        self.pair().public_key().as_ref()
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        let pair = self.pair();
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            text,
            &mut signature,
        )
        .expect("an RSA key of 2048 bits signs any text");
        signature
    }

    fn pair(&self) -> &KeyPair {
        self.key.get_or_init(|| {
            KeyPair::generate(KeySize::Rsa2048).expect("an RSA key of 2048 bits can be made")
        })
    }
}

pub(super) fn presented(claims: &Value) -> Option<PresentedToken> {
    let text = |claim: &Value| claim.as_str().map(str::to_owned);
    let audiences = match &claims["aud"] {
        // `aud` is a text or a list (RFC 7519).
        Value::Array(several) => several.iter().map(text).collect::<Option<_>>()?,
        single => vec![text(single)?],
    };
    Some(PresentedToken {
        issuer: text(&claims["iss"])?,
        subject: text(&claims["sub"])?,
        audiences,
        not_before: claims["nbf"].as_i64()?,
        expires: claims["exp"].as_i64()?,
    })
}

/// Cuts the two numbers out of a PKCS#1 public key. For a key of 2048 bits the DER lengths are always
/// the same: 9 bytes of headers, 256 of modulus behind its zero byte, 2 of header, then the exponent.
fn modulus_and_exponent(public_key: &[u8]) -> (&[u8], &[u8]) {
    (&public_key[9..265], &public_key[267..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://eastus.oic.prod-aks.azure.com/tenant/cluster/";

    fn token(key: &SigningKey) -> String {
        let account = TokenAccount {
            namespace: "monitoring",
            name: "prometheus",
            uid: "u-1",
        };
        key.issue(
            ISSUER,
            &account,
            &["api://AzureADTokenExchange".to_owned()],
            (1000, 4600),
        )
    }

    #[test]
    fn a_token_names_its_service_account_and_its_cluster() {
        let key = SigningKey::default();

        let presented = key.read(&token(&key));

        assert_eq!(
            presented,
            Some(PresentedToken {
                issuer: ISSUER.to_owned(),
                subject: "system:serviceaccount:monitoring:prometheus".to_owned(),
                audiences: vec!["api://AzureADTokenExchange".to_owned()],
                not_before: 1000,
                expires: 4600,
            })
        );
    }

    #[test]
    fn a_token_that_another_key_signed_is_not_read() {
        let (ours, theirs) = (SigningKey::default(), SigningKey::default());

        let presented = ours.read(&token(&theirs));

        assert_eq!(presented, None);
    }

    #[test]
    fn the_published_key_is_the_one_that_signs() {
        let key = SigningKey::default();

        let published = &key.key_set()["keys"][0];

        let modulus = URL_SAFE_NO_PAD
            .decode(published["n"].as_str().unwrap())
            .unwrap();
        assert_eq!(published["e"], "AQAB");
        assert_eq!(modulus.len(), 256);
        assert!(
            modulus[0] >= 0x80,
            "a modulus of 2048 bits starts with a one"
        );
        assert_eq!(
            published["kid"],
            json_web_token::take_apart(&token(&key)).unwrap().header["kid"]
        );
    }
}
