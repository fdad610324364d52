//! What does a refusal by Entra mean, and what to do about it? The AADSTS numbers that matter here.

use std::fmt;

use serde::Deserialize;
use thiserror::Error;

/// Entra would not give a token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Error)]
pub(crate) struct TokenRefusal {
    /// The number after `AADSTS`.
    pub(crate) aadsts: Option<u32>,
    /// The OAuth word, such as `invalid_client`.
    pub(crate) error: String,
    /// The first line of what Entra wrote.
    pub(crate) description: String,
    pub(crate) trace_id: Option<String>,
    pub(crate) correlation_id: Option<String>,
    /// Entra's own time, UTC.
    pub(crate) timestamp: Option<String>,
    /// The request carried a token of another issuer, not an assertion signed with a certificate.
    pub(crate) federated: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Body {
    error: String,
    error_description: String,
    error_codes: Vec<u32>,
    trace_id: Option<String>,
    correlation_id: Option<String>,
    timestamp: Option<String>,
}

impl TokenRefusal {
    /// Reads the body of a refused token request; `status` is told when the body is not Entra's.
    pub(super) fn read(status: u16, body: &[u8]) -> Self {
        let told: Body = serde_json::from_slice(body).unwrap_or_default();
        if told.error.is_empty() && told.error_description.is_empty() {
            return Self {
                error: format!("HTTP {status}"),
                description: super::plain_text::plain(body),
                ..Self::default()
            };
        }
        let first_line = told.error_description.lines().next().unwrap_or_default();
        let description = first_line.split(" Trace ID:").next().unwrap_or_default();
        Self {
            aadsts: told
                .error_codes
                .first()
                .copied()
                .or_else(|| number_in(first_line)),
            error: told.error,
            description: description.trim().to_owned(),
            trace_id: told.trace_id,
            correlation_id: told.correlation_id,
            timestamp: told.timestamp,
            federated: false,
        }
    }

    /// Entra uses one number for a bad signature of both kinds of assertion; only the sender knows which was sent.
    pub(super) fn of_federated_token(self) -> Self {
        Self {
            federated: true,
            ..self
        }
    }

    /// A newly made identity, secret or federated credential may not have arrived everywhere yet.
    pub(crate) fn may_be_propagation(&self) -> bool {
        matches!(
            self.aadsts,
            Some(70021 | 70025 | 700_016 | 700_211 | 700_212 | 700_213 | 7_000_215)
        )
    }

    /// Entra compared the client secret, and it is not one that the application accepts.
    pub(crate) fn is_wrong_secret(&self) -> bool {
        matches!(self.aadsts, Some(7_000_215 | 7_000_222))
    }

    /// What is wrong, in one clause.
    pub(crate) fn meaning(&self) -> &'static str {
        self.known()
            .map_or("Entra refused", |(_, meaning, _)| meaning)
    }

    /// What to do.
    pub(crate) fn next(&self) -> &'static str {
        self.known().map_or(LOOK_UP, |(_, _, next)| next)
    }

    fn known(&self) -> Option<&'static (&'static [u32], &'static str, &'static str)> {
        let number = self.aadsts?;
        if self.federated && number == BAD_SIGNATURE {
            return Some(&FEDERATED_SIGNATURE);
        }
        MEANINGS
            .iter()
            .find(|(numbers, _, _)| numbers.contains(&number))
    }
}

fn number_in(text: &str) -> Option<u32> {
    let digits = text.split_once("AADSTS")?.1;
    let end = digits
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(digits.len());
    digits[..end].parse().ok()
}

impl fmt::Display for TokenRefusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Entra answered {}", self.error)?;
        if !self.description.is_empty() {
            write!(out, ": {}", self.description)?;
        }
        match (&self.correlation_id, &self.timestamp) {
            (Some(id), Some(time)) => write!(out, " (correlation id {id}, {time})"),
            (Some(id), None) => write!(out, " (correlation id {id})"),
            _ => Ok(()),
        }
    }
}

const LOOK_UP: &str = "look the code up at https://login.microsoftonline.com/error";
const WAIT: &str = "wait a minute and try again";
const CLOUD: &str = "check `--cloud` and `--tenant`: the request went to the wrong authority";
const FEDERATION: &str =
    "run `amw-rw apply --only federated-credential`; a new one takes some minutes to work";
const POLICY: &str =
    "ask the directory's administrator: a conditional access policy blocks this sign-in";

const BAD_SIGNATURE: u32 = 700_027;

const FEDERATED_SIGNATURE: (&[u32], &str, &str) = (
    &[BAD_SIGNATURE],
    "the signature of the federated token matches no key that its issuer publishes",
    "check that the token comes from this issuer, and that `jwks_uri` in the issuer's /.well-known/openid-configuration lists the key",
);

