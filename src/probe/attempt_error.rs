//! Why did one attempt fail: not yet, never, or not from here? Sorts what Azure and Kubernetes answer by that.

use std::time::Duration;

use crate::azure::AzureError;
use crate::azure::RefusalMeaning;
use crate::azure::ingestion::WriteRefusal;
use crate::cluster::error::ClusterError;
use crate::problem::Problem;

use super::stage::StageOutcome;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AttemptError {
    /// Another attempt may succeed without any change, when that happens within `at_most`.
    NotYet {
        problem: Problem,
        at_most: Duration,
    },
    Refused(Problem),
    /// Says nothing about Prometheus, which runs elsewhere.
    NotFromHere(Problem),
}

const NETWORK: &str = "check network, proxy and firewall, then try again";
/// New trust, a new secret and a new host name reach every part of Azure within this time.
const SOON: Duration = Duration::from_mins(5);

/// A network that is down for longer is reported: the next run continues from there.
const OUTAGE: Duration = Duration::from_secs(30);

/// The name of a new endpoint is not known to every resolver yet. The HTTP client has no type for that.
fn is_name_unknown(error: &AzureError) -> bool {
    let AzureError::Unreachable { source, .. } = error else {
        return false;
    };
    let causes = std::iter::successors(Some(source as &dyn std::error::Error), |cause| {
        cause.source()
    });
    causes
        .into_iter()
        .any(|cause| cause.to_string().contains("dns error"))
}

impl AttemptError {
    fn soon(problem: Problem) -> Self {
        Self::NotYet {
            problem,
            at_most: SOON,
        }
    }
}

impl From<AttemptError> for StageOutcome {
    fn from(error: AttemptError) -> Self {
        match error {
            AttemptError::NotYet { problem, .. } | AttemptError::Refused(problem) => {
                Self::Refused(problem)
            }
            AttemptError::NotFromHere(problem) => Self::NotTried(problem),
        }
    }
}

impl From<ClusterError> for AttemptError {
    fn from(error: ClusterError) -> Self {
        let problem = Problem::from(&error);
        match error {
            // A service account that does not exist is a fault of the connection; anything else is about this machine's
            // way to the cluster.
            ClusterError::NotFound { .. } => Self::Refused(problem),
            _ => Self::NotFromHere(problem),
        }
    }
}

impl From<AzureError> for AttemptError {
    fn from(error: AzureError) -> Self {
        match error {
            AzureError::TokenRefused(refusal) => {
                let problem = refusal.problem().reason(refusal.to_string());
                if refusal.may_be_propagation() {
                    Self::soon(problem)
                } else {
                    Self::Refused(problem)
                }
            }
            unreachable @ (AzureError::Unreachable { .. }
            | AzureError::Broken { .. }
            | AzureError::Late { .. }) => {
                let at_most = if is_name_unknown(&unreachable) {
                    SOON
                } else {
                    OUTAGE
                };
                let problem = Problem::of_error(unreachable).next(NETWORK);
                Self::NotYet { problem, at_most }
            }
            other => Self::Refused(other.into()),
        }
    }
}

impl From<WriteRefusal> for AttemptError {
    fn from(refusal: WriteRefusal) -> Self {
        let forbidden = match refusal {
            WriteRefusal::Other(error) if !error.means(RefusalMeaning::Forbidden) => {
                return error.into();
            }
            WriteRefusal::Other(_) => true,
            _ => false,
        };
        // A missing role cannot be distinguished from one that is not active yet: both are 403. So the wait of the caller
        // decides.
        let not_yet = refusal.may_be_propagation() || forbidden;
        let problem = refusal.into();
        if not_yet {
            Self::NotYet {
                problem,
                at_most: Duration::MAX,
            }
        } else {
            Self::Refused(problem)
        }
    }
}
