//! The command line itself: help, usage errors, completions, manual pages.

mod commands_page;
mod completions;
mod help;
mod man;
mod sandbox;
mod spec_page;
mod usage;