/// Numbers, what they mean, and the next step.
const MEANINGS: &[(&[u32], &str, &str)] = &[
    (
        &[7_000_215],
        "the client secret is wrong",
        "give the secret's value, not its id; a new secret takes a moment to work",
    ),
    (
        &[7_000_222],
        "the client secret has expired",
        "make a new secret with `amw-rw apply`",
    ),
    (
        &[7_000_218],
        "neither a secret nor an assertion was sent",
        "set the client secret or the federated token file",
    ),
    (
        &[7_000_112],
        "the application is disabled",
        "enable its service principal in the directory",
    ),
    (
        &[7_002_104],
        "this kind of credential is not allowed for the application",
        "use another `--auth`, such as workload-identity",
    ),
    (
        &[700_016],
        "no application of this client id is in the tenant",
        "check client id and tenant; a new application takes a moment to appear",
    ),
    (
        &[700_027, 50_012],
        "the certificate is not registered for the application",
        "register the certificate that signs the assertion",
    ),
    (
        &[700_024],
        "the assertion is outside its validity",
        "check the clock of this machine and of the node, and read the token anew",
    ),
    (
        &[70_021],
        "no federated credential matches the token",
        FEDERATION,
    ),
    (
        &[70_025],
        "the identity has no federated credential",
        FEDERATION,
    ),
    (
        &[700_211],
        "no federated credential has this issuer",
        FEDERATION,
    ),
    (
        &[700_212],
        "no federated credential has this audience",
        FEDERATION,
    ),
    (
        &[700_213],
        "no federated credential has this subject",
        FEDERATION,
    ),
    (
        &[700_222, 700_226, 700_227, 700_229],
        "a token of Entra was used where the cluster's own belongs",
        "use the projected token of the service account",
    ),
    (
        &[90_061],
        "Entra cannot reach the cluster's token issuer",
        "make the issuer's discovery document reachable from the internet",
    ),
    (
        &[90_002],
        "the tenant does not exist",
        "check `--tenant`; find yours with `az account show --query tenantId`",
    ),
    (
        &[90_038, 900_382, 900_432],
        "the tenant is in another cloud",
        CLOUD,
    ),
    (
        &[50_034],
        "the account is not in this tenant",
        "sign in with `az login --tenant`",
    ),
    (
        &[500_011],
        "the service asked for is unknown in this tenant",
        CLOUD,
    ),
    (
        &[70_011, 28_002, 1_002_012],
        "the scope is not valid",
        CLOUD,
    ),
    (
        &[50_005, 53_003, 530_032, 530_035],
        "a conditional access policy blocks the sign-in",
        POLICY,
    ),
    (&[50_196], "too many token requests in a row", WAIT),
    (&[90_055, 90_006, 90_033, 50_033], "Entra is busy", WAIT),
];

#[cfg(test)]
mod tests {
    use super::*;

    const WRONG_SECRET: &str = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Trace ID: 1 Correlation ID: 2 Timestamp: 3",
        "error_codes":[7000215],"timestamp":"2026-11-22 10:00:00Z","trace_id":"1","correlation_id":"2"}"#;

    #[test]
    fn a_refusal_is_read_with_number_and_ids() {
        let refusal = TokenRefusal::read(401, WRONG_SECRET.as_bytes());

        assert_eq!(refusal.aadsts, Some(7_000_215));
        assert_eq!(refusal.meaning(), "the client secret is wrong");
        assert_eq!(
            refusal.to_string(),
            "Entra answered invalid_client: AADSTS7000215: Invalid client secret provided. (correlation id 2, 2026-11-22 10:00:00Z)"
        );
    }

    #[test]
    fn the_number_is_found_in_the_text_when_the_list_is_missing() {
        let refusal = TokenRefusal::read(400, br#"{"error":"invalid_request","error_description":"AADSTS90002: Tenant 'x' not found."}"#);

        assert_eq!(refusal.aadsts, Some(90_002));
    }

    #[test]
    fn a_page_of_a_proxy_is_told_as_it_is() {
        let refusal = TokenRefusal::read(502, b"<html><body>Bad Gateway</body></html>");

        assert_eq!(refusal.to_string(), "Entra answered HTTP 502: Bad Gateway");
        assert_eq!(refusal.aadsts, None);
    }

    #[test]
    fn a_bad_signature_of_a_federated_token_is_no_certificate_problem() {
        let body = br#"{"error":"invalid_client","error_codes":[700027]}"#;
        let refusal = TokenRefusal::read(401, body);

        assert!(refusal.meaning().contains("certificate"));
        let federated = refusal.of_federated_token();
        assert!(federated.meaning().contains("federated token"));
        assert!(!federated.next().contains("certificate"));
    }

    #[test]
    fn an_unknown_number_still_says_where_to_look() {
        let refusal = TokenRefusal {
            aadsts: Some(1),
            ..TokenRefusal::default()
        };

        assert_eq!(refusal.next(), LOOK_UP);
        assert!(!refusal.may_be_propagation());
    }
}
