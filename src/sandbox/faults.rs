//! Misbehaviour on demand: which requests go wrong, in what way and how often.
//!
//! A fault is written `KIND[:METHOD][:/PATH-PART][:KEY=VALUE]…`, such as `429:PUT:/roleAssignments/:times=2:retry-after=1`.

use std::str::FromStr;

use http::{Method, StatusCode};
use thiserror::Error;

use super::{request::Request, response::Response, service::Service};

/// A rule for misbehaving, parsed from its text.
///
/// | kind | what the client sees |
/// |---|---|
/// | `400` to `599` | that status, nothing done; `retry-after=SECONDS`, `code=CODE` |
/// | `html-error` | a gateway's 503 with an HTML body, nothing done |
/// | `reset` | the connection closes, nothing done |
/// | `stall` | no answer while the client waits, nothing done |
/// | `lost-reply` | the work is done, then the connection closes without an answer |
/// | `stalled-reply` | the work is done, and no answer comes while the client waits |
/// | `cut-body` | the work is done, the connection closes in the middle of the answer's body |
/// | `truncated-json` | the work is done, the answer is complete for HTTP but holds half of the JSON |
/// | `slow-operation` | long-running operations take `polls=N` more polls (default 5) |
/// | `failed-operation` | long-running operations end as `Failed`; `code=CODE` |
/// | `canceled-operation` | long-running operations end as `Canceled` |
/// | `insufficient-claims` | 401 with a claims challenge, until a token answers it |
/// | `policy` | writes are denied by the policy `name=NAME` |
///
/// `METHOD` and `/PATH-PART` (found anywhere in the service's path, in any case) and `service=NAME` narrow the requests it meets;
/// `after=N` lets the first N of them pass and `times=N` ends it after N requests. Without `times` it never ends.
/// `then=gone` resets every later request, whatever it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    kind: Kind,
    name: String,
    method: Option<Method>,
    path_part: Option<String>,
    service: Option<String>,
    after: u32,
    times: Option<u32>,
    /// After it applied once, no other request is answered.
    then_gone: bool,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Status {
        status: StatusCode,
        retry_after: Option<u32>,
        code: Option<String>,
    },
    HtmlError,
    Reset,
    Stall,
    LostReply,
    StalledReply,
    CutBody,
    TruncatedJson,
    SlowOperation {
        polls: u32,
    },
    FailedOperation {
        code: String,
    },
    CanceledOperation,
    InsufficientClaims,
    Policy {
        name: String,
    },
}

/// A fault that applies to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ActiveFault {
    /// The kind as it was written, for the journal.
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// Why a fault's text could not be read.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum FaultError {
    #[error(
        "`{0}` is no kind of fault: give a status from 400 to 599, `html-error`, `reset`, `stall`, `lost-reply`, \
         `stalled-reply`, `cut-body`, `truncated-json`, `slow-operation`, `failed-operation`, `canceled-operation`, \
         `insufficient-claims` or `policy`"
    )]
    UnknownKind(String),
    #[error(
        "`{part}` in `{fault}` is neither a METHOD, a /PATH-PART nor one of the keys {keys}",
        keys = "after, code, name, polls, retry-after, service, then=gone, times"
    )]
    UnknownPart { part: String, fault: String },
    #[error("`{key}` in `{fault}` needs a whole number, not `{value}`")]
    NotANumber {
        key: String,
        value: String,
        fault: String,
    },
    #[error("`{key}` means nothing for the fault `{kind}`")]
    OutOfPlace { key: String, kind: String },
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let mut parts = text.split(':');
        let name = parts.next().unwrap_or_default();
        let mut fault = Self {
            kind: kind_named(name)?,
            name: name.to_owned(),
            method: None,
            path_part: None,
            service: None,
            after: 0,
            times: None,
            then_gone: false,
        };
        for part in parts {
            fault.read_part(part, text)?;
        }
        Ok(fault)
    }
}

