//! What scenarios are written with: the real binary in a folder of its own, and a sandbox where the scenario needs one.

mod administrator;
pub(crate) mod foreign_host;
#[path = "../../support/journal.rs"]
mod journal;
mod outcome;
pub(crate) mod pod_identity;
pub(crate) mod table;
mod world;

pub(crate) use foreign_host::ForeignHost;
pub(crate) use journal::JournalRequest;
pub(crate) use outcome::CommandOutcome;
pub(crate) use world::World;
