//! May the identity write by now? Roles and trust take their time to reach every part of Azure, and Prometheus drops
//! what is refused meanwhile: so nobody is handed a configuration before this says yes.

use std::time::Duration;

use secrecy::SecretString;

use super::Route;
use super::hop::{Obstacle, Outcome};
use super::pace::{Pace, spelled};
use super::probe::Probe;
use super::setback::Setback;
use crate::progress::Progress;

/// Tries token and write until both are accepted. `Late` is the end of the patience; refusals that no waiting mends
/// come back at once. `line` is where the progress is told.
pub(crate) async fn wait_for_permission(
    route: &Route<'_>,
    pace: Pace,
    progress: &dyn Progress,
    line: &str,
) -> Outcome {
    let probe = Probe::new(route.cluster_label);
    let mut waiting = pace.begin();
    let mut token = None;
    loop {
        let (obstacle, at_most) = match attempt(route, &probe, &mut token).await {
            Ok(()) => {
                let after = spelled(waiting.so_far());
                return Outcome::Passed(format!("a sample was accepted after {after}"));
            }
            Err(Setback::NotYet { obstacle, at_most }) => (obstacle, at_most),
            Err(other) => return other.into(),
        };
        let so_far = waiting.so_far();
        if so_far > at_most {
            return Outcome::Refused(obstacle);
        }
        progress.detail(line, &note(&obstacle, so_far, pace.patience));
        if !waiting.pause().await {
            return Outcome::Late(Obstacle::new(
                format!("still so after {}: {}", spelled(so_far), obstacle.why),
                "run the same command again: it goes on where it stopped",
            ));
        }
    }
}

/// One try; a token once given is kept for the next ones.
async fn attempt(
    route: &Route<'_>,
    probe: &Probe,
    token: &mut Option<SecretString>,
) -> Result<(), Setback> {
    let held = match token {
        Some(held) => held,
        None => token.insert(route.token().await?),
    };
    probe.write(route, held).await
}

fn note(obstacle: &Obstacle, so_far: Duration, patience: Duration) -> String {
    let (so_far, patience) = (spelled(so_far), spelled(patience));
    format!(
        "not yet after {so_far}, and it can take up to {patience}: {}",
        obstacle.why
    )
}
