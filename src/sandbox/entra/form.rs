//! The form of a token request: each field at most once, and only known fields.

use std::collections::BTreeMap;

use serde_json::Value;

use super::refusal::EntraRefusal;

/// What the sandbox reads.
const READ: [&str; 7] = [
    "grant_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "scope",
    "claims",
];

/// What real clients also send, and Entra ignores in this flow.
const PASSED_OVER: [&str; 6] = [
    "client_info",
    "client-request-id",
    "return-client-request-id",
    "x-app-name",
    "x-app-ver",
    "x-ms-lib-capability",
];

/// The fields of a token request.
#[derive(Debug)]
pub(super) struct TokenForm(BTreeMap<String, String>);

impl TokenForm {
    pub(super) fn read(body: &[u8]) -> Result<Self, EntraRefusal> {
        let mut fields = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(body) {
            let name = name.into_owned();
            if !is_known(&name) {
                return Err(EntraRefusal::UnknownField(name));
            }
            // OAuth forbids a repeated parameter (RFC 6749, section 3.2).
            if fields.insert(name.clone(), value.into_owned()).is_some() {
                return Err(EntraRefusal::DuplicateField(name));
            }
        }
        Ok(Self(fields))
    }

    /// A field's value; an empty one counts as missing.
    pub(super) fn optional(&self, name: &str) -> Option<&str> {
        let Self(fields) = self;
        fields
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, name: &'static str) -> Result<&str, EntraRefusal> {
        self.optional(name).ok_or(EntraRefusal::MissingField(name))
    }

    /// Whether the claims answer a challenge. The claims that only declare what a client is capable of do not.
    pub(super) fn answers_a_challenge(&self) -> Result<bool, EntraRefusal> {
        let Some(claims) = self.optional("claims") else {
            return Ok(false);
        };
        let claims: Value =
            serde_json::from_str(claims).map_err(|_| EntraRefusal::MalformedClaims)?;
        let asked = claims["access_token"]
            .as_object()
            .ok_or(EntraRefusal::MalformedClaims)?;
        // A client that declares a capability does so in every request, challenge or not.
        Ok(asked.keys().any(|name| name != "xms_cc"))
    }
}

fn is_known(name: &str) -> bool {
    // MSAL sends its telemetry in fields of this prefix with every request.
    READ.contains(&name) || PASSED_OVER.contains(&name) || name.starts_with("x-client-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_msal_adds_is_passed_over() {
        let body = b"client_id=a&client_info=1&grant_type=client_credentials&scope=b&x-client-SKU=MSAL.Go&x-client-Ver=1";

        let form = TokenForm::read(body).unwrap();

        assert_eq!(form.required("client_id"), Ok("a"));
    }

    #[test]
    fn unknown_duplicate_and_missing_fields_are_distinguished() {
        let refusal = |body: &str| TokenForm::read(body.as_bytes()).unwrap_err();

        assert_eq!(
            refusal("resource=x"),
            EntraRefusal::UnknownField("resource".to_owned())
        );
        assert_eq!(
            refusal("scope=x&scope=y"),
            EntraRefusal::DuplicateField("scope".to_owned())
        );
        assert_eq!(
            TokenForm::read(b"scope=").unwrap().required("scope"),
            Err(EntraRefusal::MissingField("scope"))
        );
    }

    #[test]
    fn declaring_a_capability_is_not_answering_a_challenge() {
        let answers = |claims: &str| {
            TokenForm::read(format!("claims={claims}").as_bytes())
                .unwrap()
                .answers_a_challenge()
        };

        assert_eq!(answers(""), Ok(false));
        assert_eq!(
            answers(r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#),
            Ok(false)
        );
        assert_eq!(
            answers(r#"{"access_token":{"nbf":{"value":"1"},"xms_cc":{"values":["CP1"]}}}"#),
            Ok(true)
        );
        assert_eq!(answers("challenge"), Err(EntraRefusal::MalformedClaims));
    }
}
