//! How is a JSON Web Token put together and taken apart? The compact form of RFC 7515, without judging it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

/// A token taken apart. Nothing in it has been verified.
pub(crate) struct TokenParts<'a> {
    pub(crate) header: Value,
    pub(crate) claims: Value,
    /// The text that the signature is over.
    pub(crate) signed: &'a str,
    pub(crate) signature: Vec<u8>,
}

/// Takes a token apart; `None` when it does not have the form of one.
pub(crate) fn take_apart(token: &str) -> Option<TokenParts<'_>> {
    // The signature is over this very text: encoding the JSON again could give another one.
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    Some(TokenParts {
        header: json(header)?,
        claims: json(claims)?,
        signed,
        signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
    })
}

/// Puts a token together; `sign` is given the text to sign.
pub(crate) fn put_together(
    header: &Value,
    claims: &Value,
    sign: impl FnOnce(&[u8]) -> Vec<u8>,
) -> String {
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    let signed = format!("{header}.{claims}");
    let signature = URL_SAFE_NO_PAD.encode(sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn json(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
