//! amw-rw: connects a self-managed Prometheus to an Azure Monitor workspace, and keeps that connection right.

mod azure;
mod checks;
mod cli;
mod clock;
mod cluster;
mod compat;
mod delivery;
mod discover;
mod ending_signals;
mod environment;
mod error;
mod facts;
mod files;
mod helm;
mod helper_program;
mod key_schema;
mod migrate;
mod network;
mod next_step;
mod observe;
mod patch;
mod plain_words;
mod plan;
mod platform;
mod preflight;
mod probe;
mod problem;
mod progress;
mod redact;
mod remote_write;
mod render;
mod sandbox;
mod secret_file;
mod sign_in;
mod similar_name;
mod spec;
mod steps;
mod target;
mod text;
mod ui;
mod workflow;
mod yaml_limits;

/// Runs the program with the arguments of this process.
pub fn run() -> std::process::ExitCode {
    cli::run(std::env::args_os())
}
