//! Is it worth trying again, and after how long? Decisions only; the one place that sleeps is `Waiting::pause`.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::HeaderMap;

/// How one try ended, when it did not end well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setback<'a> {
    /// Nothing was sent: no name, no route, no TLS.
    NeverSent,
    /// Sent, and no whole answer came back.
    Lost,
    Answered {
        status: u16,
        code: &'a str,
    },
}

/// Codes of a 409 that mean "busy", not "no".
const BUSY: [&str; 2] = [
    "AnotherOperationInProgress",
    "RetryableErrorDueToAnotherOperation",
];

/// `repeatable`: sending it twice does the same as sending it once.
pub(crate) fn is_worth_repeating(setback: Setback<'_>, repeatable: bool) -> bool {
    match setback {
        Setback::NeverSent => true,
        Setback::Lost => repeatable,
        Setback::Answered { status, code } => match status {
            429 | 503 => true,
            408 | 500 | 502 | 504 | 506.. => repeatable,
            409 => BUSY.contains(&code),
            _ => false,
        },
    }
}

/// How long the answer asks to wait: milliseconds before seconds, seconds before a date.
pub(crate) fn asked_wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let milliseconds = ["x-ms-retry-after-ms", "retry-after-ms"]
        .iter()
        .find_map(|name| text(name)?.trim().parse().ok())
        .map(Duration::from_millis);
    milliseconds
        .or_else(|| seconds_or_date(text("retry-after")?, now))
        .or_else(|| clock_time(text("x-ms-user-quota-resets-after")?))
}

fn seconds_or_date(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    let date = Timestamp::try_from(date).ok()?;
    Some(date.duration_since(now).try_into().unwrap_or_default())
}

/// `hh:mm:ss`, as Resource Graph tells when its quota is filled up again.
fn clock_time(text: &str) -> Option<Duration> {
    let parts: Vec<u64> = text
        .split(':')
        .map_while(|part| part.parse().ok())
        .collect();
    let [hours, minutes, seconds] = parts[..] else {
        return None;
    };
    let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
    let seconds = minutes.checked_mul(60)?.checked_add(seconds)?;
    Some(Duration::from_secs(seconds))
}

/// The shortest wait that a service can ask for.
const LEAST: Duration = Duration::from_millis(500);

/// How long to go on, and in which steps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// The first wait; each further one is twice as long.
    pub(crate) first: Duration,
    /// The longest wait of our own choice; a service may ask for more.
    pub(crate) longest: Duration,
    /// All waits and tries together.
    pub(crate) total: Duration,
}

impl Patience {
    /// One call.
    pub(crate) const CALL: Self = Self {
        first: Duration::from_millis(500),
        longest: Duration::from_secs(30),
        total: Duration::from_secs(120),
    };

    /// One token: nothing has been done yet, so an early end costs nothing.
    pub(crate) const SIGN_IN: Self = Self {
        first: Duration::from_millis(500),
        longest: Duration::from_secs(10),
        total: Duration::from_secs(40),
    };

    /// One question to an API server, all its tries together.
    pub(crate) const KUBERNETES: Self = Self {
        first: Duration::from_millis(500),
        longest: Duration::from_secs(5),
        total: Duration::from_secs(20),
    };

    /// Something just made that another part of Azure does not see yet.
    pub(crate) const fn replication(total: Duration) -> Self {
        Self {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(5),
            total,
        }
    }

    /// An operation that goes on by itself.
    pub(crate) const OPERATION: Self = Self {
        first: Duration::from_secs(1),
        longest: Duration::from_secs(15),
        total: Duration::from_secs(30 * 60),
    };

    /// The next wait, or `None` when it would end after the deadline. `chance` is between 0 and 1 and spreads callers out.
    fn next_wait(
        &self,
        waits: u32,
        spent: Duration,
        asked: Option<Duration>,
        chance: f64,
    ) -> Option<Duration> {
        let backoff = self
            .first
            .saturating_mul(1 << waits.min(16))
            .min(self.longest);
        let wait = match asked {
            // "Retry-After: 0" for ever would otherwise be as many requests as the network carries.
            Some(asked) => asked.max(backoff.min(LEAST)),
            None => backoff.mul_f64(0.75 + chance / 2.0),
        };
        (spent.saturating_add(wait) <= self.total).then_some(wait)
    }
}

/// Whether waits take time. Only tests skip them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Pace {
    #[default]
    Real,
    #[cfg(test)]
    Skipped,
}

/// One deadline, running.
#[derive(Debug)]
pub(crate) struct Waiting {
    patience: Patience,
    pace: Pace,
    started: Instant,
    skipped: Duration,
    waits: u32,
}

impl Waiting {
    pub(crate) fn new(patience: Patience, pace: Pace) -> Self {
        Self {
            patience,
            pace,
            started: Instant::now(),
            skipped: Duration::ZERO,
            waits: 0,
        }
    }

    pub(crate) fn waits(&self) -> u32 {
        self.waits
    }

