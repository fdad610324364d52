//! Runs the real program and looks at what people and scripts see of it.
#![allow(
    clippy::unwrap_used,
    reason = "a test whose setup fails may end at once"
)]

mod architecture;
mod cli;
mod fault_table;
mod hostile;
mod scenarios;
mod support;
