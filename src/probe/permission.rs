//! May the identity write yet? A new role and new trust take time to reach every part of Azure, and Prometheus drops
//! what is refused meanwhile, so no configuration is written before a sample was accepted.

use std::time::Duration;

use secrecy::SecretString;
use tokio::time::Instant;

use super::ProbeRoute;
use super::attempt_error::AttemptError;
use super::series::ProbeSeries;
use super::stage::{Stage, StageName, StageOutcome};
use crate::network::retry_policy::{RetryPolicy, RunningWait, WaitMode};
use crate::problem::Problem;
use crate::progress::{LineEnd, Progress, ProgressLine};
use crate::text::time_span::fine;

/// A sample that Azure has taken from the identity, and that can be looked for.
#[derive(Debug)]
pub(crate) struct AcceptedSample {
    pub(super) probe: ProbeSeries,
    pub(super) token: Stage,
    pub(super) write: Stage,
}

/// Tries token and write until both are accepted. The error is `Late` when the time of `policy` is used up; a refusal
/// that waiting does not change is returned at once. `line` names the progress line.
pub(crate) async fn wait_for_permission(
    route: &ProbeRoute<'_>,
    policy: RetryPolicy,
    progress: &dyn Progress,
    line: &str,
) -> Result<AcceptedSample, StageOutcome> {
    let probe = ProbeSeries::new(route.cluster_label);
    let mut waiting = RunningWait::new(policy, WaitMode::Real);
    let mut token = None;
    let running = ProgressLine::start(progress, line, "trying to write one sample as Prometheus");
    loop {
        let (problem, at_most) = match attempt(route, &probe, &mut token).await {
            Ok(took) => {
                let so_far = waiting.so_far();
                running.end(LineEnd::Passed, "a sample was accepted", so_far);
                return Ok(accepted(route, probe, &took, so_far));
            }
            Err(AttemptError::NotYet { problem, at_most }) => (problem, at_most),
            Err(other) => return Err(other.into()),
        };
        let so_far = waiting.so_far();
        // The wait for a role is half an hour; a secret or a host name that is still unknown after minutes is wrong.
        if so_far > at_most {
            return Err(StageOutcome::Refused(problem));
        }
        running.detail(&note(&problem, so_far, policy.total));
        if !waiting.pause(None).await {
            return Err(StageOutcome::Late(
                Problem::new(format!("{} (waited {})", problem.why(), fine(so_far)))
                    .next("run the same command again: it continues from there")
                    .of_permission(problem.is_permission()),
            ));
        }
    }
}

fn accepted(
    route: &ProbeRoute<'_>,
    probe: ProbeSeries,
    took: &AttemptTimes,
    so_far: Duration,
) -> AcceptedSample {
    let after = fine(so_far);
    let stage = |name, took, found| Stage {
        name,
        took,
        outcome: StageOutcome::Passed(found),
    };
    let identity = format!("Entra gives a token to {}", route.identity);
    let sample = format!("a sample was accepted after {after}");
    AcceptedSample {
        probe,
        token: stage(StageName::Token, took.token, identity),
        write: stage(StageName::Write, took.write, sample),
    }
}

/// How long the parts of one try took; a token that was held already took nothing.
struct AttemptTimes {
    token: Duration,
    write: Duration,
}

/// One try; a token once given is kept for the next ones.
async fn attempt(
    route: &ProbeRoute<'_>,
    probe: &ProbeSeries,
    token: &mut Option<SecretString>,
) -> Result<AttemptTimes, AttemptError> {
    let start = Instant::now();
    let held = match token {
        Some(held) => held,
        // The token is not asked for again: its claims do not hold the role, which the endpoint looks up at each write.
        None => token.insert(route.token().await?),
    };
    let token = start.elapsed();
    probe.write(route, held).await?;
    Ok(AttemptTimes {
        token,
        write: start.elapsed().saturating_sub(token),
    })
}

fn note(problem: &Problem, so_far: Duration, total: Duration) -> String {
    let (so_far, total) = (fine(so_far), fine(total));
    format!(
        "not yet after {so_far}, and it can take up to {total}: {}",
        problem.why()
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::probe::fake::{FakeServices, QUICK, refused_token, role_missing, taken, token};

    /// Keeps the lines that are printed while waiting.
    #[derive(Default)]
    struct RecordingProgress(Mutex<Vec<String>>);

    impl Progress for RecordingProgress {
        fn started(&self, _: &str, _: &str) {}
        fn detail(&self, line: &str, text: &str) {
            self.0.lock().unwrap().push(format!("{line}: {text}"));
        }
        fn ended(&self, _: &str, _: LineEnd, _: &str, _: Duration) {}
        fn abandoned(&self, line: &str) {
            self.0.lock().unwrap().push(format!("{line} is gone"));
        }
    }

    #[tokio::test]
    async fn new_trust_and_a_new_role_are_waited_for() {
        let path = FakeServices {
            token: vec![refused_token(700_213), refused_token(70_025), token()],
            write: vec![role_missing(), role_missing(), taken()],
            ..FakeServices::open()
        };
        let (world, printed) = (path.world().await, RecordingProgress::default());

        let outcome =
            wait_for_permission(&world.route_with_secret(), QUICK, &printed, "permission").await;

        assert!(outcome.is_ok(), "{outcome:?}");
        assert_eq!((path.times("token"), path.times("write")), (3, 3));
        let printed = printed.0.into_inner().unwrap();
        assert_eq!(printed.len(), 4);
        assert!(
            printed[0].starts_with("permission: not yet after "),
            "{}",
            printed[0]
        );
    }

    #[tokio::test]
    async fn a_permanent_refusal_is_returned_at_once() {
        let path = FakeServices {
            token: vec![refused_token(7_000_222)],
            ..FakeServices::open()
        };
        let (world, printed) = (path.world().await, RecordingProgress::default());

        let outcome =
            wait_for_permission(&world.route_with_secret(), QUICK, &printed, "permission").await;

        assert!(
            outcome
                .as_ref()
                .unwrap_err()
                .found()
                .contains("secret has expired"),
            "{outcome:?}"
        );
        assert_eq!(path.times("token"), 1);
        // A question comes next, and no line may move under it.
        let printed = printed.0.into_inner().unwrap();
        assert_eq!(printed, ["permission is gone"]);
    }

    #[tokio::test]
    async fn a_wait_that_ends_is_not_taken_for_success() {
        let path = FakeServices {
            write: vec![role_missing()],
            ..FakeServices::open()
        };
        let world = path.world().await;

        let outcome = wait_for_permission(
            &world.route_with_secret(),
            QUICK.lasting(Duration::ZERO),
            &RecordingProgress::default(),
            "permission",
        )
        .await;

        let Err(StageOutcome::Late(problem)) = outcome else {
            panic!("{outcome:?}");
        };
        assert!(problem.is_permission());
        assert_eq!(path.times("write"), 1);
    }

    #[tokio::test]
    async fn a_service_that_fails_is_no_matter_of_permission() {
        let failing = FakeServices {
            write: vec![(500, serde_json::json!({}))],
            ..FakeServices::open()
        };
        let world = failing.world().await;

        let outcome = wait_for_permission(
            &world.route_with_secret(),
            QUICK,
            &RecordingProgress::default(),
            "p",
        )
        .await;

        let Err(StageOutcome::Refused(problem)) = outcome else {
            panic!("{outcome:?}");
        };
        assert!(!problem.is_permission(), "{problem:?}");
    }
}
