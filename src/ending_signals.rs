//! The less usual signals that end a program which does not handle them: its files with keys would be left. `PIPE` is not among
//! them, because Rust programs ignore it (a write reports it instead); nothing can handle `KILL`.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use rustix::process::Signal as Number;
use tokio::signal::unix::{Signal, SignalKind, signal};

const NUMBERS: &[Number] = &[
    // Ctrl-\\, or a program that asks for a dump.
    Number::QUIT,
    Number::USR1,
    Number::USR2,
    Number::ALARM,
    Number::VTALARM,
    Number::PROF,
    // Limits of the shell (`ulimit`) or of a batch system.
    Number::XCPU,
    Number::XFSZ,
    Number::ABORT,
    Number::TRAP,
    Number::SYS,
    Number::IO,
];

#[derive(Debug)]
pub(crate) struct EndingSignals(Vec<Signal>);

impl EndingSignals {
    pub(crate) fn listen() -> io::Result<Self> {
        let kinds = NUMBERS.iter().map(|one| SignalKind::from_raw(one.as_raw()));
        kinds.map(signal).collect::<io::Result<_>>().map(Self)
    }

    /// Waits for one of them.
    pub(crate) async fn recv(&mut self) {
        poll_fn(|context| {
            let is_one = |signal: &mut Signal| signal.poll_recv(context).is_ready();
            match self.0.iter_mut().any(is_one) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }
}
