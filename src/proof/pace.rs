//! How long do we wait between tries, and for how long at all?

use std::time::Duration;

use tokio::time::Instant;

/// Waits grow from `first` to `longest`, until `patience` is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    pub(crate) first: Duration,
    pub(crate) longest: Duration,
    pub(crate) patience: Duration,
}

impl Pace {
    /// A role may take up to 30 minutes until it counts for writing (Azure Monitor's troubleshooting page).
    pub(crate) const PERMISSION: Self = Self {
        first: Duration::from_millis(500),
        longest: Duration::from_secs(30),
        patience: Duration::from_mins(30),
    };

    /// The first sample of a workspace takes some minutes until it can be queried.
    pub(crate) const VISIBILITY: Self = Self {
        first: Duration::from_millis(500),
        longest: Duration::from_secs(10),
        patience: Duration::from_mins(3),
    };

    /// The same rhythm with another end.
    pub(crate) fn lasting(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    pub(super) fn begin(self) -> Waiting {
        Waiting {
            pace: self,
            next: self.first,
            since: Instant::now(),
        }
    }
}

/// A wait under way.
pub(super) struct Waiting {
    pace: Pace,
    next: Duration,
    since: Instant,
}

impl Waiting {
    pub(super) fn so_far(&self) -> Duration {
        self.since.elapsed()
    }

    /// Sleeps until the next try; `false` at once when that would be too late.
    pub(super) async fn pause(&mut self) -> bool {
        if self.so_far() + self.next > self.pace.patience {
            return false;
        }
        tokio::time::sleep(self.next).await;
        self.next = (self.next * 2).min(self.pace.longest);
        true
    }
}

/// `0.4 s`, `40 s` or `12 min`: as exact as a person needs.
pub(super) fn spelled(duration: Duration) -> String {
    match duration.as_secs() {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        short @ 10..120 => format!("{short} s"),
        long => format!("{} min", long / 60),
    }
}
