//! Runs of the real program against the sandbox, one file per kind of situation.

mod application_creation;
mod client_secrets;
mod clouds;
mod configurations;
mod described_pod;
mod documents;
mod entra;
mod file_kinds;
mod files;
mod first_run;
mod given_values;
mod habits;
mod helm_releases;
mod known_keys;
mod migrate;
mod missing_answers;
mod network;
mod read_only;
mod resources;
mod rights;
mod sandbox_trial;
mod second_run;
mod secrets;
mod strangers;
mod target_files;
mod transient_errors;
