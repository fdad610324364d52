//! How much does the program tell about its inner life? `-v` and `-vv`, or a filter in AMW_RW_LOG.

use std::io::{LineWriter, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::screen::Screen;
use crate::environment;

/// Sends log lines past the progress lines to stderr. Does nothing, at no cost, when nobody asked.
pub(crate) fn install(verbose: u8, screen: &Screen) {
    let filter = match (environment::variable("AMW_RW_LOG"), verbose) {
        (Some(filter), _) => EnvFilter::new(filter),
        (None, 0) => return,
        (None, 1) => EnvFilter::new("amw_rw=info,warn"),
        (None, 2) => EnvFilter::new("amw_rw=debug,info"),
        (None, _) => EnvFilter::new("amw_rw=trace,debug"),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(screen.palette().is_coloured())
        .with_target(false)
        .without_time()
        .with_writer(PastTheBars(screen.clone()))
        .init();
}

/// Writes whole lines while the progress lines step aside.
#[derive(Clone)]
struct PastTheBars(Screen);

impl Write for PastTheBars {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for PastTheBars {
    type Writer = LineWriter<Self>;

    fn make_writer(&'a self) -> Self::Writer {
        LineWriter::new(self.clone())
    }
}
