//! The effect of a fault on one request: an answer in place of the work, or a damaged delivery of the answer.

use http::StatusCode;

use super::kind::FaultEffect;
use crate::sandbox::{hostile_answers, response::Response};

/// A fault that applies to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ActiveFault {
    /// The kind as it was written, for the journal.
    pub(crate) name: String,
    pub(crate) kind: FaultEffect,
}

impl ActiveFault {
    /// The answer in place of any work, for the kinds that prevent it.
    pub(crate) fn answer_instead(&self) -> Option<Response> {
        match &self.kind {
            FaultEffect::Status {
                status,
                retry_after,
                code,
            } => Some(bare_error(*status, *retry_after, code.as_deref())),
            // Gateways in front of Azure answer in HTML, whatever the client accepts.
            FaultEffect::HtmlError => Some(Response::html(
                StatusCode::SERVICE_UNAVAILABLE,
                "<html><head><title>503 Service Unavailable</title></head>\
                 <body><h2>Our services aren't available right now</h2></body></html>",
            )),
            FaultEffect::Hostile { name } => hostile_answers::named(name),
            // Only the journal shows this answer: `deliver` withholds it.
            FaultEffect::Reset | FaultEffect::Stall => {
                Some(Response::empty(StatusCode::NO_CONTENT))
            }
            _ => None,
        }
    }

    /// How an answer leaves the sandbox.
    pub(crate) fn deliver(&self, mut response: Response) -> Delivery {
        match self.kind {
            // After a lost reply the work is done: a second try meets what the first one made.
            FaultEffect::Reset | FaultEffect::LostReply => Delivery::Close,
            FaultEffect::Stall | FaultEffect::StalledReply => Delivery::Stall,
            FaultEffect::CutBody => Delivery::CutBody(response),
            FaultEffect::SilentBody => Delivery::Endless(response, EndlessBody::Silence),
            FaultEffect::SlowBody => Delivery::Endless(response, EndlessBody::Spaces),
            FaultEffect::EndlessBody => Delivery::Endless(response, EndlessBody::Items),
            FaultEffect::TruncatedJson => {
                // The length that HTTP announces fits: only the JSON shows that something is missing.
                response.body.truncate(response.body.len() / 2);
                Delivery::Whole(response)
            }
            _ => Delivery::Whole(response),
        }
    }
}

/// What the client gets of an answer.
#[derive(Debug)]
pub(crate) enum Delivery {
    Whole(Response),
    /// The head and the first half of the body; then the connection closes.
    CutBody(Response),
    /// The head, and a body without end.
    Endless(Response, EndlessBody),
    /// The connection closes without an answer.
    Close,
    /// Nothing, for as long as the client waits.
    Stall,
}

/// How a body without end goes on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum EndlessBody {
    /// Half of the body, then nothing.
    Silence,
    /// A space each second.
    Spaces,
    /// Items of a JSON list, as fast as the client reads.
    Items,
}

fn bare_error(status: StatusCode, retry_after: Option<u32>, code: Option<&str>) -> Response {
    let code = code.unwrap_or(match status.as_u16() {
        429 => "TooManyRequests",
        503 => "ServiceUnavailable",
        504 => "GatewayTimeout",
        500.. => "InternalServerError",
        _ => "SandboxFault",
    });
    let message = format!("The sandbox was asked to answer {status} here.");
    let body = serde_json::json!({"error": {"code": code, "message": message}});
    // Resource Manager repeats the code in a header, which answers to HEAD have nothing else of.
    let response = Response::json(status, &body).with_header("x-ms-error-code", code);
    match retry_after {
        Some(seconds) => response.with_header("retry-after", seconds.to_string()),
        None => response,
    }
}
