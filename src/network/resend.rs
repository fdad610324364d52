//! Sends a request until its answer is worth having. The one loop for Azure, Entra and API servers.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use super::backoff::SharedBackoff;
use super::retry::{TransientError, asked_wait, is_worth_repeating};
use super::retry_policy::{RetryPolicy, RunningWait, WaitMode};
use super::wait_notices::WaitNotices;
use crate::clock;

/// Attempts that lost their connection before giving up: a network that is down stays down.
const UNANSWERED: u32 = 3;
/// Attempts that ran into their deadline before giving up: each cost the user a whole deadline.
const TIMED_OUT: u32 = 2;

/// One request, and how its outcomes are to be read.
pub(crate) trait Attempt {
    type Reply;
    type Error;

    /// Sends it once, and reads the whole answer.
    async fn send(&mut self) -> Result<Self::Reply, Self::Error>;

    fn head(reply: &Self::Reply) -> (StatusCode, &HeaderMap);

    /// How it failed; `None` when another attempt cannot change the outcome.
    fn failure(&self, outcome: &Result<Self::Reply, Self::Error>) -> Option<TransientError>;

    /// The error of a request that is not sent, because the host asks to wait for longer than we do.
    fn held_back(&self, wait: Duration) -> Self::Error;
}

/// The host of a request, and what bounds its attempts.
pub(crate) struct Resend<'a> {
    pub(crate) host: &'a str,
    pub(crate) policy: RetryPolicy,
    pub(crate) wait_mode: WaitMode,
    /// For the whole answer of one attempt.
    pub(crate) deadline: Duration,
    /// For the connection of one attempt.
    pub(crate) connect: Duration,
    /// Sending it twice does the same as sending it once.
    pub(crate) repeatable: bool,
    pub(crate) backoff: &'a SharedBackoff,
    pub(crate) notices: &'a WaitNotices,
}

impl Resend<'_> {
    /// The first outcome that another attempt would not change, or the last one within the time of the policy.
    pub(crate) async fn run<A: Attempt>(&self, attempt: &mut A) -> Result<A::Reply, A::Error> {
        let mut waiting = RunningWait::new(self.policy, self.wait_mode);
        loop {
            if let Err(wait) = self.wait_for_the_host(&mut waiting).await {
                return Err(attempt.held_back(wait));
            }
            let outcome = attempt.send().await;
            // Kept even when this request ends here: the others of this host wait too.
            let head = outcome.as_ref().ok().map(A::head);
            let asked = head.and_then(|(status, headers)| self.asked_wait(status, headers));
            let attempts = waiting.waits() + 1;
            let failure = attempt
                .failure(&outcome)
                .filter(|failure| may_end_better(*failure, self.repeatable, attempts));
            let Some(failure) = failure else {
                return outcome;
            };
            let Some(wait) = waiting.next_wait(asked) else {
                return outcome;
            };
            self.pause(&mut waiting, failure, wait).await;
        }
    }

    /// Sleeps until the next attempt, with a line when that takes long.
    async fn pause(&self, waiting: &mut RunningWait, failure: TransientError, wait: Duration) {
        let (spent, attempts) = (waiting.so_far(), waiting.waits() + 1);
        let (status, left) = match failure {
            TransientError::Late => (None, self.deadline * TIMED_OUT.saturating_sub(attempts)),
            TransientError::NeverSent | TransientError::Lost => {
                (None, self.connect * UNANSWERED.saturating_sub(attempts))
            }
            TransientError::Answered { status, .. } => {
                (Some(status), self.policy.total.saturating_sub(spent))
            }
        };
        let times = (spent, left.max(wait));
        let pause = waiting.sleep(wait);
        self.notices
            .while_pausing(self.host, status, times, pause)
            .await;
    }

    /// Waits out the `Retry-After` that another request of ours was given. The error is the wait that is too long.
    async fn wait_for_the_host(&self, waiting: &mut RunningWait) -> Result<(), Duration> {
        while let Some(wait) = self.backoff.remaining(self.host, Instant::now()) {
            let pause = waiting.pause(Some(wait));
            if !self.notices.while_held_back(self.host, wait, pause).await {
                return Err(wait);
            }
        }
        Ok(())
    }

    /// How long the answer asks to wait; kept for all who talk to that host.
    fn asked_wait(&self, status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
        let asked = asked_wait(headers, clock::now())?;
        // Waits that are skipped in tests would never end here.
        if self.wait_mode == WaitMode::Real {
            self.backoff
                .remember(self.host, status, asked, Instant::now());
        }
        Some(asked)
    }
}

/// Whether another attempt is worth it; `attempts` are those made.
fn may_end_better(failure: TransientError, repeatable: bool, attempts: u32) -> bool {
    let limit = match failure {
        TransientError::Late => TIMED_OUT,
        TransientError::NeverSent | TransientError::Lost => UNANSWERED,
        // An answer shows that the host works, so that only the time of the policy ends the attempts.
        TransientError::Answered { .. } => u32::MAX,
    };
    attempts < limit && is_worth_repeating(failure, repeatable)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails in the same way each time, and counts.
    struct Failing<'a>(TransientError, &'a mut u32);

    impl Attempt for Failing<'_> {
        type Reply = HeaderMap;
        type Error = &'static str;

        async fn send(&mut self) -> Result<HeaderMap, &'static str> {
            *self.1 += 1;
            Err("failed")
        }

        fn head(reply: &HeaderMap) -> (StatusCode, &HeaderMap) {
            (StatusCode::OK, reply)
        }

        fn failure(&self, _: &Result<HeaderMap, &'static str>) -> Option<TransientError> {
            Some(self.0)
        }

        fn held_back(&self, _: Duration) -> &'static str {
            "held back"
        }
    }

    async fn run(
        failure: TransientError,
        repeatable: bool,
        backoff: &SharedBackoff,
    ) -> (u32, &'static str) {
        let mut sent = 0;
        let resend = Resend {
            host: "a",
            policy: RetryPolicy::CALL,
            wait_mode: WaitMode::Skipped,
            deadline: Duration::from_secs(20),
            connect: Duration::from_secs(10),
            repeatable,
            backoff,
            notices: &WaitNotices::default(),
        };
        let error = resend
            .run(&mut Failing(failure, &mut sent))
            .await
            .unwrap_err();
        (sent, error)
    }

    #[tokio::test]
    async fn each_kind_of_failure_has_its_own_number_of_attempts() {
        let open = SharedBackoff::default();

        assert_eq!(run(TransientError::NeverSent, false, &open).await.0, 3);
        assert_eq!(run(TransientError::Lost, true, &open).await.0, 3);
        assert_eq!(run(TransientError::Lost, false, &open).await.0, 1);
        assert_eq!(run(TransientError::Late, true, &open).await.0, 2);
        assert_eq!(run(TransientError::Late, false, &open).await.0, 1);
    }

    #[tokio::test]
    async fn nothing_is_sent_to_a_host_that_asks_to_wait_for_longer_than_the_policy() {
        let closed = SharedBackoff::default();
        let hour = Duration::from_hours(1);
        closed.remember("a", StatusCode::TOO_MANY_REQUESTS, hour, Instant::now());

        let outcome = run(TransientError::Lost, true, &closed).await;

        assert_eq!(outcome, (0, "held back"));
    }
}
