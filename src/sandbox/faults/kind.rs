//! The kinds of faults.

use http::StatusCode;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FaultEffect {
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
    SilentBody,
    SlowBody,
    EndlessBody,
    Hostile {
        name: String,
    },
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

impl FaultEffect {
    /// The kind with this name and its default settings.
    pub(super) fn named(name: &str) -> Option<Self> {
        let status = name
            .parse()
            .ok()
            .filter(|status| (400..600).contains(status))
            .and_then(|status| StatusCode::from_u16(status).ok());
        if let Some(status) = status {
            return Some(Self::Status {
                status,
                retry_after: None,
                code: None,
            });
        }
        Some(match name {
            "html-error" => Self::HtmlError,
            "reset" => Self::Reset,
            "stall" => Self::Stall,
            "lost-reply" => Self::LostReply,
            "stalled-reply" => Self::StalledReply,
            "cut-body" => Self::CutBody,
            "silent-body" => Self::SilentBody,
            "slow-body" => Self::SlowBody,
            "endless-body" => Self::EndlessBody,
            "hostile" => Self::Hostile {
                name: "empty".to_owned(),
            },
            "truncated-json" => Self::TruncatedJson,
            "slow-operation" => Self::SlowOperation { polls: 5 },
            "failed-operation" => Self::FailedOperation {
                code: "InternalServerError".to_owned(),
            },
            "canceled-operation" => Self::CanceledOperation,
            "insufficient-claims" => Self::InsufficientClaims,
            "policy" => Self::Policy {
                name: "sandbox-policy".to_owned(),
            },
            _ => return None,
        })
    }
}
