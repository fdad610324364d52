//! Runs the real program and looks at what people and scripts see of it.
#![allow(
    clippy::unwrap_used,
    reason = "a story whose world cannot be set up may end at once"
)]

mod cli;
mod fault_table;
mod hostile;
mod house_rules;
mod stories;
mod support;
