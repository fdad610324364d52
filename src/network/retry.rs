//! Is it worth trying again, and how long does an answer ask to wait? Decisions only.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use reqwest::header::HeaderMap;

/// How an attempt failed, as far as it decides whether another one is worth it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransientError {
    /// Nothing was sent: no name, no route, no TLS.
    NeverSent,
    /// Sent, and the connection ended before there was a whole answer.
    Lost,
    /// Sent, and no whole answer came within the deadline.
    Late,
    Answered {
        status: u16,
        /// The code of the answer means that another operation is under way, which ends by itself.
        is_busy: bool,
    },
}

/// `repeatable`: sending it twice does the same as sending it once.
pub(crate) fn is_worth_repeating(error: TransientError, repeatable: bool) -> bool {
    match error {
        TransientError::NeverSent => true,
        TransientError::Lost | TransientError::Late => repeatable,
        TransientError::Answered { status, is_busy } => match status {
            // Refused before any work was done, so that even a write that is not repeatable can be sent again.
            429 | 503 => true,
            408 | 500 | 502 | 504 | 506.. => repeatable,
            // Most conflicts last: a name that is taken, or an assignment that exists.
            409 => is_busy,
            _ => false,
        },
    }
}

/// How long the answer asks to wait: milliseconds before seconds, seconds before a date.
pub(crate) fn asked_wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let milliseconds = ["x-ms-retry-after-ms", "retry-after-ms"]
        .iter()
        .find_map(|name| whole_number(text(name)?))
        .map(Duration::from_millis);
    milliseconds
        .or_else(|| seconds_or_date(text("retry-after")?, now))
        .or_else(|| clock_time(text("x-ms-user-quota-resets-after")?))
}

fn seconds_or_date(text: &str, now: Timestamp) -> Option<Duration> {
    if let Some(seconds) = whole_number(text) {
        return Some(Duration::from_secs(seconds));
    }
    // `Timestamp` ends a day before the year 9999 does, so the date is compared as what it was read as.
    let date = httpdate::parse_http_date(text.trim()).ok()?;
    Some(
        date.duration_since(SystemTime::from(now))
            .unwrap_or_default(),
    )
}

/// A number beyond all others is still a wait: it ends the tries, as every wait beyond the deadline does.
fn whole_number(text: &str) -> Option<u64> {
    let text = text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

/// `hh:mm:ss`, as Resource Graph reports when its quota is full again.
fn clock_time(text: &str) -> Option<Duration> {
    let parts: Vec<u64> = text.split(':').map(whole_number).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = parts[..] else {
        return None;
    };
    let minutes = hours.saturating_mul(60).saturating_add(minutes);
    let seconds = minutes.saturating_mul(60).saturating_add(seconds);
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::retry_policy::RetryPolicy;

    fn answered(status: u16) -> TransientError {
        TransientError::Answered {
            status,
            is_busy: false,
        }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn a_repeatable_request_is_repeated_after_any_transient_error() {
        for status in [408, 429, 500, 502, 503, 504, 507, 599] {
            assert!(is_worth_repeating(answered(status), true), "{status}");
        }
        assert!(is_worth_repeating(TransientError::Lost, true));
    }

    #[test]
    fn what_would_happen_twice_is_repeated_only_when_it_did_not_happen() {
        for status in [429, 503] {
            assert!(is_worth_repeating(answered(status), false), "{status}");
        }
        for status in [408, 500, 502, 504] {
            assert!(!is_worth_repeating(answered(status), false), "{status}");
        }
        assert!(is_worth_repeating(TransientError::NeverSent, false));
        assert!(!is_worth_repeating(TransientError::Lost, false));
    }

    #[test]
    fn a_no_stays_a_no() {
        for status in [400, 401, 403, 404, 409, 412, 501, 505] {
            assert!(!is_worth_repeating(answered(status), true), "{status}");
        }
    }

    #[test]
    fn a_busy_resource_is_asked_again() {
        let busy = TransientError::Answered {
            status: 409,
            is_busy: true,
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
    fn a_wait_beyond_every_deadline_ends_the_tries_in_whatever_form() {
        let huge = "99999999999999999999";
        let forms = [
            ("retry-after", "18446744073709551615"),
            ("retry-after", huge),
            ("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT"),
            ("x-ms-retry-after-ms", huge),
            ("retry-after-ms", "18446744073709551615"),
            ("x-ms-user-quota-resets-after", "18446744073709551615:0:0"),
        ];

        for form in forms {
            let asked = asked_wait(&headers(&[form, ("x-other", "1")]), NOW);

            assert!(asked.is_some(), "{form:?}");
            let spent = Duration::from_secs(1);
            let wait = RetryPolicy::CALL.next_wait(0, spent, asked, 0.5);
            assert_eq!(wait, None, "{form:?}");
        }
    }

    #[test]
    fn what_is_no_wait_is_passed_over() {
        for text in ["-1", "+1", "1.5", "", "soon"] {
            let asked = asked_wait(&headers(&[("retry-after", text)]), NOW);

            assert_eq!(asked, None, "{text}");
        }
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
}
