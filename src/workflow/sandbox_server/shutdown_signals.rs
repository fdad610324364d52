//! Which signals end a sandbox, and with which exit code?

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::ExitCode;

/// The ways to end a sandbox.
pub(super) struct ShutdownSignals {
    interrupt: Signal,
    terminate: Signal,
    /// The terminal is closed.
    hang_up: Signal,
    /// Without a handler these would leave the files with the keys.
    others: [Signal; 3],
}

impl ShutdownSignals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            others: [
                signal(SignalKind::quit())?,
                signal(SignalKind::user_defined1())?,
                signal(SignalKind::user_defined2())?,
            ],
        })
    }

    /// A script that ends what it started ends it well; a user who presses Ctrl-C interrupts.
    pub(super) async fn wait(&mut self) -> ExitCode {
        let [quit, first, second] = &mut self.others;
        tokio::select! {
            _ = quit.recv() => ExitCode::Interrupted,
            _ = first.recv() => ExitCode::Interrupted,
            _ = second.recv() => ExitCode::Interrupted,
            _ = self.terminate.recv() => ExitCode::Done,
            _ = self.interrupt.recv() => ExitCode::Interrupted,
            _ = self.hang_up.recv() => ExitCode::Interrupted,
        }
    }
}