    /// Sleeps until the next try is due. False, at once, when that lies beyond the deadline.
    pub(crate) async fn pause(&mut self, asked: Option<Duration>) -> bool {
        let spent = self.started.elapsed().saturating_add(self.skipped);
        let Some(wait) = self.patience.next_wait(self.waits, spent, asked, chance()) else {
            return false;
        };
        self.waits += 1;
        match self.pace {
            Pace::Real => tokio::time::sleep(wait).await,
            #[cfg(test)]
            Pace::Skipped => self.skipped += wait,
        }
        true
    }
}

/// Between 0 and 1.
fn chance() -> f64 {
    f64::from(uuid::Uuid::new_v4().as_bytes()[0]) / 255.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16) -> Setback<'static> {
        Setback::Answered { status, code: "" }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn what_can_be_said_twice_is_repeated_after_any_passing_trouble() {
        for status in [408, 429, 500, 502, 503, 504, 507, 599] {
            assert!(is_worth_repeating(answered(status), true), "{status}");
        }
        assert!(is_worth_repeating(Setback::Lost, true));
    }

    #[test]
    fn what_would_happen_twice_is_repeated_only_when_it_did_not_happen() {
        for status in [429, 503] {
            assert!(is_worth_repeating(answered(status), false), "{status}");
        }
        for status in [408, 500, 502, 504] {
            assert!(!is_worth_repeating(answered(status), false), "{status}");
        }
        assert!(is_worth_repeating(Setback::NeverSent, false));
        assert!(!is_worth_repeating(Setback::Lost, false));
    }

    #[test]
    fn a_no_stays_a_no() {
        for status in [400, 401, 403, 404, 409, 412, 501, 505] {
            assert!(!is_worth_repeating(answered(status), true), "{status}");
        }
    }

    #[test]
    fn a_busy_resource_is_asked_again() {
        let busy = Setback::Answered {
            status: 409,
            code: "AnotherOperationInProgress",
        };

        assert!(is_worth_repeating(busy, false));
    }

    #[test]
    fn the_wait_is_read_in_every_form() {
        let wait = |pairs: &[(&'static str, &str)]| asked_wait(&headers(pairs), NOW);

        assert_eq!(wait(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        assert_eq!(
            wait(&[("x-ms-retry-after-ms", "250"), ("retry-after", "7")]),
            Some(Duration::from_millis(250))
        );
        assert_eq!(
            wait(&[("retry-after", "Thu, 01 Jan 1970 00:01:00 GMT")]),
            Some(Duration::from_secs(60))
        );
        assert_eq!(
            wait(&[("x-ms-user-quota-resets-after", "00:00:05")]),
            Some(Duration::from_secs(5))
        );
        assert_eq!(wait(&[("retry-after", "soon")]), None);
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn absurd_waits_are_read_without_overflow() {
        let wait = |pairs: &[(&'static str, &str)]| asked_wait(&headers(pairs), NOW);

        assert_eq!(wait(&[("retry-after", "-1")]), None);
        assert_eq!(wait(&[("retry-after", "99999999999999999999")]), None);
        assert_eq!(
            wait(&[("x-ms-user-quota-resets-after", "18446744073709551615:0:0")]),
            None
        );
        let longest = wait(&[("retry-after", "18446744073709551615")]);
        assert_eq!(longest, Some(Duration::from_secs(u64::MAX)));
        let spent = Duration::from_secs(1);
        assert_eq!(Patience::CALL.next_wait(0, spent, longest, 0.5), None);
    }

    #[test]
    fn a_wait_of_zero_is_not_taken_literally() {
        let wait = Patience::CALL.next_wait(3, Duration::ZERO, Some(Duration::ZERO), 0.5);

        assert_eq!(wait, Some(LEAST));
    }

    #[test]
    fn a_date_that_has_passed_means_now() {
        let later: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();

        let wait = asked_wait(
            &headers(&[("retry-after", "Thu, 01 Jan 1970 00:01:00 GMT")]),
            later,
        );

        assert_eq!(wait, Some(Duration::ZERO));
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let wait = |waits| {
            Patience::CALL
                .next_wait(waits, Duration::ZERO, None, 0.5)
                .unwrap()
        };

        assert_eq!(wait(0), Duration::from_millis(500));
        assert_eq!(wait(1), Duration::from_secs(1));
        assert_eq!(wait(30), Duration::from_secs(30));
    }

    #[test]
    fn chance_spreads_callers_by_a_quarter() {
        let wait = |chance| {
            Patience::CALL
                .next_wait(1, Duration::ZERO, None, chance)
                .unwrap()
        };

        assert_eq!(wait(0.0), Duration::from_millis(750));
        assert_eq!(wait(1.0), Duration::from_millis(1250));
    }

    #[test]
    fn a_wait_beyond_the_deadline_is_not_begun() {
        let hour = Some(Duration::from_secs(3600));
        let spent = Duration::from_secs(119);

        assert_eq!(Patience::CALL.next_wait(0, Duration::ZERO, hour, 0.5), None);
        assert_eq!(Patience::CALL.next_wait(3, spent, None, 0.5), None);
        assert!(
            Patience::CALL
                .next_wait(0, spent, Some(Duration::from_secs(1)), 0.5)
                .is_some()
        );
    }
}
