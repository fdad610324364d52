//! What can go wrong with one request, and how the sandbox or the test makes it so.

use crate::support::JournalRequest;

/// One request of a clean run, addressed so that another run meets the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FaultyRequest {
    pub(super) service: String,
    pub(super) method: String,
    pub(super) path: String,
    /// How many requests before it match the same words.
    pub(super) after: usize,
    is_write: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FaultKind {
    Throttled,
    ThrottledForAnHour,
    InternalError,
    Unavailable,
    Unauthorized,
    Forbidden,
    /// As a replica answers that has not heard yet of what was made.
    NotFoundYet,
    Reset,
    NetworkGone,
    LostReply,
    LostReplyThenGone,
    CutBody,
    HalfJson,
    Stall,
    KilledBefore,
    KilledAfter,
    KilledOnceHeard,
    InterruptedOnce,
    InterruptedTwice,
    OperationFailed,
    OperationCanceled,
}

/// What the test does to the process once the journal shows the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    Kill,
    Interrupt,
    InterruptTwice,
}

impl FaultKind {
    pub(super) const ALL: [FaultKind; 20] = [
        Self::Throttled,
        Self::ThrottledForAnHour,
        Self::InternalError,
        Self::Unavailable,
        Self::Unauthorized,
        Self::Forbidden,
        Self::Reset,
        Self::NetworkGone,
        Self::LostReply,
        Self::LostReplyThenGone,
        Self::CutBody,
        Self::HalfJson,
        Self::Stall,
        Self::KilledBefore,
        Self::KilledAfter,
        Self::KilledOnceHeard,
        Self::InterruptedOnce,
        Self::InterruptedTwice,
        Self::OperationFailed,
        Self::OperationCanceled,
    ];

    /// Operations begin with a write to Resource Manager.
    pub(super) fn suits(self, target: &FaultyRequest) -> bool {
        let begins_operation = target.is_write && target.service == "resource-manager";
        !matches!(self, Self::OperationFailed | Self::OperationCanceled) || begins_operation
    }

    /// The faults of the sandbox, one a line.
    pub(super) fn lines(self, target: &FaultyRequest) -> String {
        let once = |kind: &str| target.words(kind, ":times=1");
        match self {
            Self::Throttled => once("429:retry-after=1"),
            Self::ThrottledForAnHour => once("429:retry-after=3600"),
            Self::InternalError => once("500"),
            Self::Unavailable => once("503"),
            Self::Unauthorized => once("401"),
            Self::Forbidden => once("403"),
            Self::NotFoundYet => once("404"),
            Self::Reset => once("reset"),
            Self::NetworkGone => target.words("reset", ":times=1:then=gone"),
            Self::LostReply => once("lost-reply"),
            Self::LostReplyThenGone => target.words("lost-reply", ":times=1:then=gone"),
            Self::CutBody => once("cut-body"),
            Self::HalfJson => once("truncated-json"),
            Self::Stall => once("stall"),
            Self::KilledBefore => once("stall"),
            Self::KilledAfter => once("stalled-reply"),
            Self::KilledOnceHeard | Self::InterruptedOnce | Self::InterruptedTwice => String::new(),
            Self::OperationFailed => once("failed-operation"),
            Self::OperationCanceled => once("canceled-operation"),
        }
    }

    pub(super) fn signal(self) -> Option<Signal> {
        match self {
            Self::KilledBefore | Self::KilledAfter | Self::KilledOnceHeard => Some(Signal::Kill),
            Self::InterruptedOnce => Some(Signal::Interrupt),
            Self::InterruptedTwice => Some(Signal::InterruptTwice),
            _ => None,
        }
    }
}

impl FaultyRequest {
    fn words(&self, kind: &str, end: &str) -> String {
        let (kind, keys) = kind.split_once(':').unwrap_or((kind, ""));
        let keys = if keys.is_empty() {
            String::new()
        } else {
            format!(":{keys}")
        };
        format!(
            "{kind}:{}:{}:service={}:after={}{keys}{end}",
            self.method, self.path, self.service, self.after
        )
    }

    pub(super) fn is(&self, request: &JournalRequest) -> bool {
        request.service == self.service
            && request.method == self.method
            && request
                .path
                .to_lowercase()
                .contains(&self.path.to_lowercase())
    }
}

/// The requests of a run, each with the words that single it out.
pub(super) fn targets(requests: &[JournalRequest]) -> Vec<FaultyRequest> {
    let mut targets: Vec<FaultyRequest> = Vec::new();
    for (index, request) in requests.iter().enumerate() {
        let path = stable_part(&request.path);
        let mut target = FaultyRequest {
            service: request.service.clone(),
            method: request.method.clone(),
            path: path.to_owned(),
            after: 0,
            is_write: request.write,
        };
        let before = requests[..index].iter();
        target.after = before.filter(|earlier| target.is(earlier)).count();
        targets.push(target);
    }
    targets
}

/// The part of a path that is the same in every run. The ids of operations, applications and rules differ, and so does the name of
/// a federated credential, which ends in a digest of the issuer, whose URL has the port of the sandbox.
pub(super) fn stable_part(path: &str) -> &str {
    let guid = regex::Regex::new(
        "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|dcr-[0-9a-f]{32}|[0-9a-f]{8}$",
    )
    .unwrap();
    // A fault is written with colons between its parts.
    let path = path.split(':').next().unwrap_or_default();
    let mut after_subscription = 0;
    if path.to_lowercase().starts_with("/subscriptions/") {
        after_subscription = guid.find(path).map_or(0, |found| found.end());
    }
    let rest = &path[after_subscription..];
    if !guid.is_match(rest) {
        return path;
    }
    let parts = guid
        .split(rest)
        .filter(|part| part.len() > 1 && part.starts_with('/'));
    parts.last().unwrap_or(path)
}
