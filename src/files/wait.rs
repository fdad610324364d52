//! Waits for another program, such as the writer of a pipe: with a line for the user, and until the user ends it. The same line
//! for work of our own on a large file.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::progress::{INTERVAL, NOTICEABLE};

/// In bytes. What takes long with a smaller file is a busy machine.
const LARGE: u64 = 256 * 1024;

/// The callbacks of all waits of this process.
struct Watcher {
    should_stop: Box<dyn Fn() -> bool + Send + Sync>,
    report: Box<dyn Fn(&str) + Send + Sync>,
}

static WATCHER: OnceLock<Watcher> = OnceLock::new();

/// Each wait ends with an error as soon as `should_stop` is true; `report` gets a line when it takes long.
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

/// Tells the user something about a file that is neither a result nor a fault.
pub(super) fn report(note: &str) {
    if let Some(watcher) = WATCHER.get() {
        (watcher.report)(note);
    }
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

/// Does work on the text of this file, such as parsing it; where the file is large, the user gets a line when it takes long.
pub(crate) fn with_progress<T>(path: &Path, work: impl FnOnce() -> T) -> T {
    let is_large = std::fs::metadata(path).is_ok_and(|about| about.len() >= LARGE);
    let Some(watcher) = WATCHER.get().filter(|_| is_large) else {
        return work();
    };
    let note = || {
        (watcher.report)(&format!(
            "still working on {}; Ctrl-C ends this",
            path.display()
        ));
    };
    reporting(NOTICEABLE, note, work)
}

fn reporting<T>(noticeable: Duration, note: impl Fn() + Send, work: impl FnOnce() -> T) -> T {
    let (end, ended) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut next = noticeable;
            while ended.recv_timeout(next) == Err(RecvTimeoutError::Timeout) {
                note();
                next = INTERVAL;
            }
        });
        // Dropped by a panic too, so that the thread always ends.
        let _end = end;
        work()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_during(work: Duration) -> usize {
        let (line, lines) = channel();
        let note = move || line.send(()).unwrap();
        reporting(Duration::from_millis(20), note, || std::thread::sleep(work));
        lines.iter().count()
    }

    #[test]
    fn work_that_takes_long_is_reported_and_short_work_is_not() {
        assert_eq!(lines_during(Duration::ZERO), 0);
        assert_eq!(lines_during(Duration::from_millis(200)), 1);
    }
}
