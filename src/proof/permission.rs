//! May the identity write by now? Roles and trust take their time to reach every part of Azure, and Prometheus drops
//! what is refused meanwhile: so nobody is handed a configuration before this says yes.

use std::time::Duration;

use secrecy::SecretString;
use tokio::time::Instant;

use super::Route;
use super::duration::spelled;
use super::hop::{Hop, HopName, Obstacle, Outcome};
use super::probe::Probe;
use super::setback::Setback;
use crate::network::retry_policy::{RetryPolicy, WaitMode, Waiting};
use crate::progress::Progress;

/// A sample that Azure has taken from the identity, and that can be looked for.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(super) probe: Probe,
    pub(super) token: Hop,
    pub(super) write: Hop,
}

/// Tries token and write until both are accepted. The error is `Late` at the end of the patience; refusals that no
/// waiting mends come back at once. `line` is where the progress is told.
pub(crate) async fn wait_for_permission(
    route: &Route<'_>,
    policy: RetryPolicy,
    progress: &dyn Progress,
    line: &str,
) -> Result<Accepted, Outcome> {
    let probe = Probe::new(route.cluster_label);
    let mut waiting = Waiting::new(policy, WaitMode::Real);
    let mut token = None;
    progress.started(line, "trying to write one sample as Prometheus");
    loop {
        let (obstacle, at_most) = match attempt(route, &probe, &mut token).await {
            Ok(took) => {
                let so_far = waiting.so_far();
                progress.finished(line, "a sample was accepted", so_far);
                return Ok(accepted(route, probe, &took, so_far));
            }
            Err(Setback::NotYet { obstacle, at_most }) => (obstacle, at_most),
            Err(other) => return Err(other.into()),
        };
        let so_far = waiting.so_far();
        if so_far > at_most {
            return Err(Outcome::Refused(obstacle));
        }
        progress.detail(line, &note(&obstacle, so_far, policy.total));
        if !waiting.pause(None).await {
            let why = format!("still so after {}: {}", spelled(so_far), obstacle.why);
            let next = "run the same command again: it goes on where it stopped";
            let late = Obstacle::new(why, next).denied_if(obstacle.is_denied);
            return Err(Outcome::Late(late));
        }
    }
}

fn accepted(route: &Route<'_>, probe: Probe, took: &Took, so_far: Duration) -> Accepted {
    let after = spelled(so_far);
    let hop = |name, took, found| Hop {
        name,
        took,
        outcome: Outcome::Passed(found),
    };
    let identity = format!("Entra gives a token to {}", route.act_as);
    let sample = format!("a sample was accepted after {after}");
    Accepted {
        probe,
        token: hop(HopName::Token, took.token, identity),
        write: hop(HopName::Write, took.write, sample),
    }
}

/// How long the parts of one try took; a token that was held already took nothing.
struct Took {
    token: Duration,
    write: Duration,
}

/// One try; a token once given is kept for the next ones.
async fn attempt(
    route: &Route<'_>,
    probe: &Probe,
    token: &mut Option<SecretString>,
) -> Result<Took, Setback> {
    let began = Instant::now();
    let held = match token {
        Some(held) => held,
        None => token.insert(route.token().await?),
    };
    let token = began.elapsed();
    probe.write(route, held).await?;
    Ok(Took {
        token,
        write: began.elapsed().saturating_sub(token),
    })
}

fn note(obstacle: &Obstacle, so_far: Duration, total: Duration) -> String {
    let (so_far, total) = (spelled(so_far), spelled(total));
    format!(
        "not yet after {so_far}, and it can take up to {total}: {}",
        obstacle.why
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::proof::fake::{DataPath, refused_token, role_missing, taken, token};

    const QUICK: RetryPolicy = RetryPolicy {
        first: Duration::from_millis(1),
        longest: Duration::from_millis(2),
        total: Duration::from_secs(5),
    };

    /// Keeps what is told while waiting.
    #[derive(Default)]
    struct Told(Mutex<Vec<String>>);

    impl Progress for Told {
        fn started(&self, _: &str, _: &str) {}
        fn detail(&self, line: &str, text: &str) {
            self.0.lock().unwrap().push(format!("{line}: {text}"));
        }
        fn finished(&self, _: &str, _: &str, _: Duration) {}
        fn failed(&self, _: &str, _: &str) {}
    }

    #[tokio::test]
    async fn new_trust_and_a_new_role_are_waited_for() {
        let path = DataPath {
            token: vec![refused_token(700_213), refused_token(70_025), token()],
            write: vec![role_missing(), role_missing(), taken()],
            ..DataPath::open()
        };
        let (world, told) = (path.world().await, Told::default());

        let outcome =
            wait_for_permission(&world.route_with_secret(), QUICK, &told, "permission").await;

        assert!(outcome.is_ok(), "{outcome:?}");
        assert_eq!((path.times("token"), path.times("write")), (3, 3));
        let told = told.0.into_inner().unwrap();
        assert_eq!(told.len(), 4);
        assert!(
            told[0].starts_with("permission: not yet after "),
            "{}",
            told[0]
        );
    }

    #[tokio::test]
    async fn a_refusal_that_no_waiting_mends_comes_back_at_once() {
        let path = DataPath {
            token: vec![refused_token(7_000_222)],
            ..DataPath::open()
        };
        let world = path.world().await;

        let outcome = wait_for_permission(
            &world.route_with_secret(),
            QUICK,
            &Told::default(),
            "permission",
        )
        .await;

        assert!(
            outcome
                .as_ref()
                .unwrap_err()
                .found()
                .contains("secret has expired"),
            "{outcome:?}"
        );
        assert_eq!(path.times("token"), 1);
    }

    #[tokio::test]
    async fn patience_that_ends_is_not_taken_for_success() {
        let path = DataPath {
            write: vec![role_missing()],
            ..DataPath::open()
        };
        let world = path.world().await;

        let outcome = wait_for_permission(
            &world.route_with_secret(),
            QUICK.lasting(Duration::ZERO),
            &Told::default(),
            "permission",
        )
        .await;

        let Err(Outcome::Late(obstacle)) = outcome else {
            panic!("{outcome:?}");
        };
        assert!(obstacle.is_denied);
        assert_eq!(path.times("write"), 1);
    }

    #[tokio::test]
    async fn a_service_that_fails_is_no_matter_of_permission() {
        let failing = DataPath {
            write: vec![(500, serde_json::json!({}))],
            ..DataPath::open()
        };
        let world = failing.world().await;

        let outcome =
            wait_for_permission(&world.route_with_secret(), QUICK, &Told::default(), "p").await;

        let Err(Outcome::Refused(obstacle)) = outcome else {
            panic!("{outcome:?}");
        };
        assert!(!obstacle.is_denied, "{obstacle:?}");
    }
}
