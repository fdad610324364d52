//! Did the user press Ctrl-C? One handler for the program: a command is cut off, or holds it to stop in order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::screen::Screen;
use crate::ending_signals::EndingSignals;
use crate::error::{ExitCode, Failure};

/// A prompt raises the signal a second time for the same Ctrl-C; only a later signal is a second Ctrl-C.
const SAME_KEYSTROKE: Duration = Duration::from_millis(500);

/// How long a command that is cut off has to end, twice over.
const GRACE: Duration = Duration::from_millis(750);

const STOPPING: &str = "stopping after the current change; Ctrl-C again stops at once";

#[derive(Debug, Clone, Copy, Default)]
struct InterruptState {
    raised: bool,
    /// Whether `TERM` was among the signals.
    terminated: bool,
    holds: usize,
    /// How many of the holds finish something first.
    finishing: usize,
}

/// Tells whether the program was asked to stop; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt {
    state: Arc<watch::Sender<InterruptState>>,
}

impl Default for Interrupt {
    fn default() -> Self {
        Self {
            state: Arc::new(watch::Sender::new(InterruptState::default())),
        }
    }
}

impl Interrupt {
    /// Starts to listen for Ctrl-C and for the signals that end a program. A second Ctrl-C leaves at once.
    pub(crate) fn listen(&self, screen: &Screen) -> Result<(), Failure> {
        let failure = |cause: std::io::Error| Failure::new("listen for Ctrl-C").because(cause);
        // A runtime of its own: the command may block the other one, and reads files before that one is built.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failure)?;
        let mut signals = {
            let _inside = runtime.enter();
            Signals::listen().map_err(failure)?
        };
        let (interrupt, screen) = (self.clone(), screen.clone());
        std::thread::spawn(move || runtime.block_on(interrupt.answer(&mut signals, &screen)));
        Ok(())
    }

    async fn answer(&self, signals: &mut Signals, screen: &Screen) {
        let mut first: Option<Instant> = None;
        loop {
            let is_term = signals.is_term().await;
            self.state.send_modify(|state| state.terminated |= is_term);
            show_cursor();
            match first {
                None => {
                    first = Some(Instant::now());
                    self.raise(screen);
                    let interrupt = self.clone();
                    std::thread::spawn(move || interrupt.leave_unless_it_ends());
                }
                Some(moment) if moment.elapsed() < SAME_KEYSTROKE => {}
                Some(_) => self.leave(),
            }
        }
    }

    /// The exit code of a command that was interrupted: that of Ctrl-C, unless it was `TERM`.
    pub(crate) fn exit_code(&self) -> ExitCode {
        if self.state.borrow().terminated {
            ExitCode::Terminated
        } else {
            ExitCode::Interrupted
        }
    }

    fn raise(&self, screen: &Screen) {
        self.state.send_modify(|state| state.raised = true);
        if self.state.borrow().finishing > 0 {
            screen.say(&screen.palette().faint(STOPPING));
        }
    }

    /// Ends the program where the command does not: it computes, or waits for the file system.
    fn leave_unless_it_ends(&self) {
        let mut idle = 0;
        while idle < 2 {
            std::thread::sleep(GRACE);
            let is_held = self.state.borrow().holds > 0;
            // Twice in a row: a command can just be between two holds.
            idle = if is_held { 0 } else { idle + 1 };
        }
        self.leave();
    }

    /// A second Ctrl-C means now, and a command that is blocked does not notice the first.
    fn leave(&self) {
        // `exit` drops nothing, so a program that signs in would live on.
        crate::helper_program::end_all();
        std::process::exit(self.exit_code().number().into());
    }

    /// Whether to stop before the next thing starts.
    pub(crate) fn is_set(&self) -> bool {
        self.state.borrow().raised
    }

    /// Returns when the user wants to stop.
    #[cfg(test)]
    pub(crate) async fn wait(&self) {
        self.until(|state| state.raised).await;
    }

    /// Returns when the user wants to stop and no hold waits for an orderly end.
    pub(crate) async fn cuts_off(&self) {
        self.until(|state| state.raised && state.holds == 0).await;
    }

    async fn until(&self, condition: impl FnMut(&InterruptState) -> bool) {
        let mut changes = self.state.subscribe();
        let outcome = changes.wait_for(condition).await;
        debug_assert!(outcome.is_ok(), "the sender lives as long as this handle");
    }

    /// From here on Ctrl-C does not cut the command off: it looks at `is_set` itself, and reports what was done.
    pub(crate) fn hold(&self) -> InterruptHold {
        self.hold_with(false)
    }

    /// The same, where Ctrl-C takes effect only after a while: a message reports it.
    pub(crate) fn hold_to_finish(&self) -> InterruptHold {
        self.hold_with(true)
    }

    fn hold_with(&self, finishing: bool) -> InterruptHold {
        self.state.send_modify(|state| {
            state.holds += 1;
            state.finishing += usize::from(finishing);
        });
        InterruptHold {
            interrupt: self.clone(),
            finishing,
        }
    }
}

/// The signals that end a program.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// The terminal is closed.
    hang_up: Signal,
    others: EndingSignals,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            others: EndingSignals::listen()?,
        })
    }

    /// Waits for one; whether it is `TERM`.
    async fn is_term(&mut self) -> bool {
        tokio::select! {
            _ = self.interrupt.recv() => false,
            _ = self.hang_up.recv() => false,
            () = self.others.recv() => false,
            _ = self.terminate.recv() => true,
        }
    }
}

/// As long as this lives, Ctrl-C waits for the command to stop by itself.
#[derive(Debug)]
#[must_use = "the command may be cut off again as soon as this is dropped"]
pub(crate) struct InterruptHold {
    interrupt: Interrupt,
    finishing: bool,
}

impl Drop for InterruptHold {
    fn drop(&mut self) {
        self.interrupt.state.send_modify(|state| {
            state.holds -= 1;
            state.finishing -= usize::from(self.finishing);
        });
    }
}

/// Prompts and progress lines hide the cursor; where stderr is a file, there is none.
pub(super) fn show_cursor() {
    let stderr = console::Term::stderr();
    if stderr.is_term() {
        let _ = stderr.show_cursor();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::ui::terminal::{ColourWhen, Terminal};

    fn silent() -> Screen {
        Screen::new(&Terminal::look(ColourWhen::Never, true), true)
    }

    #[test]
    fn a_command_that_holds_is_not_cut_off_until_it_lets_go() {
        let interrupt = Interrupt::default();
        let hold = interrupt.hold();

        interrupt.raise(&silent());

        assert!(interrupt.is_set());
        assert!(interrupt.wait().now_or_never().is_some());
        assert!(interrupt.cuts_off().now_or_never().is_none());
        drop(hold);
        assert!(interrupt.cuts_off().now_or_never().is_some());
    }

    #[test]
    fn without_ctrl_c_nothing_is_cut_off() {
        let interrupt = Interrupt::default();

        assert!(!interrupt.is_set());
        assert!(interrupt.cuts_off().now_or_never().is_none());
    }
}
