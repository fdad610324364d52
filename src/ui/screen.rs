//! How do messages reach stderr? Line by line, and never through the middle of a moving progress line.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};

use super::failure::all_disarmed;
use super::palette::{Palette, terminal_text};
use super::spinner;
use super::table;
use super::terminal::Terminal;
use crate::text::visible::one_line;

/// The one writer to stderr.
#[derive(Clone)]
pub(crate) struct Screen {
    bars: MultiProgress,
    terminal: Terminal,
    quiet: bool,
    /// When something was printed last. Clones share it.
    last_output: Arc<Mutex<Instant>>,
    /// How many lines move at the bottom. Clones share it.
    moving: Arc<AtomicUsize>,
}

impl Screen {
    pub(crate) fn new(terminal: &Terminal, quiet: bool) -> Self {
        let target = match terminal.live && !quiet {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        Self {
            bars: MultiProgress::with_draw_target(target),
            terminal: *terminal,
            quiet,
            last_output: Arc::new(Mutex::new(Instant::now())),
            moving: Arc::default(),
        }
    }

    /// How long nothing was printed and no line moved.
    pub(crate) fn silence(&self) -> Duration {
        let moves = self.terminal.live && self.moving.load(Ordering::Relaxed) > 0;
        match moves {
            true => Duration::ZERO,
            false => self.last_output().elapsed(),
        }
    }

    fn last_output(&self) -> MutexGuard<'_, Instant> {
        self.last_output
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn palette(&self) -> Palette {
        self.terminal.stderr
    }

    /// Columns of the window, if there is one.
    pub(crate) fn width(&self) -> Option<usize> {
        self.terminal.width
    }

    /// Rows of the window, if there is one.
    pub(super) fn height(&self) -> Option<usize> {
        self.terminal.height
    }

    /// Whether lines may move.
    pub(super) fn is_live(&self) -> bool {
        self.terminal.live
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// A message about the work; silent with `--quiet`.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            self.say_always(text);
        }
    }

    /// Shows an answer, in place of the question that has gone.
    pub(crate) fn answered(&self, name: &str, value: &str) {
        let row = vec![
            format!("{} {name:14}", self.palette().good("✓")),
            one_line(value),
        ];
        self.say(&table::aligned(&[row], 0, self.width()));
    }

    /// Shows that something takes its time, until the guard is dropped. The line is gone afterwards.
    pub(crate) fn wait(&self, doing: &str) -> Spinner {
        let line = self.moving_line("{spinner:.cyan} {wide_msg}", "");
        line.set_message(&format!("{doing} ..."));
        line
    }

    /// A moving line in the style of `template`, until the guard is dropped.
    pub(super) fn moving_line(&self, template: &str, prefix: &str) -> Spinner {
        let bar = self.bars.add(ProgressBar::new_spinner());
        bar.set_style(spinner::spinner(template));
        bar.set_prefix(prefix.to_owned());
        bar.enable_steady_tick(spinner::TICK);
        self.moving.fetch_add(1, Ordering::Relaxed);
        Spinner {
            bar,
            screen: self.clone(),
        }
    }

    /// Prints also with --quiet. A closed stderr is no reason to fail. Text from outside cannot start a line that
    /// looks like one of a failure.
    pub(crate) fn say_always(&self, text: &str) {
        // A line that looks like `error:` and comes from a service must not look like one of ours.
        self.report(&all_disarmed(text));
    }

    /// A whole failure, whose labels are our own.
    pub(crate) fn report(&self, text: &str) {
        let text = terminal_text(text);
        let _ = self.write(format!("{text}\n").as_bytes());
    }

    /// Asks on the terminal. The moving lines are taken away first, and stay away until the answer is there; the other
    /// threads that print wait for it too. Keys that were pressed before the question do not answer it.
    pub(super) fn ask<T>(&self, interact: impl FnOnce(&Term) -> T) -> T {
        // A line that redraws itself ten times a second would write over the prompt.
        self.bars.suspend(|| {
            discard_typed_keys();
            interact(&Term::stderr())
        })
    }

    /// Writes bytes while the moving lines are taken away.
    pub(super) fn write(&self, bytes: &[u8]) -> std::io::Result<()> {
        *self.last_output() = Instant::now();
        self.bars.suspend(|| std::io::stderr().write_all(bytes))
    }
}

/// Drops what was typed while no question was on the screen: an impatient Enter is no consent.
fn discard_typed_keys() {
    // Only a terminal has such a queue; nothing is asked without one.
    let _ = rustix::termios::tcflush(std::io::stdin(), rustix::termios::QueueSelector::IFlush);
}

/// A line that moves as long as this lives.
#[must_use = "the line is gone as soon as this is dropped"]
pub(crate) struct Spinner {
    bar: ProgressBar,
    screen: Screen,
}

impl Spinner {
    pub(super) fn set_message(&self, text: &str) {
        self.bar.set_message(one_line(text));
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        self.screen.bars.remove(&self.bar);
        *self.screen.last_output() = Instant::now();
        self.screen.moving.fetch_sub(1, Ordering::Relaxed);
    }
}
