//! What time is it? The one place that asks the system, so that everything else takes time as a value.

use jiff::Timestamp;

/// The present moment in UTC.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the place that reads the clock"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::try_from(std::time::SystemTime::now())
        .expect("the system clock lies between the years -9999 and 9999")
}
