//! Why did one try not work: not yet, never, or not from here? What Azure and Kubernetes say, sorted by that.

use std::time::Duration;

use crate::azure::AzureError;
use crate::azure::ingestion::WriteRefusal;
use crate::cluster::error::ClusterError;

use super::hop::{Obstacle, Outcome};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Setback {
    /// Time alone may mend it, when that happens within `at_most`.
    NotYet {
        obstacle: Obstacle,
        at_most: Duration,
    },
    Refused(Obstacle),
    /// Says nothing about Prometheus, which is in another place than we are.
    NotFromHere {
        why: String,
        next: Option<String>,
    },
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
    source.is_connect()
        && causes
            .into_iter()
            .any(|cause| cause.to_string().contains("dns error"))
}

impl Setback {
    fn soon(obstacle: Obstacle) -> Self {
        Self::NotYet {
            obstacle,
            at_most: SOON,
        }
    }
}

impl From<Setback> for Outcome {
    fn from(setback: Setback) -> Self {
        match setback {
            Setback::NotYet { obstacle, .. } | Setback::Refused(obstacle) => {
                Self::Refused(obstacle)
            }
            Setback::NotFromHere { why, next } => Self::NotTried { why, next },
        }
    }
}

impl From<ClusterError> for Setback {
    fn from(error: ClusterError) -> Self {
        let (why, next) = (error.to_string(), error.next());
        match error {
            ClusterError::NotFound { .. } => Self::Refused(Obstacle::new(why, next)),
            _ => Self::NotFromHere {
                why,
                next: Some(next),
            },
        }
    }
}

impl From<AzureError> for Setback {
    fn from(error: AzureError) -> Self {
        match error {
            AzureError::TokenRefused(refusal) => {
                let obstacle =
                    Obstacle::new(format!("{}: {refusal}", refusal.meaning()), refusal.next())
                        .denied_if(true);
                if refusal.may_be_propagation() {
                    Self::soon(obstacle)
                } else {
                    Self::Refused(obstacle)
                }
            }
            unreachable @ AzureError::Unreachable { .. } => {
                let at_most = if is_name_unknown(&unreachable) {
                    SOON
                } else {
                    OUTAGE
                };
                let obstacle = Obstacle::new(told(unreachable), NETWORK);
                Self::NotYet { obstacle, at_most }
            }
            other => {
                let next = other.next_step().unwrap_or_else(|| NETWORK.to_owned());
                let is_denied = other.is_permission();
                Self::Refused(Obstacle::new(told(other), next).denied_if(is_denied))
            }
        }
    }
}

impl From<WriteRefusal> for Setback {
    fn from(refusal: WriteRefusal) -> Self {
        let refusal = match refusal {
            WriteRefusal::Other(error) if !error.is_forbidden() => return error.into(),
            other => other,
        };
        let next = match &refusal {
            WriteRefusal::RoleMissing { .. } => {
                "amw-rw apply --only role-assignment; a role just given can take 30 minutes to count"
            }
            WriteRefusal::RuleNotFound { .. } => {
                "run `amw-rw apply`, then write the new URL with `amw-rw render --write`"
            }
            WriteRefusal::EndpointNotBound { .. } => {
                "write the workspace's own URL with `amw-rw render --write`: this one mixes two endpoints"
            }
            WriteRefusal::TokenRejected { .. } => {
                "check `--cloud`: a token for another cloud is not accepted"
            }
            WriteRefusal::Throttled { .. } => {
                "look at the workspace's limits in the portal, and ask for higher ones if they are used up"
            }
            WriteRefusal::BadSample(_) => {
                "compare this machine's clock with Azure's: samples older than 20 minutes are not taken"
            }
            WriteRefusal::Other(_) => {
                "check whether the endpoint takes data from private networks only"
            }
        };
        let forbidden = matches!(refusal, WriteRefusal::Other(_));
        let not_yet = refusal.may_be_propagation() || forbidden;
        let is_denied = refusal.is_denied();
        let obstacle = Obstacle::new(told(refusal), next).denied_if(is_denied);
        if not_yet {
            Self::NotYet {
                obstacle,
                at_most: Duration::MAX,
            }
        } else {
            Self::Refused(obstacle)
        }
    }
}

/// An error with its causes, in one line.
pub(super) fn told(error: impl std::error::Error + Send + Sync + 'static) -> String {
    format!("{:#}", anyhow::Error::from(error))
}
