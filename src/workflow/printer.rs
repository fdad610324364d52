//! Where a workflow prints: results on stdout, messages on stderr.

use std::fmt;

use serde::Serialize;

use crate::error::Failure;
use crate::next_step::{CurrentRun, NextStep};
use crate::plan::change::Plan;
use crate::progress::Progress;
use crate::workflow::console::Console;
use crate::workflow::preview::Preview;

/// A console with a stdout. `cli` implements it; tests keep what is printed.
pub(crate) trait Printer: Console {
    /// Keeps Ctrl-C from cutting off what runs, until it is dropped.
    type InterruptHold;

    /// Prints a message on stderr; nothing with `--quiet`.
    fn say(&self, text: &str);

    /// Prints a message on stderr with `-v`.
    fn say_detail(&self, text: &str);

    /// Warns of a failure that a later command would have, even with `--quiet`.
    fn warn_of(&self, heading: &str, failure: &Failure);

    /// Prints what differs in a file on stderr, as [`Self::say`] does.
    fn say_diff(&self, diff: &str);

    /// Prints the plan on stderr, above the question about it. With `--quiet` only its warnings.
    fn say_plan(&self, plan: &Plan);

    /// Prints what is left to do on stderr.
    fn say_next(&self, steps: &[NextStep]);

    /// Prints each note as one line on stderr.
    fn note_all(&self, notes: &[impl fmt::Display]);

    /// Prints a text on stdout.
    fn print(&self, text: &str) -> Result<(), Failure>;

    /// Prints what differs in a file on stdout.
    fn print_diff(&self, diff: &str) -> Result<(), Failure>;

    /// Prints a plan on stdout.
    fn print_plan(&self, plan: &Plan) -> Result<(), Failure>;

    /// Prints how a file would change on stdout, with the notes about it.
    fn print_preview(&self, preview: &Preview) -> Result<(), Failure>;

    /// Prints the one document of the command on stdout.
    fn print_document(&self, document: &impl Serialize) -> Result<(), Failure>;

    /// Whether stdout gets one document instead of text.
    fn wants_document(&self) -> bool;

    /// Shows what a command waits for.
    fn progress(&self) -> &dyn Progress;

    /// The flags of this run, for the commands that are printed.
    fn current_run(&self) -> CurrentRun;

    /// Lets what runs come to its end after Ctrl-C.
    fn hold_interrupt(&self) -> Self::InterruptHold;

    /// Whether Ctrl-C was pressed.
    fn is_interrupted(&self) -> bool;
}
