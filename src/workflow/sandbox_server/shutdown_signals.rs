//! Which signals end a sandbox, and with which exit code?

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::ending_signals::EndingSignals;
use crate::error::ExitCode;

/// The ways to end a sandbox.
pub(super) struct ShutdownSignals {
    interrupt: Signal,
    terminate: Signal,
    /// The terminal is closed.
    hang_up: Signal,
    others: EndingSignals,
}

impl ShutdownSignals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            others: EndingSignals::listen()?,
        })
    }

    /// A script that ends what it started ends it well; a user who presses Ctrl-C interrupts.
    pub(super) async fn wait(&mut self) -> ExitCode {
        tokio::select! {
            () = self.others.recv() => ExitCode::Interrupted,
            _ = self.terminate.recv() => ExitCode::Done,
            _ = self.interrupt.recv() => ExitCode::Interrupted,
            _ = self.hang_up.recv() => ExitCode::Interrupted,
        }
    }
}
