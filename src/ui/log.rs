//! Which log lines are printed? `-v` and `-vv`, or a filter in AMW_RW_LOG.

use std::io::Write;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::screen::Screen;
use crate::environment;
use crate::text::visible::visible;

/// Sends log lines past the progress lines to stderr. Does nothing, at no cost, without `-vv` or `AMW_RW_LOG`.
pub(crate) fn install(verbose: u8, screen: &Screen) {
    let filter = match (environment::variable("AMW_RW_LOG"), verbose) {
        (Some(filter), _) => EnvFilter::new(filter),
        (None, 0) => return,
        // Libraries are one step quieter than the program.
        (None, 1) => EnvFilter::new("amw_rw=info,warn"),
        (None, 2) => EnvFilter::new("amw_rw=debug,info"),
        (None, _) => EnvFilter::new("amw_rw=trace,debug"),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Colours would be escaped below with everything else that a terminal obeys.
        .with_ansi(false)
        .with_target(false)
        // Journals and pipelines put a time of their own before each line.
        .without_time()
        .with_writer(LogWriter(screen.clone()))
        .init();
}

/// Writes each event as one line while the progress lines are taken away; an event comes in one call.
#[derive(Clone)]
struct LogWriter(Screen);

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let event = text.trim_end_matches('\n').replace('\n', "\\n");
        let line = format!("{}\n", visible(&event));
        self.0.write(line.as_bytes()).map(|()| bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self::Writer {
        self.clone()
    }
}
