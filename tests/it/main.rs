//! Runs the real program and looks at what people and scripts see of it.
#![allow(
    clippy::unwrap_used,
    reason = "a scenario whose world cannot be set up may end at once"
)]

mod architecture;
mod cli;
mod fault_table;
mod hostile;
mod scenarios;
mod support;
