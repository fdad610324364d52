//! How long do we go on, and how long is each wait? The one place that sleeps between tries is `RunningWait::pause`.

use std::time::Duration;

use tokio::time::Instant;

/// The shortest wait that a service can ask for.
const LEAST: Duration = Duration::from_millis(500);

/// How long to go on, and in which steps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RetryPolicy {
    /// The first wait; each further one is twice as long.
    pub(crate) first: Duration,
    /// The longest wait of our own choice; a service may ask for more.
    pub(crate) longest: Duration,
    /// After this time nothing is tried again.
    pub(crate) total: Duration,
    /// A wait that the service names may end after `total`, and this long after the start.
    pub(crate) named: Duration,
}

impl RetryPolicy {
    /// One call. A service that refuses it for a minute is not asked again: the next run continues from there.
    pub(crate) const CALL: Self = Self {
        first: Duration::from_millis(500),
        longest: Duration::from_secs(15),
        total: Duration::from_mins(1),
        named: Duration::from_mins(2),
    };

    /// One token: nothing has been done yet, so an early end costs nothing.
    pub(crate) const SIGN_IN: Self = Self {
        first: Duration::from_millis(500),
        longest: Duration::from_secs(10),
        total: Duration::from_secs(40),
        named: Duration::from_secs(40),
    };

    /// One question to an API server, all its tries together.
    pub(crate) const KUBERNETES: Self = Self {
        first: Duration::from_millis(500),
        longest: Duration::from_secs(5),
        total: Duration::from_secs(20),
        named: Duration::from_secs(20),
    };

    /// Something just made that another part of Azure does not see yet.
    pub(crate) const fn replication(total: Duration) -> Self {
        Self {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(5),
            total,
            named: total,
        }
    }

    /// An operation that goes on by itself.
    pub(crate) const OPERATION: Self = Self {
        first: Duration::from_secs(1),
        longest: Duration::from_secs(15),
        total: Duration::from_mins(30),
        named: Duration::from_mins(30),
    };

    /// A role may take up to 30 minutes until it counts for writing (Azure Monitor's troubleshooting page).
    pub(crate) const PERMISSION: Self = Self {
        first: Duration::from_millis(500),
        longest: Duration::from_secs(15),
        total: Duration::from_mins(30),
        named: Duration::from_mins(30),
    };

    /// The first sample of a workspace takes some minutes until it can be queried.
    pub(crate) const VISIBILITY: Self = Self {
        first: Duration::from_millis(500),
        longest: Duration::from_secs(10),
        total: Duration::from_mins(3),
        named: Duration::from_mins(3),
    };

    /// Doctor's looks while a role starts to count, evenly spaced.
    pub(crate) const DOCTOR: Self = Self {
        first: Duration::from_secs(15),
        longest: Duration::from_secs(15),
        total: Self::PERMISSION.total,
        named: Self::PERMISSION.total,
    };

    /// The same waits with another end.
    pub(crate) const fn lasting(self, total: Duration) -> Self {
        Self {
            total,
            named: total,
            ..self
        }
    }

    /// The next wait, or `None` when the time is used up. `chance` is between 0 and 1 and spreads callers out.
    pub(super) fn next_wait(
        &self,
        waits: u32,
        spent: Duration,
        asked: Option<Duration>,
        chance: f64,
    ) -> Option<Duration> {
        // More doublings would overflow, and are far beyond `longest`.
        let backoff = self
            .first
            .saturating_mul(1 << waits.min(16))
            .min(self.longest);
        let wait = match asked {
            // "Retry-After: 0" for ever would otherwise be as many requests as the network carries.
            Some(asked) => asked.max(backoff.min(LEAST)),
            // Between 75 and 125 percent, so that requests that failed together do not all come back together.
            None => backoff.mul_f64(0.75 + chance / 2.0),
        };
        let end = if asked.is_some() {
            self.named
        } else {
            self.total
        };
        // A service that names one short wait after the other is given up too.
        (spent < self.total && spent.saturating_add(wait) <= end).then_some(wait)
    }
}

/// Whether waits take time. Only tests skip them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum WaitMode {
    #[default]
    Real,
    #[cfg(test)]
    Skipped,
}

/// The waits of one call or question, under way.
#[derive(Debug)]
pub(crate) struct RunningWait {
    policy: RetryPolicy,
    mode: WaitMode,
    started: Instant,
    skipped: Duration,
    waits: u32,
}

impl RunningWait {
    pub(crate) fn new(policy: RetryPolicy, mode: WaitMode) -> Self {
        Self {
            policy,
            mode,
            started: Instant::now(),
            skipped: Duration::ZERO,
            waits: 0,
        }
    }

    pub(crate) fn waits(&self) -> u32 {
        self.waits
    }

    /// Time since the start, skipped waits included.
    pub(crate) fn so_far(&self) -> Duration {
        self.started.elapsed().saturating_add(self.skipped)
    }

    /// Sleeps until the next try is due. False, at once, when that lies beyond the deadline.
    pub(crate) async fn pause(&mut self, asked: Option<Duration>) -> bool {
        let Some(wait) = self.next_wait(asked) else {
            return false;
        };
        self.sleep(wait).await;
        true
    }

    /// How long to wait until the next try is due; `None` when that lies beyond the deadline.
    pub(crate) fn next_wait(&self, asked: Option<Duration>) -> Option<Duration> {
        self.policy
            .next_wait(self.waits, self.so_far(), asked, chance())
    }

    pub(crate) async fn sleep(&mut self, wait: Duration) {
        self.waits += 1;
        match self.mode {
            WaitMode::Real => tokio::time::sleep(wait).await,
            #[cfg(test)]
            WaitMode::Skipped => self.skipped += wait,
        }
    }
}

/// Between 0 and 1.
fn chance() -> f64 {
    f64::from(uuid::Uuid::new_v4().as_bytes()[0]) / 255.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_of_zero_is_not_taken_literally() {
        let wait = RetryPolicy::CALL.next_wait(3, Duration::ZERO, Some(Duration::ZERO), 0.5);

        assert_eq!(wait, Some(LEAST));
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let wait = |waits| {
            RetryPolicy::CALL
                .next_wait(waits, Duration::ZERO, None, 0.5)
                .unwrap()
        };

        assert_eq!(wait(0), Duration::from_millis(500));
        assert_eq!(wait(1), Duration::from_secs(1));
        assert_eq!(wait(30), Duration::from_secs(15));
    }

    #[test]
    fn chance_spreads_callers_by_a_quarter() {
        let wait = |chance| {
            RetryPolicy::CALL
                .next_wait(1, Duration::ZERO, None, chance)
                .unwrap()
        };

        assert_eq!(wait(0.0), Duration::from_millis(750));
        assert_eq!(wait(1.0), Duration::from_millis(1250));
    }

    #[test]
    fn a_call_is_tried_again_for_a_minute_and_a_named_wait_may_take_two() {
        let wait = |spent, asked: Option<u64>| {
            let asked = asked.map(Duration::from_secs);
            RetryPolicy::CALL.next_wait(3, Duration::from_secs(spent), asked, 0.5)
        };

        assert!(wait(50, None).is_some());
        assert_eq!(wait(59, None), None);
        assert_eq!(wait(20, Some(100)), Some(Duration::from_secs(100)));
        assert_eq!(wait(20, Some(101)), None);
        assert!(wait(59, Some(1)).is_some());
        assert_eq!(wait(60, Some(1)), None);
    }
}
