//! What does long work look like while it runs? Moving lines on a terminal, plain lines without one, nothing with `--quiet`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::palette::Palette;
use super::screen::{Screen, Spinner};
use super::table;
use crate::progress::{LineEnd, Progress, SilentProgress};
use crate::text::visible::one_line;

/// The width of the column that names the step.
const NAME: usize = 22;

/// The progress that fits this screen.
pub(crate) fn on(screen: &Screen) -> Arc<dyn Progress> {
    match (screen.is_quiet(), screen.is_live()) {
        (true, _) => Arc::new(SilentProgress),
        (false, true) => Arc::new(SpinnerProgress::new(screen.clone())),
        (false, false) => Arc::new(PlainProgress(screen.clone())),
    }
}

/// A shorter duration is not printed.
const WORTH_SHOWING: Duration = Duration::from_millis(100);

/// A duration as people read it: `0.3s`, `12s`, `2m 05s`.
fn printed(took: Duration) -> String {
    match took.as_secs() {
        0..10 => format!("{:.1}s", took.as_secs_f64()),
        seconds @ 10..60 => format!("{seconds}s"),
        seconds => format!("{}m {:02}s", seconds / 60, seconds % 60),
    }
}

/// A text with the time it took behind it, where that is long enough to be worth showing.
pub(super) fn with_time(text: &str, took: Duration, palette: Palette) -> String {
    if took < WORTH_SHOWING {
        return text.to_owned();
    }
    format!("{text} {}", palette.faint(&format!("({})", printed(took))))
}

/// What was found, with a word in front unless it passed.
fn labelled(how: LineEnd, found: &str) -> String {
    match how {
        LineEnd::Passed => found.to_owned(),
        LineEnd::NotYet => format!("not yet: {found}"),
        LineEnd::Failed => format!("failed: {found}"),
        LineEnd::NotTried => format!("not tried: {found}"),
    }
}

/// One line when something ends, and one for each detail: for logs.
struct PlainProgress(Screen);

impl Progress for PlainProgress {
    fn started(&self, line: &str, doing: &str) {
        // In whole lines: a log cannot draw one again.
        self.0.say(&format!("{line}: {doing} ..."));
    }

    fn detail(&self, line: &str, text: &str) {
        self.0.say(&format!("{line}: {}", one_line(text)));
    }

    fn ended(&self, line: &str, how: LineEnd, found: &str, took: Duration) {
        let found = one_line(&labelled(how, found));
        let found = match how {
            LineEnd::Failed => found,
            _ => with_time(&found, took, Palette::plain()),
        };
        self.0.say(&format!("{line}: {found}"));
    }

    fn abandoned(&self, _: &str) {}
}

/// A line with a spinner for each thing that runs; what has ended scrolls up.
struct SpinnerProgress {
    screen: Screen,
    running: Mutex<HashMap<String, Spinner>>,
}

impl SpinnerProgress {
    fn new(screen: Screen) -> Self {
        Self {
            screen,
            running: Mutex::default(),
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, Spinner>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remove(&self, line: &str) {
        self.running().remove(line);
    }

    /// Takes the moving line away and leaves a still one.
    fn end(&self, line: &str, mark: String, outcome: String) {
        self.remove(line);
        let row = vec![mark, format!("{line:NAME$}"), outcome];
        self.screen
            .say(&table::aligned(&[row], 2, self.screen.width()));
    }
}

impl Progress for SpinnerProgress {
    fn started(&self, line: &str, doing: &str) {
        let template = "  {spinner:.cyan}  {prefix}  {wide_msg} {elapsed:.dim}";
        let moving = self.screen.moving_line(template, &format!("{line:NAME$}"));
        moving.set_message(doing);
        self.running().insert(line.to_owned(), moving);
    }

    fn detail(&self, line: &str, text: &str) {
        if let Some(bar) = self.running().get(line) {
            bar.set_message(text);
        }
    }

    fn ended(&self, line: &str, how: LineEnd, found: &str, took: Duration) {
        let palette = self.screen.palette();
        let (mark, found) = match how {
            LineEnd::Passed => (palette.good("✓"), with_time(found, took, palette)),
            LineEnd::NotYet => (palette.change("!"), labelled(how, found)),
            LineEnd::Failed => (palette.bad("✗"), found.to_owned()),
            LineEnd::NotTried => (palette.faint("–"), labelled(how, found)),
        };
        self.end(line, mark, found);
    }

    fn abandoned(&self, line: &str) {
        self.remove(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_as_exact_as_people_care() {
        let shown =
            [0.04, 9.96, 12.4, 125.0].map(|seconds| printed(Duration::from_secs_f64(seconds)));

        assert_eq!(shown, ["0.0s", "10.0s", "12s", "2m 05s"]);
    }
}
