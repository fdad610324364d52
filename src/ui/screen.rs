//! How does the story reach stderr? Line by line, and never through the middle of a moving progress line.

use std::io::Write;

use indicatif::MultiProgress;

use super::palette::Palette;
use super::terminal::Terminal;

/// The one writer to stderr.
#[derive(Clone)]
pub(crate) struct Screen {
    bars: MultiProgress,
    terminal: Terminal,
    quiet: bool,
}

impl Screen {
    pub(crate) fn new(terminal: &Terminal, quiet: bool) -> Self {
        Self {
            bars: MultiProgress::new(),
            terminal: *terminal,
            quiet,
        }
    }

    pub(crate) fn palette(&self) -> Palette {
        self.terminal.stderr
    }

    /// Columns of the window, if there is one.
    pub(crate) fn width(&self) -> Option<usize> {
        self.terminal.width
    }

    /// Whether lines may move.
    pub(super) fn is_live(&self) -> bool {
        self.terminal.live
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// The moving lines at the bottom.
    pub(super) fn bars(&self) -> &MultiProgress {
        &self.bars
    }

    /// A part of the story; silent with `--quiet`.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            self.insist(text);
        }
    }

    /// What is told in any case. A stderr that is gone is no reason to fail.
    pub(crate) fn insist(&self, text: &str) {
        let _ = self.write(format!("{}\n", text.trim_end_matches('\n')).as_bytes());
    }

    /// Writes bytes while the moving lines step aside.
    pub(super) fn write(&self, bytes: &[u8]) -> std::io::Result<()> {
        self.bars.suspend(|| std::io::stderr().write_all(bytes))
    }
}
