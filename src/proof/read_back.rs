//! Can what was written be queried? Asked as the user, who needs a role of their own for it.

use url::Url;

use super::Route;
use super::duration::spelled;
use super::hop::{HopName, Obstacle, Outcome};
use super::probe::Probe;
use super::setback::told;
use crate::azure::AzureError;
use crate::azure::query::instant;
use crate::network::retry_policy::{RetryPolicy, WaitMode, Waiting};
use crate::progress::Progress;
use crate::spec::command_line::shell_word;

/// Asks for the probe until it is there, or until the time of `policy` is used up.
pub(super) async fn until_visible(
    route: &Route<'_>,
    probe: &Probe,
    policy: RetryPolicy,
    progress: &dyn Progress,
) -> Outcome {
    let mut waiting = Waiting::new(policy, WaitMode::Real);
    loop {
        let setback = match count(route, &probe.query()).await {
            Ok(0) => None,
            Ok(_) => {
                let name = route.workspace.id.name();
                let after = spelled(waiting.so_far());
                return Outcome::Passed(format!("{name} shows the sample after {after}"));
            }
            Err(error) if is_refused(&error) => return not_allowed(route, error),
            Err(error) if has_no_token(&error) => return not_reached(error),
            // It accepted the connection and used up the deadlines of its tries: another round would be minutes of silence.
            Err(error) if is_silent(&error) => return not_reached(error),
            Err(error) => Some(error),
        };
        let so_far = format!("not visible yet, {} so far", spelled(waiting.so_far()));
        progress.detail(HopName::ReadBack.as_str(), &so_far);
        if !waiting.pause(None).await {
            return given_up(setback, &spelled(waiting.so_far()));
        }
    }
}

/// Where no probe could be written: whether Prometheus' own samples arrive.
pub(super) async fn own_series(route: &Route<'_>) -> Outcome {
    let label = escaped(route.cluster_label);
    match count(route, &format!("up{{cluster=\"{label}\"}}")).await {
        Ok(0) => Outcome::NotTried {
            why: format!(
                "no series `up` with cluster=\"{label}\" arrives, and no sample could be sent from here"
            ),
            next: Some(
                "look again some minutes after Prometheus has loaded its new configuration"
                    .to_owned(),
            ),
        },
        Ok(series) => Outcome::Passed(format!(
            "{series} series `up` with cluster=\"{label}\" arrive from Prometheus itself"
        )),
        Err(error) if is_refused(&error) => not_allowed(route, error),
        Err(error) => not_reached(error),
    }
}

async fn count(route: &Route<'_>, promql: &str) -> Result<usize, AzureError> {
    let endpoint = &route.workspace.query_endpoint;
    let Ok(endpoint) = Url::parse(endpoint) else {
        return Err(AzureError::UnsafeAddress(endpoint.clone()));
    };
    Ok(instant(route.azure, &endpoint, promql).await?.len())
}

fn is_refused(error: &AzureError) -> bool {
    matches!(error.status(), Some(401 | 403))
}

/// Asking again gets the same answer: no token, no query.
fn has_no_token(error: &AzureError) -> bool {
    matches!(error, AzureError::SignIn(_) | AzureError::TokenRefused(_))
}

fn is_silent(error: &AzureError) -> bool {
    matches!(error, AzureError::Unreachable { source, .. } if source.is_timeout() && !source.is_connect())
}

/// The user cannot look, which says nothing about the data.
fn not_reached(error: AzureError) -> Outcome {
    const ENDPOINT: &str = "check that the query endpoint can be reached from here";
    let next = error.next_step().unwrap_or_else(|| ENDPOINT.to_owned());
    Outcome::NotTried {
        why: told(error),
        next: Some(next),
    }
}

/// The data may well be there: only the user may not look.
fn not_allowed(route: &Route<'_>, error: AzureError) -> Outcome {
    let caller = route.azure.caller();
    let assignee = caller.principal.as_ref().map_or("YOU", |id| id.as_str());
    Outcome::NotTried {
        why: format!(
            "{caller} may not query {}: {}",
            route.workspace.id.name(),
            told(error)
        ),
        next: Some(format!(
            "az role assignment create --role \"Monitoring Data Reader\" --assignee {assignee} --scope {}",
            shell_word(route.workspace.id.as_str())
        )),
    }
}

fn given_up(setback: Option<AzureError>, after: &str) -> Outcome {
    match setback {
        None => Outcome::Late(Obstacle::new(
            format!("the sample was taken, and is not visible after {after}"),
            "look again in some minutes with `amw-rw doctor --only read-back`; if it stays so, compare this machine's clock with Azure's",
        )),
        Some(error) => not_reached(error),
    }
}

/// Text between the double quotes of PromQL.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
