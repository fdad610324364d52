//! How a span of time is written for a person.

use std::time::Duration;

/// `40 s` or `12 min`, to the nearest of these. A service can ask for centuries.
pub(crate) fn rough(span: Duration) -> String {
    match span.as_secs() {
        short @ 0..120 => format!("{short} s"),
        // An offset just below ten minutes is shown as ten, not nine.
        long @ 120..86_400 => format!("{} min", (long + 30) / 60),
        _ => "more than a day".to_owned(),
    }
}

/// The same, with `0.4 s` for what is short.
pub(crate) fn fine(span: Duration) -> String {
    match span.as_secs() {
        0..10 => format!("{:.1} s", span.as_secs_f64()),
        _ => rough(span),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_as_exact_as_a_person_needs() {
        let of = |milliseconds| fine(Duration::from_millis(milliseconds));

        assert_eq!(of(400), "0.4 s");
        assert_eq!(of(40_000), "40 s");
        assert_eq!(of(719_000), "12 min");
        assert_eq!(rough(Duration::from_secs(5)), "5 s");
        assert_eq!(rough(Duration::MAX), "more than a day");
    }
}
