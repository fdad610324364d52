//! What time it is in the embedded Azure.

#[cfg(test)]
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// A clock that follows the machine's, possibly off by some seconds, or that a test holds still.
#[derive(Debug)]
pub(crate) enum Clock {
    Running {
        ahead: SignedDuration,
    },
    #[cfg(test)]
    Held {
        microseconds: AtomicI64,
    },
}

impl Clock {
    /// A clock that is this much ahead of the machine's (behind, when negative).
    pub(crate) fn running(ahead: SignedDuration) -> Self {
        Self::Running { ahead }
    }

    pub(crate) fn now(&self) -> Timestamp {
        match self {
            Self::Running { ahead } => Timestamp::now() + *ahead,
            #[cfg(test)]
            Self::Held { microseconds } => {
                Timestamp::from_microsecond(microseconds.load(Ordering::SeqCst))
                    .expect("a held clock starts from a timestamp and moves in small steps")
            }
        }
    }
}

#[cfg(test)]
impl Clock {
    pub(crate) fn held_at(time: Timestamp) -> Self {
        Self::Held {
            microseconds: AtomicI64::new(time.as_microsecond()),
        }
    }

    pub(crate) fn advance(&self, by: std::time::Duration) {
        let Self::Held { microseconds } = self else {
            panic!("only a held clock can be moved");
        };
        let by = i64::try_from(by.as_micros()).expect("a test moves the clock in small steps");
        microseconds.fetch_add(by, Ordering::SeqCst);
    }
}