fn kind_named(name: &str) -> Result<Kind, FaultError> {
    let status = name
        .parse()
        .ok()
        .filter(|status| (400..600).contains(status))
        .and_then(|status| StatusCode::from_u16(status).ok());
    if let Some(status) = status {
        return Ok(Kind::Status {
            status,
            retry_after: None,
            code: None,
        });
    }
    Ok(match name {
        "html-error" => Kind::HtmlError,
        "reset" => Kind::Reset,
        "stall" => Kind::Stall,
        "lost-reply" => Kind::LostReply,
        "stalled-reply" => Kind::StalledReply,
        "cut-body" => Kind::CutBody,
        "truncated-json" => Kind::TruncatedJson,
        "slow-operation" => Kind::SlowOperation { polls: 5 },
        "failed-operation" => Kind::FailedOperation {
            code: "InternalServerError".to_owned(),
        },
        "canceled-operation" => Kind::CanceledOperation,
        "insufficient-claims" => Kind::InsufficientClaims,
        "policy" => Kind::Policy {
            name: "sandbox-policy".to_owned(),
        },
        _ => return Err(FaultError::UnknownKind(name.to_owned())),
    })
}

impl Fault {
    fn read_part(&mut self, part: &str, text: &str) -> Result<(), FaultError> {
        if part.starts_with('/') {
            self.path_part = Some(part.to_ascii_lowercase());
            return Ok(());
        }
        if let Some((key, value)) = part.split_once('=') {
            return self.read_key(key, value, text);
        }
        let verbs = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"];
        match part.parse() {
            Ok(method) if verbs.contains(&part) => self.method = Some(method),
            _ => return Err(unknown_part(part, text)),
        }
        Ok(())
    }

    fn read_key(&mut self, key: &str, value: &str, text: &str) -> Result<(), FaultError> {
        let number = || {
            value.parse().map_err(|_| FaultError::NotANumber {
                key: key.to_owned(),
                value: value.to_owned(),
                fault: text.to_owned(),
            })
        };
        match (key, &mut self.kind) {
            ("after", _) => self.after = number()?,
            ("times", _) => self.times = Some(number()?),
            ("then", _) if value == "gone" => self.then_gone = true,
            ("service", _) => self.service = Some(value.to_owned()),
            ("retry-after", Kind::Status { retry_after, .. }) => *retry_after = Some(number()?),
            ("code", Kind::Status { code, .. }) => *code = Some(value.to_owned()),
            ("code", Kind::FailedOperation { code }) => value.clone_into(code),
            ("polls", Kind::SlowOperation { polls }) => *polls = number()?,
            ("name", Kind::Policy { name }) => value.clone_into(name),
            ("retry-after" | "code" | "polls" | "name", _) => {
                return Err(FaultError::OutOfPlace {
                    key: key.to_owned(),
                    kind: self.name.clone(),
                });
            }
            _ => return Err(unknown_part(key, text)),
        }
        Ok(())
    }

    fn concerns(&self, method: &Method, service: Service, path: &str) -> bool {
        self.method.as_ref().is_none_or(|wanted| wanted == method)
            && self
                .service
                .as_ref()
                .is_none_or(|wanted| wanted == service.name())
            && self
                .path_part
                .as_ref()
                .is_none_or(|part| path.to_ascii_lowercase().contains(part.as_str()))
    }
}

fn unknown_part(part: &str, fault: &str) -> FaultError {
    FaultError::UnknownPart {
        part: part.to_owned(),
        fault: fault.to_owned(),
    }
}

/// The active faults, and how many requests each one matched.
#[derive(Debug)]
pub(crate) struct Faults {
    faults: Vec<(Fault, u32)>,
    /// The network is down for good.
    gone: bool,
}

impl Faults {
    pub(crate) fn new(faults: &[Fault]) -> Self {
        Self {
            faults: faults.iter().map(|fault| (fault.clone(), 0)).collect(),
            gone: false,
        }
    }

    /// The first fault that applies to this request.
    pub(crate) fn activate(&mut self, request: &Request) -> Option<ActiveFault> {
        if self.gone {
            return Some(ActiveFault {
                name: "gone".to_owned(),
                kind: Kind::Reset,
            });
        }
        for (fault, met) in &mut self.faults {
            if !fault.concerns(&request.method, request.service, &request.path) {
                continue;
            }
            *met += 1;
            let strikes = met.saturating_sub(fault.after);
            if strikes > 0 && fault.times.is_none_or(|times| strikes <= times) {
                self.gone = fault.then_gone;
                return Some(ActiveFault {
                    name: fault.name.clone(),
                    kind: fault.kind.clone(),
                });
            }
        }
        None
    }
}

