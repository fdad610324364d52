//! The text of a fault: which requests it applies to, how often, and of which kind it is.

use std::str::FromStr;

use http::Method;
use thiserror::Error;

use super::kind::FaultEffect;
use crate::sandbox::{hostile_answers, service::Service};

/// A scripted fault, parsed from its text.
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
/// | `silent-body` | the work is done, half of the answer's body comes, and no more while the client waits |
/// | `slow-body` | the work is done, the answer's body is a space each second |
/// | `endless-body` | the work is done, the answer's body is a JSON list without end |
/// | `hostile` | nothing done; the answer `name=NAME`, which no service of Azure gives, such as `sign-in-page` |
/// | `truncated-json` | the work is done, the answer is complete for HTTP but holds half of the JSON |
/// | `slow-operation` | long-running operations take `polls=N` more polls (default 5) |
/// | `failed-operation` | long-running operations end as `Failed`; `code=CODE` |
/// | `canceled-operation` | long-running operations end as `Canceled` |
/// | `insufficient-claims` | 401 with a claims challenge, until a token answers it |
/// | `policy` | writes are denied by the policy `name=NAME` |
///
/// `METHOD` and `/PATH-PART` (found anywhere in the service's path, in any case) and `service=NAME` narrow the requests that it applies to;
/// `after=N` lets the first N of them pass and `times=N` ends it after N requests. Without `times` it never ends.
/// `then=gone` resets every later request, whatever it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(super) kind: FaultEffect,
    pub(super) name: String,
    method: Option<Method>,
    path_part: Option<String>,
    service: Option<String>,
    pub(super) after: u32,
    pub(super) times: Option<u32>,
    /// After it applied once, no other request is answered.
    pub(super) then_gone: bool,
}

/// Why a fault's text could not be read.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum FaultError {
    #[error(
        "`{0}` is not a kind of fault: give a status from 400 to 599, `html-error`, `reset`, `stall`, `lost-reply`, \
         `stalled-reply`, `cut-body`, `silent-body`, `slow-body`, `endless-body`, `hostile`, `truncated-json`, \
         `slow-operation`, `failed-operation`, `canceled-operation`, \
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
    #[error("`{0}` is not a hostile answer: name one of {names}", names = hostile_answers::names())]
    UnknownAnswer(String),
    #[error("`{key}` means nothing for the fault `{kind}`")]
    OutOfPlace { key: String, kind: String },
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let mut parts = text.split(':');
        let name = parts.next().unwrap_or_default();
        let mut fault = Self {
            kind: FaultEffect::named(name)
                .ok_or_else(|| FaultError::UnknownKind(name.to_owned()))?,
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

impl Fault {
    fn read_part(&mut self, part: &str, text: &str) -> Result<(), FaultError> {
        if part.starts_with('/') {
            // Resource Manager takes its paths in any case, so clients and users write them in any case.
            self.path_part = Some(part.to_ascii_lowercase());
            return Ok(());
        }
        if let Some((key, value)) = part.split_once('=') {
            return self.read_key(key, value, text);
        }
        // HTTP allows any word as a method: a misspelt one would parse, and match no request.
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
            ("retry-after", FaultEffect::Status { retry_after, .. }) => {
                *retry_after = Some(number()?);
            }
            ("code", FaultEffect::Status { code, .. }) => *code = Some(value.to_owned()),
            ("code", FaultEffect::FailedOperation { code }) => value.clone_into(code),
            ("polls", FaultEffect::SlowOperation { polls }) => *polls = number()?,
            ("name", FaultEffect::Policy { name }) => value.clone_into(name),
            ("name", FaultEffect::Hostile { name }) => {
                if !hostile_answers::is_known(value) {
                    return Err(FaultError::UnknownAnswer(value.to_owned()));
                }
                value.clone_into(name);
            }
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

    pub(super) fn concerns(&self, method: &Method, service: Service, path: &str) -> bool {
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
