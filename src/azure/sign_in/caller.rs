//! Which user or application signed in? Read from the token, whose signature is not verified: it is shown, never trusted.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::ExposeSecret;
use serde::Deserialize;

use crate::azure::token::AccessToken;
use crate::spec::ids::{PrincipalId, TenantId};

/// The claims of an access token that we show; everything may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Caller {
    #[serde(rename = "oid", deserialize_with = "lenient")]
    pub(crate) principal: Option<PrincipalId>,
    #[serde(rename = "tid", deserialize_with = "lenient")]
    pub(crate) tenant: Option<TenantId>,
    upn: Option<String>,
    unique_name: Option<String>,
    #[serde(rename = "app_displayname")]
    application: Option<String>,
    #[serde(rename = "appid")]
    client: Option<String>,
}

/// Groups and odd tokens aside, an id that is no GUID is as good as none.
fn lenient<'de, D, Id>(deserializer: D) -> Result<Option<Id>, D::Error>
where
    D: serde::Deserializer<'de>,
    Id: std::str::FromStr,
{
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.and_then(|text| text.parse().ok()))
}

impl Caller {
    pub(in crate::azure) fn of(token: &AccessToken) -> Self {
        let payload = token
            .secret
            .expose_secret()
            .split('.')
            .nth(1)
            .unwrap_or_default();
        let claims = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('='));
        claims
            .ok()
            .and_then(|claims| serde_json::from_slice(&claims).ok())
            .unwrap_or_default()
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = [
            &self.upn,
            &self.unique_name,
            &self.application,
            &self.client,
        ]
        .into_iter()
        .flatten()
        .next();
        match (name, &self.principal) {
            (Some(name), _) => out.write_str(name),
            (None, Some(principal)) => write!(out, "object {principal}"),
            (None, None) => out.write_str("an account without a name"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn caller(claims: &str) -> Caller {
        Caller::of(&AccessToken {
            secret: format!("header.{}.signature", URL_SAFE_NO_PAD.encode(claims)).into(),
            expires: Timestamp::MAX,
        })
    }

    #[test]
    fn a_person_is_known_by_the_name_they_sign_in_with() {
        let caller = caller(
            r#"{"oid":"0B1E0000-0000-0000-0000-000000000000","tid":"t","upn":"ada@example.com"}"#,
        );

        assert_eq!(caller.to_string(), "ada@example.com");
        assert_eq!(
            caller.principal.unwrap().as_str(),
            "0b1e0000-0000-0000-0000-000000000000"
        );
        assert_eq!(caller.tenant, None);
    }

    #[test]
    fn a_program_is_known_by_its_application() {
        assert_eq!(
            caller(r#"{"appid":"a1","app_displayname":"pipeline"}"#).to_string(),
            "pipeline"
        );
    }

    #[test]
    fn a_token_without_claims_is_still_a_token() {
        let opaque = AccessToken {
            secret: "opaque".into(),
            expires: Timestamp::MAX,
        };

        assert_eq!(Caller::of(&opaque).to_string(), "an account without a name");
    }
}
