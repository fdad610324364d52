//! How a duration is written for a person.

use std::time::Duration;

/// `0.4 s`, `40 s` or `12 min`: as exact as a person needs.
pub(super) fn spelled(duration: Duration) -> String {
    match duration.as_secs() {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        short @ 10..120 => format!("{short} s"),
        long => format!("{} min", long / 60),
    }
}
