//! Can what was written be queried? Asked as the user, who needs a role of their own for it.

use std::time::Duration;

use url::Url;

use super::ProbeRoute;
use super::series::ProbeSeries;
use super::stage::{StageName, StageOutcome};
use crate::azure::AzureError;
use crate::azure::RefusalMeaning;
use crate::azure::query::instant;
use crate::azure::roles::{QUERY_METRICS, least_role};
use crate::network::retry_policy::{RetryPolicy, RunningWait, WaitMode};
use crate::problem::Problem;
use crate::progress::Progress;
use crate::spec::command_line::az::{self, Assignee};
use crate::spec::command_line::own;
use crate::text::filled_in::is_filled_in;
use crate::text::time_span::fine;

/// Asks for the probe until it is there, or until the time of `policy` is used up.
pub(super) async fn until_visible(
    route: &ProbeRoute<'_>,
    probe: &ProbeSeries,
    policy: RetryPolicy,
    progress: &dyn Progress,
) -> StageOutcome {
    let mut waiting = RunningWait::new(policy, WaitMode::Real);
    loop {
        let error = match count(route, &probe.query()).await {
            Ok(0) => None,
            Ok(_) => {
                let name = route.workspace.id.name();
                let after = fine(waiting.so_far());
                return StageOutcome::Passed(format!("{name} shows the sample after {after}"));
            }
            // Reading needs another role than writing, and the user can lack it.
            Err(error) if is_refused(&error) => return not_allowed(route, error),
            Err(error) if has_no_token(&error) => return not_reached(error),
            // A redirect comes from a proxy or a sign-in page on the way, and comes again.
            Err(error) if is_redirect(&error) => return not_reached(error),
            // It accepted the connection and used up the deadlines of its tries: another round would be minutes of silence.
            Err(error) if is_silent(&error) => return not_reached(error),
            Err(error) => Some(error),
        };
        let so_far = format!("not visible yet, {} so far", fine(waiting.so_far()));
        progress.detail(StageName::ReadBack.as_str(), &so_far);
        // A host whose `Retry-After` is longer than the rest of this wait is not asked again.
        let asked = error.as_ref().and_then(asked_wait);
        if !waiting.pause(asked).await {
            return given_up(error, &fine(waiting.so_far()));
        }
    }
}

/// Whether samples of Prometheus itself arrive.
pub(crate) async fn own_series(route: &ProbeRoute<'_>) -> StageOutcome {
    let label = escaped(route.cluster_label);
    if is_filled_in(&label) {
        let why = format!(
            "the label cluster=\"{label}\" is filled in later, so the series of Prometheus itself cannot be named here"
        );
        return StageOutcome::NotTried(
            Problem::new(why).next("query `up` with the label of one of the clusters"),
        );
    }
    match count(route, &format!("up{{cluster=\"{label}\"}}")).await {
        Ok(0) => StageOutcome::NotTried(
            Problem::new(format!(
                "no series `up` with cluster=\"{label}\" arrives from Prometheus itself"
            ))
            .next("run the command again some minutes after Prometheus has loaded its new configuration"),
        ),
        Ok(series) => StageOutcome::Passed(format!(
            "{series} series `up` with cluster=\"{label}\" arrive from Prometheus itself"
        )),
        Err(error) if is_refused(&error) => not_allowed(route, error),
        Err(error) => not_reached(error),
    }
}

async fn count(route: &ProbeRoute<'_>, promql: &str) -> Result<usize, AzureError> {
    let endpoint = &route.workspace.query_endpoint;
    let Ok(endpoint) = Url::parse(endpoint) else {
        return Err(AzureError::UnsafeAddress(endpoint.clone()));
    };
    Ok(instant(route.azure, &endpoint, promql).await?.len())
}

fn is_refused(error: &AzureError) -> bool {
    error.means(RefusalMeaning::Denied)
}

/// Asking again gets the same answer: no token, no query.
fn has_no_token(error: &AzureError) -> bool {
    matches!(
        error,
        AzureError::SignIn(_)
            | AzureError::TokenRefused(_)
            | AzureError::ForeignHost { .. }
            | AzureError::OtherPort(_)
            | AzureError::OddToken(_)
            | AzureError::UnsafeAddress(_)
    )
}

fn is_redirect(error: &AzureError) -> bool {
    error.means(RefusalMeaning::Redirected)
}

fn is_silent(error: &AzureError) -> bool {
    matches!(error, AzureError::Late { .. })
}

fn asked_wait(error: &AzureError) -> Option<Duration> {
    match error {
        AzureError::AskedToWait { wait, .. } => Some(*wait),
        _ => None,
    }
}

/// The caller cannot query, which proves nothing about the data.
fn not_reached(error: AzureError) -> StageOutcome {
    StageOutcome::NotTried(error.into())
}

/// The data may have arrived: only the caller may not query it.
fn not_allowed(route: &ProbeRoute<'_>, error: AzureError) -> StageOutcome {
    let caller = route.azure.caller();
    let assignee = caller.principal.as_ref().map_or("YOU", |id| id.as_str());
    let why = format!("{caller} may not query {}", route.workspace.id.name());
    let scope = route.workspace.id.as_str();
    let next = az::grant(
        Assignee::Principal(assignee),
        least_role(QUERY_METRICS),
        scope,
    );
    let answer = Problem::of_error(error);
    StageOutcome::NotTried(Problem::new(why).and(answer).next(next))
}

fn given_up(last: Option<AzureError>, after: &str) -> StageOutcome {
    match last {
        None => StageOutcome::Late(
            Problem::new(format!("the sample was accepted, and is not visible after {after}"))
                .next(own::doctor_only("read-back"))
                .next("if this does not change within some minutes, compare this machine's clock with Azure's"),
        ),
        Some(error) => not_reached(error),
    }
}

/// Text between the double quotes of PromQL.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::fake::FakeServices;

    #[tokio::test]
    async fn a_label_that_is_filled_in_later_is_not_queried() {
        let path = FakeServices::open();
        let world = path.world().await;
        let route = ProbeRoute {
            cluster_label: "{{.name}}",
            ..world.route_with_secret()
        };

        let outcome = own_series(&route).await;

        assert!(
            matches!(outcome, StageOutcome::NotTried(_)),
            "{}",
            outcome.found()
        );
        assert!(outcome.found().contains("filled in later"));
        assert_eq!(path.times("query"), 0);
    }
}
