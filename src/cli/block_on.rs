//! How does a command wait for answers? The asynchronous runtime, and Ctrl-C.

use std::future::Future;

use super::CommandContext;
use crate::error::{ExitCode, Failure};

/// Runs a command that talks to the outside. Ctrl-C ends it at once, unless it holds the interrupt to stop in order.
pub(crate) fn block_on<C>(context: &CommandContext, command: C) -> Result<ExitCode, Failure>
where
    C: Future<Output = Result<ExitCode, Failure>>,
{
    context.listen()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|cause| Failure::new("start the asynchronous runtime").because(cause))?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            // A file that is no longer read because of Ctrl-C is no failure of the command.
            biased;
            () = context.interrupt.cuts_off() => Err(Failure::interrupted()),
            outcome = command => outcome,
        }
    });
    // A request that hangs must not keep the process alive.
    runtime.shutdown_background();
    outcome
}
