//! Waits for another program, such as the writer of a pipe: with a line for the user, and until the user ends it.

use std::io::{self, ErrorKind};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A wait that takes longer is worth a line.
const NOTICEABLE: Duration = Duration::from_secs(2);
/// A wait that goes on is worth another line.
const INTERVAL: Duration = Duration::from_secs(15);

/// The callbacks of all waits of this process.
struct Watcher {
    should_stop: Box<dyn Fn() -> bool + Send + Sync>,
    report: Box<dyn Fn(&str) + Send + Sync>,
}

static WATCHER: OnceLock<Watcher> = OnceLock::new();

/// Each wait ends with an error as soon as `should_stop` says so; `report` gets a line when it takes long.
pub(crate) fn watch_waits(
    should_stop: impl Fn() -> bool + Send + Sync + 'static,
    report: impl Fn(&str) + Send + Sync + 'static,
) {
    // A process listens for Ctrl-C once.
    let _ = WATCHER.set(Watcher {
        should_stop: Box::new(should_stop),
        report: Box::new(report),
    });
}

/// One wait.
pub(super) struct Wait {
    next_line: Instant,
}

impl Wait {
    pub(super) fn start() -> Self {
        Self {
            next_line: Instant::now() + NOTICEABLE,
        }
    }

    /// To be called again and again; `note` is the line for the user.
    pub(super) fn goes_on(&mut self, note: impl FnOnce() -> String) -> io::Result<()> {
        let Some(watcher) = WATCHER.get() else {
            return Ok(());
        };
        if (watcher.should_stop)() {
            return Err(io::Error::new(ErrorKind::Interrupted, "interrupted"));
        }
        if Instant::now() >= self.next_line {
            self.next_line = Instant::now() + INTERVAL;
            (watcher.report)(&note());
        }
        Ok(())
    }
}
