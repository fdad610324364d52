//! Can the API server be reached? The first request finds out, and the others wait for it: a server that does not answer is tried once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a server that never answered is not asked again, so that ten questions do not wait ten times.
const OUT_OF_REACH: Duration = Duration::from_secs(30);

/// What the requests to one server have found out.
#[derive(Default)]
pub(super) struct Reachability {
    has_answered: AtomicBool,
    /// Since when the server cannot be reached, and why.
    out_of_reach: Mutex<Option<(Instant, String)>>,
    /// Held by the first request until the head of its answer is there, or its failure is recorded.
    first: tokio::sync::Mutex<()>,
}

/// The turn of the first request; `None` once the server has answered.
pub(super) type FirstTurn<'a> = Option<tokio::sync::MutexGuard<'a, ()>>;

impl Reachability {
    /// Waits until it is known whether the server answers, or until this request is the one that finds out.
    pub(super) async fn turn(&self) -> FirstTurn<'_> {
        if self.has_answered() {
            return None;
        }
        let turn = self.first.lock().await;
        (!self.has_answered()).then_some(turn)
    }

    pub(super) fn has_answered(&self) -> bool {
        self.has_answered.load(Ordering::Relaxed)
    }

    pub(super) fn record_answer(&self) {
        self.has_answered.store(true, Ordering::Relaxed);
    }

    /// Takes note of why there was no answer, unless there was one before.
    pub(super) fn record_failure(&self, why: impl FnOnce() -> String) {
        if !self.has_answered() {
            *self.lock() = Some((Instant::now(), why()));
        }
    }

    /// Why the server is not asked now.
    pub(super) fn is_out_of_reach(&self) -> Option<String> {
        let known = self.lock();
        let (since, why) = known.as_ref()?;
        let is_recent = since.elapsed() < OUT_OF_REACH;
        (is_recent && !self.has_answered()).then(|| why.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Instant, String)>> {
        self.out_of_reach
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
