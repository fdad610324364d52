//! What people live through with the program, told against an embedded Azure.

mod configurations;
mod documents;
mod entra;
mod files;
mod first_run;
mod helm_releases;
mod looking;
mod migrate;
mod missing_answers;
mod network;
mod resources;
mod rights;
mod second_run;
mod secrets;
mod setbacks;
mod strangers;
mod target_files;
