//! What does the body of a refusal contain? The error envelope in all its forms, down to a gateway's HTML page.

use serde_json::Value;

use super::error::{ErrorDetail, Refusal};
use super::plain_text::plain;

/// Reads code, message, details and policies; the caller adds status and ids.
pub(super) fn read(body: &[u8]) -> Refusal {
    match serde_json::from_slice::<Value>(body) {
        Ok(json) => from_json(&json),
        // Gateways and proxies answer with HTML or plain text.
        Err(_) => Refusal {
            message: plain(body),
            ..Refusal::default()
        },
    }
}

/// Reads an envelope that is part of a larger answer, such as the status of an operation.
pub(super) fn from_json(json: &Value) -> Refusal {
    // AKS sends code and message without the wrapper (recorded), the old Graph has `odata.error`.
    let error = ["error", "odata.error"]
        .iter()
        .find_map(|key| json.get(key).filter(|inner| inner.is_object()))
        .unwrap_or(json);
    let mut refusal = Refusal {
        code: code_of(error),
        message: message_of(error),
        ..Refusal::default()
    };
    collect(error, &mut refusal);
    if refusal.code.is_empty() && refusal.message.is_empty() {
        refusal.message = plain(json.to_string().as_bytes());
    }
    refusal
}

/// OAuth endpoints put the code in `error` itself; Prometheus calls it a type.
fn code_of(error: &Value) -> String {
    text(error, "code")
        .or_else(|| text(error, "errorType"))
        .or_else(|| text(error, "error"))
        .unwrap_or_default()
}

/// Old OData wraps the message once more; OAuth calls it a description, and Prometheus the error.
fn message_of(error: &Value) -> String {
    // This text can be JSON itself: AKS passes on a refusal of the identity provider in its own message (recorded).
    text(error, "message")
        .or_else(|| text(error.get("message")?, "value"))
        .or_else(|| text(error, "Message"))
        .or_else(|| text(error, "error_description"))
        .or_else(|| text(error, "error").filter(|_| error.get("errorType").is_some()))
        // An absent data collection rule association is answered with a code and no message (recorded).
        .unwrap_or_default()
}

fn text(value: &Value, key: &str) -> Option<String> {
    let text = match value.get(key)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn collect(error: &Value, refusal: &mut Refusal) {
    for info in array(error, "additionalInfo") {
        if text(info, "type").as_deref() == Some("PolicyViolation") {
            refusal.policies.extend(policy_of(&info["info"]));
        }
    }
    for detail in array(error, "details") {
        let reported = ErrorDetail {
            code: code_of(detail),
            message: message_of(detail),
        };
        if reported != ErrorDetail::default() {
            refusal.details.push(reported);
        }
        // Policy violations are nested: a deployment's refusal has that of the resource in its details.
        collect(detail, refusal);
    }
}

fn array<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn policy_of(info: &Value) -> Option<String> {
    text(info, "policyAssignmentDisplayName")
        .or_else(|| text(info, "policyDefinitionDisplayName"))
        .or_else(|| text(info, "policyAssignmentName"))
        .or_else(|| text(info, "policyAssignmentId").map(last_segment))
        .or_else(|| text(info, "policyDefinitionId").map(last_segment))
}

fn last_segment(id: String) -> String {
    id.rsplit('/').next().map(str::to_owned).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_envelope_gives_code_and_message() {
        for body in [
            r#"{"error":{"code":"C","message":"m"}}"#,
            r#"{"code":"C","message":"m"}"#,
            r#"{"odata.error":{"code":"C","message":{"lang":"en","value":"m"}}}"#,
            r#"{"error":"C","error_description":"m"}"#,
            r#"{"status":"error","errorType":"C","error":"m"}"#,
            r#"{"error":{"code":"C","message":"m","innerError":{"date":"x"}}}"#,
        ] {
            let refusal = read(body.as_bytes());

            assert_eq!(
                (refusal.code.as_str(), refusal.message.as_str()),
                ("C", "m"),
                "{body}"
            );
        }
    }

    #[test]
    fn a_policy_is_named_wherever_it_is_nested() {
        let body = r#"{"error":{"code":"RequestDisallowedByPolicy","message":"no","details":[{"code":"Inner","message":"x",
            "additionalInfo":[{"type":"PolicyViolation","info":{"policyAssignmentDisplayName":"Allowed regions"}}]}],
            "additionalInfo":[{"type":"PolicyViolation","info":{"policyAssignmentId":"/providers/x/policyAssignments/deny-tags"}},
            {"type":"Other","info":{}}]}}"#;

        let refusal = read(body.as_bytes());

        assert_eq!(refusal.policies, ["deny-tags", "Allowed regions"]);
        assert_eq!(refusal.details.len(), 1);
    }

    #[test]
    fn a_gateway_page_becomes_one_line() {
        let page = b"<html><head><style>p { color: red }</style><title>502 Bad Gateway</title></head>\r\n<body><p>The server\thung up</p></body></html>";

        assert_eq!(read(page).message, "502 Bad Gateway The server hung up");
    }

    #[test]
    fn terminal_codes_do_not_survive() {
        assert_eq!(read(b"red \x1b[31malert\x07").message, "red [31malert");
    }

    #[test]
    fn json_without_an_envelope_is_shown_as_it_is() {
        assert_eq!(read(br#"{"oops":true}"#).message, r#"{"oops":true}"#);
        assert_eq!(read(b"").message, "");
    }
}
