//! What did Entra answer instead of a token?

use std::fmt;

use serde::Deserialize;
use thiserror::Error;

use super::meaning::refusal_meaning::{RefusalMeaning, code_has_meaning};
use super::meaning::table::{FEDERATED_SIGNATURE, Meaning, meaning};
use crate::problem::Problem;

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
struct TokenErrorResponse {
    error: String,
    error_description: String,
    error_codes: Vec<u32>,
    trace_id: Option<String>,
    correlation_id: Option<String>,
    timestamp: Option<String>,
}

impl TokenRefusal {
    /// Reads the body of a refused token request; `status` is reported when the body is not Entra's.
    pub(super) fn read(status: u16, body: &[u8]) -> Self {
        let reported: TokenErrorResponse = serde_json::from_slice(body).unwrap_or_default();
        if reported.error.is_empty() && reported.error_description.is_empty() {
            return Self {
                error: format!("HTTP {status}"),
                description: super::plain_text::plain(body),
                ..Self::default()
            };
        }
        let first_line = reported
            .error_description
            .lines()
            .next()
            .unwrap_or_default();
        // Older answers have the ids on the lines below, newer ones at the end of the first line.
        let description = first_line.split(" Trace ID:").next().unwrap_or_default();
        Self {
            aadsts: reported
                .error_codes
                .first()
                .copied()
                .or_else(|| number_in(first_line)),
            error: reported.error,
            description: description.trim().to_owned(),
            trace_id: reported.trace_id,
            correlation_id: reported.correlation_id,
            timestamp: reported.timestamp,
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
        self.row().is_some_and(|row| row.may_be_late)
    }

    /// Entra compared the client secret, and it is not one that the application accepts.
    pub(crate) fn is_wrong_secret(&self) -> bool {
        self.aadsts
            .is_some_and(|number| code_has_meaning(&code(number), RefusalMeaning::WrongSecret))
    }

    /// What it means, in one clause, and what to do.
    pub(crate) fn problem(&self) -> Problem {
        let problem = match self.row() {
            Some(row) => Problem::new(row.why).next(row.next.step()),
            None => Problem::new("Entra refused").next(match self.aadsts {
                Some(_) => LOOK_UP,
                None => NO_NUMBER,
            }),
        };
        problem.of_permission(true)
    }

    fn row(&self) -> Option<&'static Meaning> {
        let code = code(self.aadsts?);
        if self.federated && FEDERATED_SIGNATURE.codes.contains(&&*code) {
            return Some(&FEDERATED_SIGNATURE);
        }
        meaning(std::iter::once(&*code))
    }
}

fn code(number: u32) -> String {
    format!("AADSTS{number}")
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
        match (self.error.is_empty(), self.description.is_empty()) {
            (false, false) => write!(out, "Entra answered {}: {}", self.error, self.description)?,
            (false, true) => write!(out, "Entra answered {} without a text", self.error)?,
            (true, false) => write!(out, "Entra answered: {}", self.description)?,
            (true, true) => out.write_str("Entra refused without a text")?,
        }
        match (&self.correlation_id, &self.timestamp) {
            (Some(id), Some(time)) => write!(out, " (correlation id {id}, {time})"),
            (Some(id), None) => write!(out, " (correlation id {id})"),
            _ => Ok(()),
        }
    }
}

const LOOK_UP: &str = "look the code up at https://login.microsoftonline.com/error";

const NO_NUMBER: &str = "run the same command again; if the answer stays, check the proxy between this machine and Entra: HTTPS_PROXY";

#[cfg(test)]
mod tests {
    use super::*;

    const WRONG_SECRET: &str = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Trace ID: 1 Correlation ID: 2 Timestamp: 3",
        "error_codes":[7000215],"timestamp":"2026-11-22 10:00:00Z","trace_id":"1","correlation_id":"2"}"#;

    #[test]
    fn a_refusal_is_read_with_number_and_ids() {
        let refusal = TokenRefusal::read(401, WRONG_SECRET.as_bytes());

        assert_eq!(refusal.aadsts, Some(7_000_215));
        assert_eq!(refusal.problem().why(), "the client secret is wrong");
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
    fn a_page_of_a_proxy_is_quoted_as_it_is() {
        let refusal = TokenRefusal::read(502, b"<html><body>Bad Gateway</body></html>");

        assert_eq!(refusal.to_string(), "Entra answered HTTP 502: Bad Gateway");
        assert_eq!(refusal.aadsts, None);
    }

    #[test]
    fn a_bad_signature_of_a_federated_token_is_no_certificate_problem() {
        let body = br#"{"error":"invalid_client","error_codes":[700027]}"#;
        let refusal = TokenRefusal::read(401, body);

        assert!(refusal.problem().why().contains("certificate"));
        let federated = refusal.of_federated_token().problem();
        assert!(federated.why().contains("federated token"));
        assert!(!federated.next_steps()[0].line().contains("certificate"));
    }

    #[test]
    fn an_answer_without_a_text_or_a_number_is_not_looked_up() {
        for (body, shown) in [
            (
                "{\"error\":\"invalid_request\"}",
                "Entra answered invalid_request without a text",
            ),
            ("{\"error_description\":\"no\"}", "Entra answered: no"),
            ("", "Entra answered HTTP 400 without a text"),
        ] {
            let refusal = TokenRefusal::read(400, body.as_bytes());

            assert_eq!(refusal.to_string(), shown);
            assert_eq!(refusal.problem().next_steps(), [NO_NUMBER]);
        }
    }

    #[test]
    fn an_unknown_number_still_links_to_its_explanation() {
        let refusal = TokenRefusal {
            aadsts: Some(1),
            ..TokenRefusal::default()
        };

        assert_eq!(refusal.problem().next_steps(), [LOOK_UP]);
        assert!(!refusal.may_be_propagation());
    }
}