impl ActiveFault {
    /// The answer in place of any work, for the kinds that prevent it.
    pub(crate) fn answer_instead(&self) -> Option<Response> {
        match &self.kind {
            Kind::Status {
                status,
                retry_after,
                code,
            } => Some(bare_error(*status, *retry_after, code.as_deref())),
            Kind::HtmlError => Some(Response::html(
                StatusCode::SERVICE_UNAVAILABLE,
                "<html><head><title>503 Service Unavailable</title></head>\
                 <body><h2>Our services aren't available right now</h2></body></html>",
            )),
            // Only the journal shows this answer: `deliver` withholds it.
            Kind::Reset | Kind::Stall => Some(Response::empty(StatusCode::NO_CONTENT)),
            _ => None,
        }
    }

    /// How an answer leaves the sandbox.
    pub(crate) fn deliver(&self, mut response: Response) -> Delivery {
        match self.kind {
            Kind::Reset | Kind::LostReply => Delivery::Close,
            Kind::Stall | Kind::StalledReply => Delivery::Stall,
            Kind::CutBody => Delivery::CutBody(response),
            Kind::TruncatedJson => {
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
    /// The connection closes without an answer.
    Close,
    /// Nothing, for as long as the client waits.
    Stall,
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
    let response = Response::json(status, &body).with_header("x-ms-error-code", code);
    match retry_after {
        Some(seconds) => response.with_header("retry-after", seconds.to_string()),
        None => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::testing::request;

    fn struck(faults: &mut Faults, line: &str) -> Option<String> {
        faults.activate(&request(line)).map(|fault| fault.name)
    }

    #[test]
    fn a_fault_meets_only_the_requests_it_names() {
        let fault = "429:PUT:/roleAssignments/:service=resource-manager";
        let mut faults = Faults::new(&[fault.parse().unwrap()]);

        let read = struck(&mut faults, "GET /x/roleAssignments/1");
        let write = struck(&mut faults, "PUT /x/ROLEASSIGNMENTS/1");

        assert_eq!(read, None);
        assert_eq!(write.unwrap(), "429");
    }

    #[test]
    fn a_fault_waits_and_ends_as_it_was_told() {
        let mut faults = Faults::new(&["500:after=1:times=2".parse().unwrap()]);

        let met: Vec<bool> = (0..4)
            .map(|_| struck(&mut faults, "GET /x").is_some())
            .collect();

        assert_eq!(met, [false, true, true, false]);
    }

    #[test]
    fn a_network_that_is_gone_answers_nothing_any_more() {
        let mut faults = Faults::new(&["lost-reply:PUT:then=gone".parse().unwrap()]);

        let met: Vec<_> = ["GET /x", "PUT /x", "GET /x"]
            .map(|line| struck(&mut faults, line))
            .into();

        assert_eq!(met, [None, Some("lost-reply".into()), Some("gone".into())]);
    }

    #[test]
    fn a_retry_after_reaches_the_client() {
        let mut faults = Faults::new(&["429:retry-after=7".parse().unwrap()]);

        let fault = faults.activate(&request("GET /x")).unwrap();
        let answer = fault.answer_instead().unwrap();

        assert_eq!(answer.header("retry-after"), Some("7"));
        assert_eq!(answer.value()["error"]["code"], "TooManyRequests");
    }

    #[test]
    fn a_mistyped_fault_is_told_what_would_be_understood() {
        let errors = [
            "200",
            "429:put",
            "429:times=two",
            "lost-reply:polls=3",
            "500:often=1",
        ]
        .map(|text| text.parse::<Fault>().unwrap_err().to_string());

        assert!(errors[0].starts_with("`200` is no kind of fault"));
        assert!(errors[1].starts_with("`put` in `429:put` is neither a METHOD"));
        assert!(errors[2].contains("needs a whole number, not `two`"));
        assert_eq!(
            errors[3],
            "`polls` means nothing for the fault `lost-reply`"
        );
        assert!(errors[4].starts_with("`often` in `500:often=1`"));
    }
}
