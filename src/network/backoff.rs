//! Until when has a service asked us to wait? Shared by all requests to one host.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::StatusCode;

/// The end of each host's latest `Retry-After`. Cheap to clone; clones share what they know.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedBackoff {
    until: Arc<Mutex<HashMap<String, Instant>>>,
}

impl SharedBackoff {
    /// Remembers a wait that the host asked for. Only 429 and 503 are about the whole service; a
    /// `Retry-After` on 202 or 409 is about one resource.
    pub(crate) fn remember(&self, host: &str, status: StatusCode, asked: Duration, now: Instant) {
        let is_for_all = matches!(status.as_u16(), 429 | 503);
        let Some(end) = now.checked_add(asked).filter(|_| is_for_all) else {
            return;
        };
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let known = until.entry(host.to_owned()).or_insert(end);
        *known = end.max(*known);
    }

    /// What is left of the time in which the host wants no requests; `None` when it is over.
    pub(crate) fn remaining(&self, host: &str, now: Instant) -> Option<Duration> {
        let until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let remaining = until.get(host)?.saturating_duration_since(now);
        (!remaining.is_zero()).then_some(remaining)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_host_is_left_alone_until_the_latest_end_that_it_asked_for() {
        let (backoff, now) = (SharedBackoff::default(), Instant::now());

        backoff.remember("a", StatusCode::TOO_MANY_REQUESTS, 7 * SECOND, now);
        backoff.remember("a", StatusCode::SERVICE_UNAVAILABLE, 2 * SECOND, now);

        assert_eq!(backoff.remaining("a", now + SECOND), Some(6 * SECOND));
        assert_eq!(backoff.remaining("a", now + 7 * SECOND), None);
        assert_eq!(backoff.remaining("b", now), None);
    }

    #[test]
    fn a_wait_for_one_resource_does_not_hold_up_the_others() {
        let (backoff, now) = (SharedBackoff::default(), Instant::now());

        backoff.remember("a", StatusCode::CONFLICT, 7 * SECOND, now);
        backoff.remember("a", StatusCode::ACCEPTED, 7 * SECOND, now);

        assert_eq!(backoff.remaining("a", now), None);
    }

    #[test]
    fn a_wait_without_end_is_not_remembered() {
        let (backoff, now) = (SharedBackoff::default(), Instant::now());

        backoff.remember("a", StatusCode::TOO_MANY_REQUESTS, Duration::MAX, now);

        assert_eq!(backoff.remaining("a", now), None);
    }
}
