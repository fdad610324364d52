//! The end-to-end proof: unmodified Prometheus, promtool, helm and kubectl meet `amw-rw` and its sandbox.
//!
//! `.ci/programs` installs them and names them in `AMW_RW_E2E_*`. A scenario whose program is missing
//! is ignored with the reason; with `AMW_RW_E2E=required` it fails instead. Scenarios that need more releases of
//! Prometheus than those are reported by `.ci/edges`.

mod administrator;
mod background;
mod cluster_user;
mod control_plane;
mod entry;
mod expected;
mod files;
mod helm;
mod journal;
#[path = "../support/journal.rs"]
mod journal_file;
mod kubelet;
mod namespace;
mod offline;
mod pod;
mod programs;
mod prometheus;
mod promtool;
mod run;
mod sandbox;
mod scenarios;
mod schema;
mod secrecy;
mod server;
mod sign_in;
mod stand_in;
mod target;
mod terminal;
mod wait;
mod way;
mod world;

use std::process::ExitCode;

/// The program that all of this is about.
const AMW_RW: &str = env!("CARGO_BIN_EXE_amw-rw");

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    if let (Some(first), Some(notes)) = (words.next(), words.next())
        && first == stand_in::ARGUMENT
    {
        return match stand_in::serve(notes.as_ref()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let arguments = libtest_mimic::Arguments::from_args();
    let conclusion = libtest_mimic::run(&arguments, scenarios::trials());
    control_plane::stop_shared();
    conclusion.exit_code()
}
