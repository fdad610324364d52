//! What does the user see? The only code that prints or prompts: the result on stdout, messages on stderr.

pub(crate) mod answers;
pub(crate) mod choice_rows;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod failure;
pub(crate) mod interrupt;
pub(crate) mod log;
pub(crate) mod next_steps;
pub(crate) mod palette;
pub(crate) mod panic;
pub(crate) mod plan;
pub(crate) mod progress;
pub(crate) mod prompt;
pub(crate) mod result_writer;
pub(crate) mod screen;
mod spinner;
pub(crate) mod summary;
pub(crate) mod table;
pub(crate) mod terminal;
pub(crate) mod usage;
pub(crate) mod wizard;
